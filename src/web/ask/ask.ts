// One question to /api/v1. What comes back is the answer's JSON or an AskError; nothing else of HTTP gets out of this file.

import type { Problem } from "../../wire/problem.ts";
import { AskError } from "./ask-error.ts";

export type QueryValue = string | number | boolean | readonly string[] | undefined | null;
export type Query = Readonly<Record<string, QueryValue>>;

interface Request {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

const deadlineMs = 30_000;
/** Of the session; ask/session.ts keeps it up. */
let csrf: string | null = null;
export function setCsrf(token: string | null): void {
  csrf = token;
}

/** `path` is that of the API, such as /tags; parts that vary are encoded by the caller. @throws AskError */
export async function ask<Answer>(path: string, { method = "GET", query, body, signal }: Request = {}): Promise<Answer> {
  const limit = AbortSignal.timeout(deadlineMs);
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}${formatQuery(query)}`, {
      method,
      credentials: "same-origin",
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(method !== "GET" && csrf !== null && { "x-csrf-token": csrf }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw AskError.unreachable(
      limit.aborted ? "the registry did not answer within 30 seconds" : "the registry cannot be reached",
      cause,
    );
  }
  if (response.ok) return response.status === 204 ? (undefined as Answer) : ((await response.json()) as Answer);
  throw new AskError(await readProblem(response), readRetryAfter(response.headers));
}

/** Lists travel with commas; what is undefined, null or "" does not travel. */
export function formatQuery(query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "") continue;
    search.set(name, typeof value === "object" ? value.join(",") : String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

async function readProblem(response: Response): Promise<Problem> {
  const { status } = response;
  try {
    const problem = (await response.json()) as Partial<Problem>;
    if (typeof problem.title === "string" && typeof problem.detail === "string") return problem as Problem;
  } catch {
    // A proxy in between answered with a page of its own: its status is all that can be told.
  }
  return {
    type: "about:blank",
    title: response.statusText || `Status ${status}`,
    status,
    detail: `the answer (status ${status}) does not come from the registry; perhaps from a proxy in front of it`,
    code: "UNKNOWN",
    requestId: response.headers.get("x-request-id") ?? "",
  };
}

/** Seconds, or a date by the clock of whoever answered. */
function readRetryAfter(headers: Headers): number | null {
  const text = headers.get("retry-after");
  if (text === null) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.parse(headers.get("date") ?? "")) / 1000;
  return Number.isFinite(seconds) ? seconds : null;
}
