// Faults of the fake registry: what a broken, overloaded or hostile host does to one request. They come before logins and manners.

import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Handler } from "../../src/http/traffic.ts";
import { captureAnswer, type Captured } from "./answer-editor.ts";
import { reply } from "./fake-exchange.ts";

export type Fault =
  /** Anything: 429, an error page in HTML, a redirect. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** 401 with a challenge, whatever the request carries; `realm` is where it sends for a token. */
  | { readonly kind: "unauthorized"; readonly realm: string }
  /** Answers nothing and keeps the connection. */
  | { readonly kind: "silent" }
  /** The connection is cut before an answer. */
  | { readonly kind: "reset" }
  /** The connection is cut after so many bytes of the request's body. */
  | { readonly kind: "request cut"; readonly at: number }
  /** The connection is cut after so many bytes of the answer's body. */
  | { readonly kind: "cut"; readonly at: number }
  /** Nothing more comes after so many bytes. */
  | { readonly kind: "stalled"; readonly at: number }
  | { readonly kind: "slow"; readonly bytes: number; readonly everyMs: number }
  /** One bit of the body is another. */
  | { readonly kind: "wrong bytes" }
  /** The body is longer than the content, or shorter by a negative number, and Content-Length says the same. */
  | { readonly kind: "wrong length"; readonly by: number }
  /** A body that never ends. */
  | { readonly kind: "endless" }
  | { readonly kind: "huge headers"; readonly bytes: number };

export interface FaultPlace {
  readonly method?: string;
  readonly path?: RegExp;
  /** How often it happens, absent: always. */
  readonly times?: number;
}

export interface FaultRule extends FaultPlace {
  readonly fault: Fault;
  hits: number;
}

export function findFault(rules: readonly FaultRule[], req: IncomingMessage): Fault | undefined {
  const rule = rules.find(
    ({ hits, method, path, times = Number.POSITIVE_INFINITY }) =>
      hits < times && (method ?? req.method) === req.method && (path?.test(req.url!) ?? true),
  );
  if (rule !== undefined) rule.hits++;
  return rule?.fault;
}

/** Does it instead of, or to the answer of, `serve`. */
export async function commit(fault: Fault, req: IncomingMessage, res: ServerResponse, serve: Handler): Promise<void> {
  switch (fault.kind) {
    case "answer":
      return void reply(res, fault.status, fault.body ?? { errors: [{ code: "UNKNOWN", message: "as ordered" }] }, fault.headers);
    case "unauthorized": {
      const challenge = `Bearer realm="${fault.realm}",service="fake registry",scope="repository:team/app:pull"`;
      return void reply(res, 401, { errors: [{ code: "UNAUTHORIZED", message: "no" }] }, { "www-authenticate": challenge });
    }
    case "silent":
      req.resume();
      return;
    case "reset":
      req.socket.destroy();
      return;
    case "request cut":
      return cutRequest(req, fault.at);
    case "endless":
      return sendEndless(res);
    case "huge headers":
      return void reply(res, 200, {}, { "x-huge": "x".repeat(fault.bytes) });
    default: {
      const captured = captureAnswer(res);
      await Promise.all([serve(req, res), captured.then((answer) => sendFaulty(fault, answer))]);
    }
  }
}

async function cutRequest(req: IncomingMessage, at: number): Promise<void> {
  const { socket } = req; // which a request loses when its body is dropped
  let seen = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    seen += chunk.length;
    if (seen >= at) break;
  }
  socket.destroy();
}

type BodyFault = Extract<Fault, { readonly kind: "cut" | "stalled" | "slow" | "wrong bytes" | "wrong length" }>;

async function sendFaulty(fault: BodyFault, { body, end, write, writeHead }: Captured): Promise<void> {
  if (fault.kind === "wrong bytes" || fault.kind === "wrong length") {
    const changed = changeBody(fault, body);
    writeHead(changed.length);
    return end(changed);
  }
  writeHead();
  if (fault.kind === "slow") {
    for (let at = 0; at < body.length; at += fault.bytes) {
      if (!(await write(body.subarray(at, at + fault.bytes)))) return;
      await wait(fault.everyMs);
    }
    return end();
  }
  const sent = await write(body.subarray(0, fault.at));
  if (sent && fault.kind === "cut") end(undefined, true);
}

function changeBody(fault: BodyFault, body: Buffer): Buffer {
  if (fault.kind === "wrong length") {
    return fault.by < 0 ? body.subarray(0, fault.by) : Buffer.concat([body, Buffer.alloc(fault.by, " ")]);
  }
  const changed = Buffer.from(body);
  if (changed.length > 0) changed[changed.length >> 1]! ^= 1;
  return changed;
}

async function sendEndless(res: ServerResponse): Promise<void> {
  res.writeHead(200, { "content-type": "application/json" });
  async function* body(): AsyncGenerator<Buffer | string, void> {
    yield '{"tags":["';
    for (;;) {
      yield Buffer.alloc(64 * 1024, "a");
      await wait(0);
    }
  }
  await pipeline(body, res).catch(() => undefined); // the client is gone
}
