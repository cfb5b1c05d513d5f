import { connect as connectPlain } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { authority, goodCertificate, key, otherCertificate } from "../../test/certificates.ts";
import { openRaw, rawRequest } from "../../test/raw-http.ts";
import type { Certificate } from "./certificate.ts";
import { createClientAddress } from "./client-address.ts";
import { createListener, type Listener, type ListenerLimits } from "./listener.ts";
import { readBody } from "./request-body.ts";
import { createTraffic, type Handler } from "./traffic.ts";

const listeners: Listener[] = [];
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close(0))));

async function start(handler: Handler, limits: Partial<ListenerLimits> = {}) {
  const traffic = createTraffic();
  let renew: (certificate: Certificate) => void = () => undefined;
  const certificate = {
    current: { cert: goodCertificate, key },
    onChange: (use: typeof renew): void => void (renew = use),
  };
  const reports: unknown[] = [];
  const report = (error: unknown): void => void reports.push(error);
  const listener = await createListener({ host: "127.0.0.1", port: 0, certificate, handler, traffic, report, limits });
  listeners.push(listener);
  return { port: listener.port, listener, traffic, reports, renew: (cert: string) => renew({ cert, key }) };
}

const open = (port: number, options: ConnectionOptions = {}): TLSSocket =>
  connect({
    port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: authority,
    allowHalfOpen: true,
    ...options,
  } as ConnectionOptions);
const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const hello: Handler = (_req, res) => void res.end("ok");
/** Why the handshake or the connection failed. */
const failureOf = (socket: TLSSocket): Promise<string | undefined> =>
  new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once("secureConnect", () => resolve(undefined));
  });

describe("the listener with a certificate", () => {
  it("serves several requests on one connection, by HTTP/1.1 also to those who would rather have HTTP/2", async () => {
    const { isSecure } = createClientAddress([]);
    const { port } = await start((req, res) => void res.end(String(isSecure(req))));
    const socket = open(port, { ALPNProtocols: ["h2", "http/1.1"] });
    const connection = await openRaw(port, socket);
    connection.send(get);
    connection.send(get);
    expect((await connection.response()).body.toString()).toBe("true");
    expect((await connection.response()).body.toString()).toBe("true");
    expect(socket.alpnProtocol).toBe("http/1.1");
    expect(socket.getProtocol()).toBe("TLSv1.3");
    socket.destroy();
  });

  it("refuses versions that are no longer safe", async () => {
    const { port } = await start(hello);
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    expect(await failureOf(open(port, old))).toMatch(/^(?:ERR_SSL|ECONNRESET)/);
    const socket = open(port, { maxVersion: "TLSv1.2" });
    expect(await failureOf(socket)).toBeUndefined();
    socket.destroy();
  });

  it("shows a new certificate to new connections while running ones go on", async () => {
    const release = Promise.withResolvers<void>();
    const { port, renew } = await start(async (req, res) => {
      if (req.method !== "PUT") return void res.end("ok");
      res.write("first ");
      const body = await readBody(req, res, 100);
      await release.promise;
      res.end(body);
    });
    const running = await openRaw(port, open(port));
    running.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo");
    renew(otherCertificate);
    const socket = open(port, { checkServerIdentity: () => undefined });
    const fresh = await openRaw(port, socket);
    fresh.send(get);
    expect((await fresh.response()).body.toString()).toBe("ok");
    expect(socket.getPeerCertificate().subject.CN).toBe("other.example");
    running.send("dy");
    release.resolve();
    expect((await running.response()).body.toString()).toBe("first body");
    running.send(get);
    expect((await running.response()).body.toString()).toBe("ok");
    fresh.socket.destroy();
    running.socket.destroy();
  });

  it("answers those who speak plain HTTP with a quick end, and counts nobody's request", async () => {
    const { port, traffic, reports } = await start(hello);
    await expect(rawRequest(port, "GET / HTTP/1.1\nHost: x")).rejects.toThrow("connection ended");
    await expect.poll(() => traffic.openConnections()).toBe(0);
    expect(reports).toEqual([]);
  });

  it("cuts those who begin no handshake", async () => {
    const { port, traffic } = await start(hello, { headersMs: 100 });
    const silent = await openRaw(port, connectPlain({ port, host: "127.0.0.1" }));
    await silent.ended();
    await expect.poll(() => traffic.openConnections()).toBe(0);
  });

  it("counts the bytes on the wire, handshake included", async () => {
    const { port, traffic } = await start((_req, res) => void res.end("x".repeat(10_000)));
    const connection = await openRaw(port, open(port));
    connection.send(get);
    await connection.response();
    expect(traffic.openConnections()).toBe(1);
    expect(traffic.bytes().sent).toBeGreaterThan(10_500);
    expect(traffic.bytes().received).toBeGreaterThan(300);
    const { sent } = traffic.bytes();
    connection.socket.destroy();
    await expect.poll(() => traffic.openConnections()).toBe(0);
    expect(traffic.bytes().sent).toBeGreaterThanOrEqual(sent);
  });

  it("cuts a client that stops in the middle of a body", async () => {
    const { port } = await start(async (req, res) => void res.end(await readBody(req, res, 100)), { idleMs: 200 });
    const connection = await openRaw(port, open(port));
    connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo");
    expect((await connection.ended()).toString()).toBe("");
  });

  it("closes: idle connections at once, busy ones after their answer", async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { port, listener } = await start(async (req, res) => {
      if (req.method === "POST") {
        arrived.resolve();
        await release.promise;
      }
      res.end("ok");
    });
    const idle = await openRaw(port, open(port));
    idle.send(get);
    await idle.response();
    const busy = await openRaw(port, open(port));
    busy.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    await arrived.promise;
    const closed = listener.close(60_000);
    await idle.ended();
    release.resolve();
    expect((await busy.response()).body.toString()).toBe("ok");
    idle.socket.destroy();
    busy.socket.destroy();
    await closed;
  });

  it("closes at the deadline although somebody began no handshake, or an answer never comes", async () => {
    const { port, listener } = await start(() => new Promise(() => undefined));
    const silent = await openRaw(port, connectPlain({ port, host: "127.0.0.1" }));
    const waiting = await openRaw(port, open(port));
    waiting.send(get);
    await listener.close(50);
    expect((await Promise.all([silent.ended(), waiting.ended()])).map(String)).toEqual(["", ""]);
  });
});
