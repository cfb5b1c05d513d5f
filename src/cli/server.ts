// What a verb asks over /api/v1: a running server, or the registry in the data folder. Answers are checked against the shapes of wire/,
// but given as they came: a newer server may say more than we know, and --json shows all of it.

import type { z } from "zod";
import { isErrorCode, RegistryError, type ErrorCode } from "../oci/errors.ts";
import { problem } from "../wire/problem.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Question {
  readonly method: Method;
  /** With its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface Server {
  /** @throws what the server answers, UNAVAILABLE and TIMEOUT when it does not */
  get<Answer extends z.ZodType>(path: string, query: Query, answer: Answer): Promise<z.infer<Answer>>;
  /** Changes something. @throws like get */
  send<Answer extends z.ZodType>(question: Question, answer: Answer): Promise<z.infer<Answer>>;
}

/** `name`: what the server is called in sentences. `ask` @throws UNAVAILABLE, TIMEOUT */
export function createServer(name: string, ask: (question: Question) => Promise<Reply>): Server {
  async function send<Answer extends z.ZodType>(question: Question, answer: Answer): Promise<z.infer<Answer>> {
    const body = readAnswer(name, accept(name, await ask(question)));
    const checked = answer.safeParse(body);
    if (checked.success || checked.error.issues.every(({ code }) => code === "unrecognized_keys")) return body as never;
    const [first] = checked.error.issues;
    throw notOurs(name, `'${first?.path.join(".")}' of its answer: ${first?.message}`);
  }
  return { send, get: (path, query, answer) => send({ method: "GET", path: withQuery(path, query) }, answer) };
}

function withQuery(path: string, query: Query): string {
  const parameters = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return parameters.length === 0 ? path : `${path}?${new URLSearchParams(parameters).toString()}`;
}

/** @throws what the server says is wrong */
function accept(name: string, reply: Reply): Reply {
  const { status } = reply;
  if (status >= 200 && status < 300) return reply;
  const { data } = problem.safeParse(readAnswer(name, reply));
  if (data === undefined) throw notOurs(name, `HTTP ${status}`);
  const code = isErrorCode(data.code) ? data.code : (codes[data.status] ?? "UNKNOWN");
  const message = data.status < 500 ? data.detail : `${data.detail} (request ${data.requestId} in the log of ${name})`;
  throw new RegistryError(code, { message, status: data.status });
}

/** Undefined: there is nothing to say (204). */
function readAnswer(name: string, { status, text }: Reply): unknown {
  if (status === 204) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notOurs(name, `HTTP ${status} without JSON`, error);
  }
}

/** For codes of a newer server. */
const codes: Readonly<Record<number, ErrorCode>> = {
  400: "REQUEST_INVALID",
  401: "UNAUTHORIZED",
  403: "DENIED",
  404: "NOT_FOUND",
  405: "UNSUPPORTED",
  409: "CONFLICT",
  429: "TOOMANYREQUESTS",
  501: "UNSUPPORTED",
  503: "UNAVAILABLE",
};

function notOurs(name: string, what: string, cause?: unknown): RegistryError {
  return new RegistryError("UNKNOWN", {
    message: `${name} does not answer like a Hythe of this version (${what}): check the address in --server or HYTHE_SERVER`,
    cause,
  });
}
