// From an answer that is not what was asked for to the error of the house: the status decides, the body explains. Nothing of the body is
// taken that could hold a secret: no query strings, not what was sent as Authorization, of pages and XML only their title or message.

import type { Readable } from "node:stream";
import { createRegistryError, isErrorCode, RegistryError, type ErrorCode, type FailedRequest } from "../oci/errors.ts";
import { readUpTo } from "./exchange-response.ts";
import { explainRateLimit } from "./rate-limit.ts";
import type { Failure } from "./transport-failure.ts";

export interface WireAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Readable;
  /** host[:port] that answered, when a redirect led away from the registry. */
  readonly via?: string | undefined;
  /** The Authorization that was sent: cut out, should the body repeat it. */
  readonly sent?: string | undefined;
  /** From Retry-After. */
  readonly retryAt?: Date | undefined;
}

interface Explanation {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Content that the registry misses, of all errors of the body. */
  readonly digests?: readonly string[];
}

/** What is read of a body to explain an error, bytes. */
const maxErrorBytes = 64 * 1024;
const maxErrorMilliseconds = 5000;
const maxMessageLength = 300;

/** No answer came. `via`: host[:port] that failed, when it is not the registry. */
export function connectionError(failure: Failure, request: FailedRequest, via?: string): RegistryError {
  const { code, message, cause } = failure;
  return createRegistryError(code, {
    message: `${via ?? request.host} ${message}`,
    cause,
    request,
    ...(code === "TIMEOUT" ? { status: 504 } : {}),
  });
}

/** Reads the body, at most 64 KiB of it, and drops the rest. Never rejects: a body that breaks off explains nothing. */
export async function answerError(answer: WireAnswer, request: FailedRequest): Promise<RegistryError> {
  const text = await readStart(answer.body);
  const { code, digests, message } = explain(text, answer.header("content-type") ?? "");
  const mapped = codeOf(answer.status, request.path, code, message ?? "");
  const said = message === undefined ? "" : `: ${redact(message, answer.sent)}`;
  const where = answer.via === undefined ? request.host : `${answer.via}, where ${request.host} sent us,`;
  const limit = mapped === "TOOMANYREQUESTS" ? explainRateLimit(message ?? "", answer.header) : undefined;
  const wrong = plainHttpHint(answer.status, message ?? "");
  return createRegistryError(mapped, {
    message: `${where} answered ${answer.status} to ${request.method} ${request.path}${said}${limit?.words ?? ""}${wrong}`,
    request: { ...request, status: answer.status },
    ...(mapped === "TIMEOUT" ? { status: 504 } : {}),
    ...(mapped === "UNKNOWN" ? { status: 502 } : {}),
    ...(answer.retryAt === undefined ? {} : { retryAt: answer.retryAt }),
    ...(limit === undefined ? {} : { detail: limit.detail }),
    ...(mapped === "UNAUTHORIZED" && lacksRights(answer) ? { detail: { error: "insufficient_scope" } } : {}),
    ...(mapped === "MANIFEST_BLOB_UNKNOWN" && digests ? { detail: digests.map((digest) => ({ digest })) } : {}),
  });
}

/** The login was accepted, and a token for it; what it may do is not enough (distribution: docs/spec/auth/token, RFC 6750 section 3.1). */
function lacksRights({ header, sent }: WireAnswer): boolean {
  return sent?.startsWith("Bearer ") === true && (header("www-authenticate") ?? "").includes('error="insufficient_scope"');
}

/** What servers answer when http is spoken on their https port. */
function plainHttpHint(status: number, message: string): string {
  const plain = status === 400 && /http request to an https server|plain http request was sent to https/i.test(message);
  return plain ? " (it speaks TLS on this port: write https:// before its name)" : "";
}

async function readStart(body: Readable): Promise<string> {
  const timer = setTimeout(() => body.destroy(), maxErrorMilliseconds);
  try {
    return Buffer.from((await readUpTo(body, maxErrorBytes)).bytes).toString("utf8");
  } catch {
    return ""; // broke off or dripped: the status says enough
  } finally {
    clearTimeout(timer);
  }
}

