// One request to the fake registry, and what a manner of it may do: answer instead of the door, or change what the door answers.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "../../src/oci/registry.ts";
import type { Route } from "../../src/oci/route.ts";
import type { MannerName } from "./manners.ts";

/** What is known of a request afterwards: never a secret, only whether there was one. */
export interface FakeRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: string;
  readonly authorization: "none" | "basic" | "bearer" | "other";
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of the answer, when there was one. */
  status?: number;
}

export interface FakeWorld {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** Another origin: a store for blobs, which refuses every Authorization. */
  readonly storeUrl: string;
  readonly registry: Registry;
  readonly has: (manner: MannerName) => boolean;
  /** Numbers that manners keep, by name. */
  readonly counts: Map<string, number>;
}

export interface FakeExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  /** Undefined when the path is not one of the distribution API. */
  readonly route: Route | undefined;
  readonly query: URLSearchParams;
  readonly world: FakeWorld;
}

export interface FakeAnswer {
  status: number;
  /** By lower-case name; several values are several lines. */
  readonly headers: Map<string, string | readonly string[]>;
  /** Present when the door gave the body in one piece: lists, manifests, errors. Its length is set anew when it was changed. */
  body: Buffer | undefined;
}

/** Ends the answer with JSON or, when it is a text, HTML. */
export function reply(res: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): true {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  res.writeHead(status, {
    "content-type": typeof body === "string" ? "text/html; charset=utf-8" : "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  res.end(res.req.method === "HEAD" ? undefined : text);
  res.req.resume();
  return true;
}

/** An error in the form of the specification. */
export function replyError(
  res: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
  message = code.toLowerCase().replaceAll("_", " "),
): true {
  return reply(res, status, { errors: [{ code, message }] }, headers);
}
