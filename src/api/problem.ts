// What went wrong, as application/problem+json, and what counts as wrong in a request.

import { STATUS_CODES } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { ReportError } from "../http/error-edge.ts";
import { isClientGone } from "../http/request-body.ts";
import { RegistryError } from "../oci/errors.ts";
import { toStoreError } from "../store/retry.ts";
import { problemType, type Problem } from "../wire/problem.ts";

/** All mistakes at once. @throws REQUEST_INVALID */
export function parse(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => ({ parameter: path.join("."), message }));
  const sentence = mistakes.map(({ parameter, message }) => (parameter === "" ? message : `${parameter}: ${message}`)).join("; ");
  throw new RegistryError("REQUEST_INVALID", { message: sentence, detail: mistakes });
}

/** As bytes: to a text the framework would add a charset that this type does not have. */
export function answerProblem(report: ReportError, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = reportProblem(report, error, request);
  const { code, status: number, message, detail, headers } = known ?? new RegistryError("UNKNOWN");
  const problem: Problem = {
    type: "about:blank",
    title: STATUS_CODES[number] ?? "Error",
    status: number,
    detail: message,
    code,
    requestId: request.id,
    ...(code === "REQUEST_INVALID" && Array.isArray(detail) && { mistakes: detail as NonNullable<Problem["mistakes"]> }),
  };
  return reply
    .code(number)
    .headers(headers ?? {})
    .header("content-type", problemType)
    .send(Buffer.from(JSON.stringify(problem)));
}

/** Tells the log what is our fault. @returns what is to be said of it; undefined: a bug */
export function reportProblem(report: ReportError, error: unknown, request: FastifyRequest): RegistryError | undefined {
  const known = toKnownError(error);
  const isGone = request.raw.socket.destroyed && isClientGone(error);
  // What another registry said or failed to say is no fault of ours.
  if (!isGone && (known === undefined || (known.status >= 500 && known.request === undefined))) {
    report(error, { id: request.id, method: request.method, url: request.url.split("?", 1)[0]! });
  }
  return known;
}

/** Undefined: a bug. */
function toKnownError(error: unknown): RegistryError | undefined {
  const translated = toStoreError(error);
  if (translated instanceof RegistryError) return translated;
  // What the framework refuses before any handler: a body of a wrong type, a URL that does not decode.
  const { statusCode, message } = error as { statusCode?: unknown; message?: string };
  if (typeof statusCode !== "number" || statusCode < 400 || statusCode >= 500) return undefined;
  return new RegistryError("REQUEST_INVALID", { status: statusCode, message: message ?? "the request is invalid" });
}
