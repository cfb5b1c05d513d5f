// The body of a request as a stream of its own. What would surprise: destroying Node's request cuts the connection, so whoever
// stores a body (and destroys it when the disk is full) gets this one instead, and the client still gets its answer.

import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { RegistryError } from "../oci/errors.ts";

/** Whether the head of the request announces a body, be it an empty chunked one. */
export function hasBody(req: IncomingMessage): boolean {
  return req.headers["transfer-encoding"] !== undefined || (announcedLength(req) ?? 0) > 0;
}

/** Content-Length in bytes, undefined when the length is not known in advance. Node has checked its form. */
export function announcedLength(req: IncomingMessage): number | undefined {
  const length = req.headers["content-length"];
  return length === undefined ? undefined : Number(length);
}

/** Lets a client that sent `Expect: 100-continue` go on. Call it only once the request is one that will be served. */
export function acceptBody(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect !== undefined && !res.headersSent && !continued.has(res)) {
    continued.add(res);
    res.writeContinue();
  }
}
const continued = new WeakSet<ServerResponse>();

/**
 * The body as a stream, with back-pressure. It fails when the client goes away before the end. Destroying it leaves the rest
 * unread on the connection; the error edge and the listener deal with that.
 */
export function openBody(req: IncomingMessage, res: ServerResponse): Readable {
  if (!hasBody(req)) return Readable.from([]);
  acceptBody(req, res);
  const body = new Readable({
    read: () => void req.resume(),
    destroy: (error, done) => {
      req.off("data", onData).off("end", onEnd).off("close", onClose);
      req.pause();
      done(error);
    },
  });
  const onData = (chunk: Buffer): void => {
    if (!body.push(chunk)) req.pause();
  };
  const onEnd = (): void => void body.push(null);
  const onClose = (): void => {
    if (!req.complete) body.destroy(clientGone());
  };
  if (req.destroyed) onClose();
  req.on("data", onData).on("end", onEnd).on("close", onClose);
  // An abort is also emitted as an error, which is told by `close` here. And whoever reads the body may not listen yet when it
  // fails: they find the failure when they begin.
  req.on("error", () => undefined);
  body.on("error", () => undefined);
  req.pause();
  return body;
}

/** The whole body. @throws SIZE_INVALID (413) when it is larger than `limit` bytes; no more than that is ever held */
export async function readBody(req: IncomingMessage, res: ServerResponse, limit: number): Promise<Buffer> {
  if ((announcedLength(req) ?? 0) > limit) tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of openBody(req, res) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) tooLarge(limit);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

function tooLarge(limit: number): never {
  throw new RegistryError("SIZE_INVALID", { status: 413, message: `the body is larger than ${limit} bytes` });
}

/** Shaped like Node's own error of a broken connection. Not a fault: nobody is there to read an answer. */
function clientGone(): Error {
  return Object.assign(new Error("the client went away before its request was complete"), { code: "ECONNRESET" });
}

const goneCodes = new Set<unknown>([
  "ECONNRESET",
  "EPIPE",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_UNABLE_TO_PIPE",
]);

/** Whether `error` only says that the client went away, or that reading from it or writing to it was stopped. */
export function isClientGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return goneCodes.has(code);
}

/** Reads and forgets what is left of a body: true when it ended within `limit` bytes and `ms` milliseconds. */
export function drain(req: IncomingMessage, limit: number, ms: number): Promise<boolean> {
  if (req.complete && req.readableLength === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    let left = limit;
    const finish = (): void => {
      clearTimeout(timer);
      req.off("data", onData).off("end", finish).off("close", finish).pause();
      resolve(req.complete);
    };
    const onData = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left < 0) finish();
    };
    const timer = setTimeout(finish, ms);
    req.on("data", onData).on("end", finish).on("close", finish);
    req.resume();
  });
}
