// The one port: Node's HTTP server, with or without TLS, with limits that fit a registry. It knows no route. What would surprise: there
// is no limit on how long a request takes (uploads take hours), only on how little moves while it is the client's turn.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { RegistryError } from "../oci/errors.ts";
import type { CertificateFiles } from "./certificate.ts";
import { answerError, type ReportError } from "./error-edge.ts";
import { drain, hasBody } from "./request-body.ts";
import { createRunning } from "./running.ts";
import { isReading, messageOf, watchSlowClients } from "./slow-clients.ts";
import type { Handler, Traffic } from "./traffic.ts";

export interface ListenerOptions {
  readonly host: string;
  /** 0: any free one, see `Listener.port`. */
  readonly port: number;
  /** Speak TLS with it; the caller closes it. */
  readonly certificate?: Pick<CertificateFiles, "current" | "onChange"> | undefined;
  /** Gets every request. A rejection is answered by the error edge. Call `acceptBody` before handing on to a framework. */
  readonly handler: Handler;
  readonly traffic: Traffic;
  readonly report: ReportError;
  readonly limits?: Partial<ListenerLimits>;
}

/** Milliseconds and bytes. */
export interface ListenerLimits {
  /** The head of a request, and before it the handshake of TLS, must have arrived by then. */
  readonly headersMs: number;
  /** Between two requests. Longer than any client or balancer keeps a connection, or requests race with the close. */
  readonly keepAliveMs: number;
  /** No byte in either direction while we wait for the client. */
  readonly idleMs: number;
  /** The least, over `idleMs` and while we wait for the client. */
  readonly bytesPerSecond: number;
  /** What is read, after the answer, of a body that nobody wanted, before the connection is cut. */
  readonly unreadBytes: number;
}

const defaultLimits: ListenerLimits = {
  headersMs: 30_000,
  keepAliveMs: 90_000,
  idleMs: 60_000,
  bytesPerSecond: 256,
  unreadBytes: 1024 * 1024,
};

export interface Listener {
  readonly host: string;
  readonly port: number;
  /**
   * Takes no new connection, lets running requests end for at most `deadlineMs`, then cuts what is left. Handlers whose connection was cut
   * have a second more to put away what they hold.
   */
  close(deadlineMs: number): Promise<void>;
}

/** Listens; the caller closes. @throws UNAVAILABLE when the address is taken or not ours */
export async function createListener(options: ListenerOptions): Promise<Listener> {
  const limits = { ...defaultLimits, ...options.limits };
  const server = createNodeServer(options.certificate, limits);
  const closing = { now: false };
  let closed: Promise<void> | undefined;
  const running = createRunning();
  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    if (closing.now) res.shouldKeepAlive = false;
    // Before Node's own listener, which would read on without a limit.
    if (hasBody(req)) res.prependOnceListener("finish", () => void dropUnread(req, res, limits));
    void running.track(serve(options, req, res).catch((error: unknown) => answerError(req, res, error, options.report)));
  };
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  // Also those whose handshake is not over, which the server itself does not list.
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    options.traffic.follow(socket);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const slow = watchSlowClients({ windowMs: limits.idleMs, bytesPerSecond: limits.bytesPerSecond });
  server.on(options.certificate === undefined ? "connection" : "secureConnection", (socket: Socket) => slow.follow(socket));
  server.timeout = limits.idleMs;
  server.on("timeout", (socket: Socket) => onIdle(socket, limits.idleMs));
  // A client may close its half after the request and still read the answer. Node's types do not know the property.
  Object.assign(server, { httpAllowHalfOpen: true });
  await listen(server, options);
  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    close: (deadlineMs) => (closed ??= end(deadlineMs)),
  };

  async function end(deadlineMs: number): Promise<void> {
    closing.now = true;
    await close(server, sockets, deadlineMs);
    slow.stop();
    await running.ended();
  }
}

function createNodeServer(certificate: ListenerOptions["certificate"], limits: ListenerLimits): Server {
  const settings = {
    requestTimeout: 0,
    headersTimeout: limits.headersMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
    // A request without a body has no stream to set up and take down.
    optimizeEmptyRequests: true,
  };
  if (certificate === undefined) return createServer(settings);
  const server = createTlsServer({ ...settings, ...certificate.current, handshakeTimeout: limits.headersMs });
  // Connections that are open keep the one that they began with.
  certificate.onChange((next) => server.setSecureContext(next));
  return server;
}

async function serve(options: ListenerOptions, req: IncomingMessage, res: ServerResponse): Promise<void> {
  refuseDuplicates(req.rawHeaders);
  await options.handler(req, res);
}

/** Node keeps the first of two such lines without a word, a proxy in front may have acted on the second. */
function refuseDuplicates(raw: readonly string[]): void {
  let seen = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const bit = name.length === 4 ? 1 : name.length === 12 ? 2 : name.length === 13 ? 4 : 0;
    if (bit === 0 || !singular.test(name)) continue;
    if (seen & bit) throw new RegistryError("REQUEST_INVALID", { message: `two ${name} headers` });
    seen |= bit;
  }
}
const singular = /^(?:host|content-type|authorization)$/i;

/** After an answer that did not need the request's body: a little is read so that the connection can serve on, no more. */
async function dropUnread(req: IncomingMessage, res: ServerResponse, limits: ListenerLimits): Promise<void> {
  const { socket } = req;
  // An answer that ends the connection has waited for the client already.
  const patienceMs = res.shouldKeepAlive ? limits.idleMs : 0;
  if (!(await drain(req, limits.unreadBytes, patienceMs))) socket.destroy();
  else if (!res.destroyed) req.resume();
}

/**
 * Cuts a connection on which nothing happens. While we let the client wait its silence is no fault, and how long it lets us wait for its
 * body is for `watchSlowClients` to say, which knows since when.
 */
function onIdle(socket: Socket, idleMs: number): void {
  const res = messageOf(socket);
  if (res !== undefined && (isReading(res) || !res.headersSent)) socket.setTimeout(idleMs);
  else socket.destroy();
}

function listen(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const at = host.includes(":") ? `[${host}]` : host;
      const taken = `something else listens there; --listen ${at}:0 takes a free port`;
      const why = cause.code === "EADDRINUSE" ? taken : (cause.code ?? cause.message);
      reject(new RegistryError("UNAVAILABLE", { message: `cannot listen on ${at}:${port}: ${why}`, cause }));
    };
    server.once("error", onError);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

async function close(server: Server, sockets: ReadonlySet<Socket>, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => sockets.forEach((socket) => void socket.destroy()), deadlineMs);
  // A connection that was busy when `close` began becomes idle later, and only asking again closes it.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(cut);
  clearInterval(idle);
}
