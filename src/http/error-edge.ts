// The edge where errors become answers, once: a RegistryError in the error form of the distribution specification, anything else
// a 500 with a request id whose stack is in the log. A client that went away is neither answered nor logged.

import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RegistryError } from "../oci/errors.ts";
import { announcedLength, drain, hasBody, isClientGone } from "./request-body.ts";

/** Told of every error that is our fault: the answers 5xx, and answers that broke off. `url` comes without its query. */
export type ReportError = (
  error: unknown,
  request: { readonly id: string; readonly method: string; readonly url: string },
) => void;

/** What is read of a body that nobody wants before the connection closes: closing at once would make clients miss the answer. */
const lingerBytes = 16 * 1024 * 1024;
const lingerMs = 5_000;
/** A body that nobody wants and that is no larger is read before the answer, if it comes by then. */
const waitBytes = 64 * 1024;
const waitMs = 1_000;

const ids = new WeakMap<IncomingMessage, string>();
const idPrefix = randomBytes(4).toString("hex");
let idCount = 0;

/** Names a request in answers and logs; made when first asked for. */
export function requestId(req: IncomingMessage): string {
  let id = ids.get(req);
  if (id === undefined) ids.set(req, (id = `${idPrefix}-${(++idCount).toString(36)}`));
  return id;
}

/** Answers `error`, or cuts the connection when an answer is already on its way. Never rejects. `extra`: headers, flat. */
export async function answerError(
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  report: ReportError,
  extra: readonly string[] = [],
): Promise<void> {
  const known = error instanceof RegistryError ? error : undefined;
  // A broken connection to a database has the same codes, so look at the client's connection too. (Node counts a request without
  // a body as destroyed from the start, and takes the connection away from one whose body was dropped.)
  const socket = req.socket as Socket | null;
  const gone = res.destroyed || socket === null || socket.destroyed || (hasBody(req) && req.destroyed && !req.complete);
  const ours = known ? known.status >= 500 || (res.headersSent && !gone) : !(gone && isClientGone(error));
  if (ours) report(error, { id: requestId(req), method: req.method ?? "", url: (req.url ?? "").split("?", 1)[0] ?? "" });
  if (gone || res.headersSent) {
    res.destroy();
    return;
  }
  const shown = known ?? new RegistryError("UNKNOWN", { message: `internal error, request ${requestId(req)}` });
  const { code, message, detail, status } = shown;
  const body = JSON.stringify({ errors: [{ code, message, ...(detail !== undefined && { detail }) }] });
  const headers = [...extra, "Content-Type", "application/json", "Content-Length", String(Buffer.byteLength(body))];
  headers.push("X-Request-Id", requestId(req));
  for (const [name, value] of Object.entries(shown.headers ?? {})) headers.push(name, value);
  const expects = req.headers.expect !== undefined;
  // A small body is about to arrive or here already; waiting for it saves the connection.
  if (hasBody(req) && !expects && (announcedLength(req) ?? 0) <= waitBytes) await drain(req, waitBytes, waitMs);
  if (!hasBody(req) || req.complete) {
    res.writeHead(status, headers).end(body);
    if (hasBody(req)) req.resume();
    return;
  }
  res.shouldKeepAlive = false;
  res.writeHead(status, [...headers, "Connection", "close"]);
  res.write(body);
  // Without 100-continue the client has sent no body and may never do.
  if (!expects) await drain(req, lingerBytes, lingerMs);
  res.end();
}
