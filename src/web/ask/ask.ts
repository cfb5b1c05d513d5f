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
  try {
    const response = await fetch(`/api/v1${path}${formatQuery(query)}`, {
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
    return await readAnswer<Answer>(response);
  } catch (cause) {
    if (signal?.aborted || cause instanceof AskError) throw cause;
    const error = limit.aborted
      ? AskError.unanswered("TIMEOUT", { detail: "the registry did not answer within 30 seconds" })
      : AskError.unanswered("UNREACHABLE", { detail: "the registry cannot be reached" });
    error.cause = cause;
    throw error;
  }
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

async function readAnswer<Answer>(response: Response): Promise<Answer> {
  const { ok, status, statusText, headers } = response;
  if (status === 204) return undefined as Answer;
  const text = await response.text();
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // A proxy in between answered with a page of its own: its status is all that can be told.
  }
  if (ok && answer !== undefined) return answer as Answer;
  if (!ok && isProblem(answer)) throw new AskError(answer, readRetryAfter(headers));
  throw AskError.unanswered("FOREIGN", {
    status,
    title: statusText || `Status ${status}`,
    detail: `the answer (status ${status}) does not come from the registry; perhaps from a proxy in front of it`,
  });
}

function isProblem(answer: unknown): answer is Problem {
  const { title, detail } = (answer ?? {}) as Partial<Problem>;
  return typeof title === "string" && typeof detail === "string";
}

/** Seconds, or a date by the clock of whoever answered. */
function readRetryAfter(headers: Headers): number | null {
  const text = headers.get("retry-after");
  if (text === null) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.parse(headers.get("date") ?? "")) / 1000;
  return Number.isFinite(seconds) ? seconds : null;
}
