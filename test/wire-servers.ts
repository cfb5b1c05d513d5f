// Servers of a few lines on loopback that say exactly what a test wants, and an exchange to ask them: time that passes only when someone
// waits for it, and an Internet on which 127.0.0.1 is a public address and 127.0.0.2 a private one.

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type LookupFunction, type Server, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { Network } from "../src/client/address-guard.ts";
import { createExchange, type ExchangeOptions } from "../src/client/exchange.ts";
import type { ClientRequest, Send } from "../src/client/request.ts";
import type { Clock } from "../src/client/retry.ts";
import { createTransport, type Transport, type TransportOptions } from "../src/client/transport.ts";

export interface Served extends AsyncDisposable {
  readonly url: URL;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: () => number;
}

/** HTTP, over TLS with `tls`. The request's body is read and dropped unless the listener does it. */
export async function serveHttp(listener: RequestListener, options: { tls?: TlsOptions; host?: string } = {}): Promise<Served> {
  const { tls, host = "127.0.0.1" } = options;
  return await listening(tls === undefined ? createServer(listener) : createTlsServer(tls, listener), host, tls !== undefined);
}

/** A registry that wants a login, and whoever comes with one is to come again after `seconds`. */
export function serveBusyLogin(way: "Basic" | "Bearer", seconds: string): Promise<Served> {
  return serveHttp((req, res) => {
    const realm = `http://${req.headers.host}/token`;
    const isAsked = req.headers.authorization !== undefined;
    res.writeHead(isAsked ? 429 : 401, isAsked ? { "retry-after": seconds } : { "www-authenticate": `${way} realm="${realm}"` });
    res.end();
  });
}

/** Bytes: `talk` gets each connection once a whole head of a request has come, with that head. */
export async function serveBytes(talk: (socket: Socket, head: string, connection: number) => void): Promise<Served> {
  let connections = 0;
  const server = createTcpServer((socket) => {
    const connection = ++connections;
    let head = "";
    socket.on("data", (chunk) => {
      const before = head.includes("\r\n\r\n");
      head += chunk.toString("latin1");
      if (!before && head.includes("\r\n\r\n")) talk(socket, head, connection);
    });
  });
  return await listening(server, "127.0.0.1", false);
}

async function listening(server: Server, host: string, secure: boolean): Promise<Served> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => undefined); // clients under test break off
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: new URL(`${secure ? "https" : "http"}://${host}:${port}`),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Names of this Internet: inside.example is private, every other name is public. */
export const internet: Network = {
  isPrivate: (address) => address !== "127.0.0.1",
  lookup: ((name: string, options: { all?: boolean }, callback: (...result: unknown[]) => void) => {
    const address = name === "inside.example" || name === "localhost" ? "127.0.0.2" : "127.0.0.1";
    if (options.all === true) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  }) as LookupFunction,
};

export interface TestClock extends Clock {
  /** Every wait so far, milliseconds. */
  readonly waits: number[];
}

/** Waiting takes no time, but the clock moves. Chance is always 0. */
export function createTestClock(startMs = Date.UTC(2026, 0, 1)): TestClock {
  let nowMs = startMs;
  const waits: number[] = [];
  return {
    waits,
    now: () => nowMs,
    random: () => 0,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      waits.push(milliseconds);
      nowMs += milliseconds;
      await Promise.resolve();
    },
  };
}

export interface TestExchange extends AsyncDisposable {
  readonly send: Send;
  /** GET of a path. */
  readonly get: (url: string, more?: Partial<ClientRequest>) => ReturnType<Send>;
  readonly transport: Transport;
  readonly clock: TestClock;
}

/** An exchange with `registry` that sends `Bearer secret-token` and takes no challenge up. */
export function exchangeWith(registry: URL, options: Partial<ExchangeOptions> & { wire?: TransportOptions } = {}): TestExchange {
  const transport = createTransport(options.wire);
  const clock = createTestClock();
  const authorizer = { authorize: () => Promise.resolve("Bearer secret-token"), challenged: () => Promise.resolve(false) };
  const send = createExchange({ registry, transport, authorizer, clock, ...options });
  return {
    send,
    transport,
    clock,
    get: (url, more) => send({ method: "GET", url, scopes: [], ...more }),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}
