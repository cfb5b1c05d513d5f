// A token server of a few lines that remembers how it was asked and answers what the test says, and the way to ask it.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createTransport } from "../src/client/transport.ts";
import { createTokenAsk } from "../src/client/transport-token.ts";
import type { AskTokenServer } from "../src/client/token.ts";
import { createTestClock, serveHttp, type TestClock } from "./wire-servers.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON. */
  readonly body: unknown;
}

export interface TokenScript extends AsyncDisposable {
  readonly ask: AskTokenServer;
  readonly realm: URL;
  readonly asked: Asked[];
  readonly clock: TestClock;
}

/** `answer`: for each request, with its number from 1. */
export async function tokenScript(answer: (asked: Asked, count: number) => Answer | Promise<Answer>): Promise<TokenScript> {
  const asked: Asked[] = [];
  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url!, "http://token");
    const form = new URLSearchParams(Buffer.concat(await req.toArray()).toString());
    const { authorization } = req.headers;
    const request = { method: req.method!, path: url.pathname, query: url.searchParams, form, authorization };
    asked.push(request);
    const { status = 200, headers, body } = await answer(request, asked.length);
    res.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  }
  const server = await serveHttp((req, res) => void serve(req, res).catch(() => res.destroy()));
  const transport = createTransport({ timeout: 2000 });
  const clock = createTestClock();
  return {
    ask: createTokenAsk({ registry: server.url, transport, clock }),
    realm: new URL("/token", server.url),
    asked,
    clock,
    async [Symbol.asyncDispose]() {
      await transport.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