/** `{errors:[{code,message}]}`, `{details}`, `{message}` or `{error_description}`; the title of a page, the message of XML, or plain text. */
export function explain(text: string, contentType: string): Explanation {
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) return explainJson(trimmed);
  if (trimmed.startsWith("<") || /html|xml/i.test(contentType)) {
    const title = /<(title|message|h1)\b[^>]*>([^<]{1,500})<\//i.exec(trimmed)?.[2];
    return { message: title };
  }
  return trimmed === "" ? {} : { message: trimmed };
}

function explainJson(text: string): Explanation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {}; // cut off or not JSON at all: the status says it
  }
  const { errors, details, message, error, error_description: description } = value as Record<string, unknown>;
  const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
  if (typeof first === "object" && first !== null) {
    const { code, message: words, detail } = first as Record<string, unknown>;
    const listed = JSON.stringify((errors as unknown[]).map((each) => (each as { detail?: unknown } | null)?.detail));
    const digests = [...new Set(listed.match(/sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}/g))];
    return { code: string(code), message: string(words) ?? string(detail) ?? string(code), digests };
  }
  return { message: [message, details, description, error].map(string).find((each) => each !== undefined) };
}

function string(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const byStatus: Readonly<Record<number, ErrorCode>> = {
  401: "UNAUTHORIZED",
  403: "DENIED",
  405: "UNSUPPORTED",
  406: "UNSUPPORTED",
  408: "TIMEOUT",
  409: "CONFLICT",
  412: "PRECONDITION_FAILED",
  413: "SIZE_INVALID",
  429: "TOOMANYREQUESTS",
  501: "UNSUPPORTED",
  503: "UNAVAILABLE",
  504: "TIMEOUT",
  507: "STORAGE_FULL",
};

const notFoundCodes = new Set([
  "NAME_UNKNOWN",
  "MANIFEST_UNKNOWN",
  "MANIFEST_BLOB_UNKNOWN",
  "BLOB_UNKNOWN",
  "BLOB_UPLOAD_UNKNOWN",
]);

function codeOf(status: number, path: string, code: string | undefined, message: string): ErrorCode {
  // 403 too: Artifactory answers so for a manifest that is not there
  if ([400, 403, 404].includes(status) && code !== undefined && notFoundCodes.has(code)) return code as ErrorCode;
  // Harbor and Red Hat
  const unknown = code === "UNKNOWN" && status >= 400 && status < 500 && /not found/i.test(message);
  if (status === 404 || unknown) return notFoundCode(path);
  if (status === 416) return path.includes("/blobs/uploads/") ? "BLOB_UPLOAD_INVALID" : "RANGE_INVALID";
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status < 400) return "PROTOCOL_VIOLATED";
  if (status >= 500) return "UNKNOWN";
  return code !== undefined && isErrorCode(code) && new RegistryError(code).status < 500 ? code : "REQUEST_INVALID";
}

/** What the path asked for. */
function notFoundCode(path: string): ErrorCode {
  if (path.includes("/manifests/")) return "MANIFEST_UNKNOWN";
  if (path.endsWith("/blobs/uploads/") || path.endsWith("/tags/list")) return "NAME_UNKNOWN";
  if (path.includes("/blobs/uploads/")) return "BLOB_UPLOAD_UNKNOWN";
  return path.includes("/blobs/") ? "BLOB_UNKNOWN" : "NOT_FOUND";
}

/** One line without control characters, query strings and what was sent as Authorization. */
export function redact(message: string, sent: string | undefined): string {
  let text = message;
  for (const secret of secretsOf(sent)) text = text.replaceAll(secret, "…");
  text = text
    .replaceAll(/\?[^\s"'<>]+/g, "?…")
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return text.length > maxMessageLength ? `${text.slice(0, maxMessageLength)}…` : text;
}

function secretsOf(authorization = ""): string[] {
  const [scheme = "", credentials = ""] = authorization.split(/ +/, 2);
  const login = scheme.toLowerCase() === "basic" ? Buffer.from(credentials, "base64").toString("utf8") : "";
  const secrets = [credentials, login.replace(/^[^:]*:/, "")];
  const inForm = secrets.map((secret) => new URLSearchParams([["", secret]]).toString().slice(1));
  return [...secrets, ...inForm].filter((secret) => secret !== "");
}
