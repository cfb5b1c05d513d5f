// The running server that a verb reads from, over /api/v1. Answers are checked against the shapes of wire/, but given as they came:
// a newer server may say more than we know, and --json shows all of it.

import type { z } from "zod";
import { isErrorCode, RegistryError, type ErrorCode } from "../oci/errors.ts";
import { problem } from "../wire/problem.ts";
import { httpGet } from "./http-get.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Server {
  /** Without a slash at its end. */
  readonly url: string;
  /** @throws what the server answers, UNAVAILABLE and TIMEOUT when it does not */
  get<Answer extends z.ZodType>(path: string, query: Query, answer: Answer): Promise<z.infer<Answer>>;
}

export const defaultServer = "http://127.0.0.1:5000";
const deadlineMs = 30_000;

/** `address`: a URL, or host:port. @throws REQUEST_INVALID */
export function openServer(address: string): Server {
  const url = parseAddress(address);
  return {
    url,
    async get(path, query, answer) {
      const asked = new URL(`${url}${path}`);
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) asked.searchParams.set(name, String(value));
      }
      const body = await ask(url, asked);
      const checked = answer.safeParse(body);
      if (checked.success || checked.error.issues.every(({ code }) => code === "unrecognized_keys")) return body as never;
      const [first] = checked.error.issues;
      throw notOurs(url, `'${first?.path.join(".")}' of its answer: ${first?.message}`);
    },
  };
}

async function ask(server: string, asked: URL): Promise<unknown> {
  let response: { status: number; text: string };
  try {
    response = await httpGet(asked, AbortSignal.timeout(deadlineMs));
  } catch (error) {
    throw toUnreachable(server, error as Error);
  }
  let body: unknown;
  try {
    body = JSON.parse(response.text);
  } catch (error) {
    throw notOurs(server, `HTTP ${response.status} without JSON`, error);
  }
  if (response.status >= 200 && response.status < 300) return body;
  const { data } = problem.safeParse(body);
  if (data === undefined) throw notOurs(server, `HTTP ${response.status}`);
  const code = isErrorCode(data.code) ? data.code : (codes[data.status] ?? "UNKNOWN");
  const message = data.status < 500 ? data.detail : `${data.detail} (request ${data.requestId} in the log of ${server})`;
  throw new RegistryError(code, { message, status: data.status });
}

/** For codes of a newer server. */
const codes: Readonly<Record<number, ErrorCode>> = {
  400: "REQUEST_INVALID",
  401: "UNAUTHORIZED",
  403: "DENIED",
  404: "NOT_FOUND",
  405: "UNSUPPORTED",
  429: "TOOMANYREQUESTS",
  501: "UNSUPPORTED",
  503: "UNAVAILABLE",
};

function parseAddress(address: string): string {
  const withScheme = /^https?:\/\//i.test(address) ? address : `http://${address}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || (address.includes("://") && withScheme !== address) || url.username !== "" || url.search !== "") {
    throw new RegistryError("REQUEST_INVALID", {
      message: `--server ${address} is not the address of a server: give one like ${defaultServer}`,
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function toUnreachable(server: string, error: Error): RegistryError {
  if (error.name === "TimeoutError") {
    return new RegistryError("TIMEOUT", {
      message: `${server} did not answer within ${deadlineMs / 1000} s; try again`,
      cause: error,
    });
  }
  const code = (error as NodeJS.ErrnoException).code ?? error.message;
  const message =
    code === "ECONNREFUSED"
      ? `no server is running at ${server}: start one with \`npx hythe serve\`, or name another with --server or HYTHE_SERVER`
      : `${server} cannot be reached (${code}): check the address in --server or HYTHE_SERVER`;
  return new RegistryError("UNAVAILABLE", { message, cause: error });
}

function notOurs(server: string, what: string, cause?: unknown): RegistryError {
  return new RegistryError("UNKNOWN", {
    message: `${server} does not answer like a Hythe of this version (${what}): check the address in --server or HYTHE_SERVER`,
    cause,
  });
}
