import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { openRaw, rawRequest } from "../../test/raw-http.ts";
import { RegistryError } from "../oci/errors.ts";
import { createListener, type Listener, type ListenerLimits } from "./listener.ts";
import { openBody, readBody } from "./request-body.ts";
import { createTraffic, type Handler } from "./traffic.ts";

const listeners: Listener[] = [];
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close(0))));

async function start(handler: Handler, limits: Partial<ListenerLimits> = {}) {
  const traffic = createTraffic();
  const reports: { error: unknown; id: string; url: string }[] = [];
  const listener = await createListener({
    host: "127.0.0.1",
    port: 0,
    handler: traffic.counted("test", handler),
    traffic,
    report: (error, { id, url }) => void reports.push({ error, id, url }),
    limits,
  });
  listeners.push(listener);
  return { port: listener.port, listener, traffic, reports };
}

const hello: Handler = (_req, res) => void res.writeHead(200, ["Content-Length", "2"]).end("ok");
const echo = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
  const body = await readBody(req, res, 1000);
  res.writeHead(200, { "Content-Length": body.length }).end(body);
};
const refuse: Handler = () => {
  throw new RegistryError("DENIED", { headers: { "X-Why": "test" } });
};
/** What Node tells when nothing moved on a connection for `idleMs`. */
const letIdle = ({ socket }: IncomingMessage): boolean => socket.emit("timeout");
const head = (line: string, ...headers: string[]): string => [line, "Host: x", ...headers, "", ""].join("\r\n");

describe("the listener", () => {
  it("serves several requests on one connection, pipelined ones in order", async () => {
    const { port } = await start((req, res) => void res.end(req.url));
    const connection = await openRaw(port);
    connection.send(head("GET /a HTTP/1.1") + head("GET /b HTTP/1.1"));
    expect((await connection.response()).body.toString()).toBe("/a");
    expect((await connection.response()).body.toString()).toBe("/b");
    connection.socket.destroy();
  });

  it("answers a registry error in the form of the specification", async () => {
    const { port, reports } = await start(refuse);
    const { status, headers, body } = await rawRequest(port, "GET / HTTP/1.1\nHost: x");
    expect(status).toBe(403);
    expect(headers).toMatchObject({ "content-type": "application/json", "x-why": "test" });
    expect(JSON.parse(body.toString())).toEqual({ errors: [{ code: "DENIED", message: "access denied" }] });
    expect(reports).toEqual([]);
  });

  it("answers any other error with a request id, and reports it with its stack but without the query", async () => {
    const bug = new TypeError("secret detail");
    const { port, reports } = await start(() => Promise.reject(bug));
    const { status, headers, body } = await rawRequest(port, "GET /x?token=secret HTTP/1.1\nHost: x");
    expect(status).toBe(500);
    expect(body.toString()).not.toContain("secret");
    expect(body.toString()).toContain(headers["x-request-id"]);
    expect(reports).toEqual([{ error: bug, id: headers["x-request-id"], url: "/x" }]);
  });

  it("cuts the connection when an answer breaks off half way", async () => {
    const { port, reports } = await start((_req, res) => {
      res.writeHead(200, { "Content-Length": 10 }).write("half");
      throw new Error("disk");
    });
    const connection = await openRaw(port);
    connection.send(head("GET / HTTP/1.1"));
    await expect(connection.response()).rejects.toThrow("connection ended");
    expect(reports).toHaveLength(1);
  });

  it.each(["Authorization: a", "Content-Type: a/b", "host: y"])("refuses two lines of %s", async (line) => {
    const { port } = await start(hello);
    const { status, body } = await rawRequest(port, `GET / HTTP/1.1\nHost: x\n${line}\n${line.toUpperCase()}`);
    expect([status, body.toString()]).toEqual([400, expect.stringContaining("REQUEST_INVALID")]);
  });

  it.each([
    ["two lengths", "Content-Length: 1\nContent-Length: 2"],
    ["a length and chunks", "Content-Length: 1\nTransfer-Encoding: chunked"],
    ["chunks twice", "Transfer-Encoding: chunked, chunked"],
    ["an unknown encoding last", "Transfer-Encoding: chunked, identity"],
    ["a space before the colon", "Content-Length : 1"],
    ["a folded header", "X-A: b\n\tc: d"],
  ])("refuses %s, and serves nothing behind it", async (_what, lines) => {
    let served = 0;
    const { port } = await start((_req, res) => (served++, void res.end("ok")));
    const connection = await openRaw(port);
    connection.send(
      `POST / HTTP/1.1\r\nHost: x\r\n${lines.replaceAll("\n", "\r\n")}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    const answer = (await connection.ended()).toString();
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
    expect(served).toBeLessThanOrEqual(1);
  });

  it("refuses HTTP/1.1 without a Host", async () => {
    const { port } = await start(hello);
    expect((await rawRequest(port, "GET / HTTP/1.1\nX: y")).status).toBe(400);
  });

  it("asks for the body of Expect: 100-continue only when somebody reads it", async () => {
    const { port } = await start((req, res) => (req.url === "/refuse" ? refuse(req, res) : echo(req, res)));
    const connection = await openRaw(port);
    connection.send(head("PUT / HTTP/1.1", "Content-Length: 3", "Expect: 100-continue"));
    expect((await connection.response()).status).toBe(100);
    connection.send("abc");
    expect((await connection.response()).body.toString()).toBe("abc");
    connection.send(head("PUT /refuse HTTP/1.1", "Content-Length: 3", "Expect: 100-continue"));
    const refused = await connection.response();
    expect([refused.status, refused.headers["connection"]]).toEqual([403, "close"]);
    await connection.ended();
  });

  it("lets a client that is still sending read its error, then closes", async () => {
    const { port } = await start(refuse);
    const connection = await openRaw(port);
    connection.send(head("PUT / HTTP/1.1", "Content-Length: 3000000"));
    const answer = await connection.response();
    expect([answer.status, answer.headers["connection"]]).toEqual([403, "close"]);
    connection.send(Buffer.alloc(3_000_000));
    expect((await connection.ended()).length).toBe(0);
    expect(connection.socket.errored).toBeNull();
  });

  it("keeps the connection after an error although the small body of the request came later than its head", async () => {
    const { port } = await start((req, res) => (req.method === "PUT" ? refuse(req, res) : hello(req, res)));
    const connection = await openRaw(port);
    connection.send(`${head("PUT / HTTP/1.1", "Content-Length: 3")}abc${head("PUT / HTTP/1.1", "Content-Length: 3")}`);
    expect((await connection.response()).status).toBe(403);
    connection.send("abc");
    expect((await connection.response()).status).toBe(403);
    connection.send(head("GET / HTTP/1.1"));
    expect((await connection.response()).status).toBe(200);
    connection.socket.destroy();
  });

  it("reads over a little of a body that nobody wanted and cuts the connection on more", async () => {
    const { port } = await start(hello, { unreadBytes: 1000 });
    const connection = await openRaw(port);
    connection.send(
      `${head("POST / HTTP/1.1", "Content-Length: 900")}${"x".repeat(900)}${head("POST / HTTP/1.1", "Content-Length: 2000000")}`,
    );
    expect((await connection.response()).status).toBe(200);
    expect((await connection.response()).status).toBe(200);
    connection.send(Buffer.alloc(1_000_000));
    await connection.ended();
  });

  it("refuses a body over the limit with 413, announced or chunked", async () => {
    const { port } = await start(echo);
    expect((await rawRequest(port, "PUT / HTTP/1.1\nHost: x\nContent-Length: 1001", Buffer.alloc(1001))).status).toBe(413);
    const chunk = `${(600).toString(16)}\r\n${"x".repeat(600)}\r\n`;
    const answer = await rawRequest(port, "PUT / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked", `${chunk}${chunk}0\r\n\r\n`);
    expect(answer.status).toBe(413);
  });

  it("answers a client that has closed its half", async () => {
    const { port } = await start(async (_req, res) => {
      await new Promise(setImmediate);
      res.end("late");
    });
    const connection = await openRaw(port);
    connection.socket.end(head("GET / HTTP/1.1"), "latin1");
    expect((await connection.response()).body.toString()).toBe("late");
    await connection.ended();
  });

  it("takes a client that goes away in the middle of its body for normal: no answer, no report", async () => {
    const started = Promise.withResolvers<void>();
    const outcome = Promise.withResolvers<unknown>();
    const { port, reports, traffic } = await start(async (req, res) => {
      started.resolve();
      await text(openBody(req, res)).catch((error: unknown) => {
        outcome.resolve(error);
        throw error;
      });
    });
    const connection = await openRaw(port);
    connection.send(`${head("PUT / HTTP/1.1", "Content-Length: 10")}abc`);
    await started.promise;
    connection.socket.destroy();
    expect(await outcome.promise).toMatchObject({ code: "ECONNRESET" });
    await expect.poll(() => traffic.requests()).toEqual([{ door: "test", method: "PUT", status: "none", count: 1 }]);
    expect(reports).toEqual([]);
  });

  it("survives a client that goes away before anybody reads its body", async () => {
    const gone = Promise.withResolvers<void>();
    const outcome = Promise.withResolvers<unknown>();
    const { port, reports } = await start(async (req, res) => {
      const body = openBody(req, res);
      req.once("close", gone.resolve);
      await gone.promise;
      await new Promise(setImmediate);
      outcome.resolve(await text(body).catch((error: unknown) => error));
    });
    const connection = await openRaw(port);
    connection.send(`${head("PUT / HTTP/1.1", "Content-Length: 10")}abc`);
    connection.socket.destroy();
    expect(await outcome.promise).toMatchObject({ code: "ECONNRESET" });
    expect(reports).toEqual([]);
  });

  it("answers although whoever read the body destroyed it", async () => {
    const { port } = await start(async (req, res) => {
      const body = openBody(req, res);
      await once(body, "readable");
      body.destroy();
      throw new RegistryError("STORAGE_FULL");
    });
    const connection = await openRaw(port);
    connection.send(head("PUT / HTTP/1.1", "Content-Length: 500000"));
    connection.send(Buffer.alloc(200_000));
    expect((await connection.response()).status).toBe(507);
    connection.socket.destroy();
  });

  it("survives a handler that drops a body half way and then fails", async () => {
    const failed = Promise.withResolvers<void>();
    const { port, reports } = await start(async (req) => {
      for await (const piece of req) if (piece) break;
      setImmediate(() => setImmediate(failed.resolve));
      throw new RegistryError("DENIED");
    });
    const connection = await openRaw(port);
    connection.send(`${head("PUT / HTTP/1.1", "Content-Length: 1000000")}${"x".repeat(100_000)}`);
    await failed.promise;
    expect(reports).toEqual([]);
    connection.socket.destroy();
  });

  it("cuts a client that stops in the middle of a body", async () => {
    const { port } = await start(async (req, res) => void res.end(await readBody(req, res, 1000)), { idleMs: 250 });
    const stalled = await openRaw(port);
    stalled.send(`${head("PUT / HTTP/1.1", "Content-Length: 2")}x`);
    expect((await stalled.ended()).toString()).toBe("");
  });

  it("waits for a handler that takes its time after it has read the body", async () => {
    const { port } = await start(async (req, res) => {
      await readBody(req, res, 1000);
      expect(letIdle(req)).toBe(true);
      res.end("slow");
    });
    expect((await rawRequest(port, "PUT / HTTP/1.1\nHost: x\nContent-Length: 1", "x")).body.toString()).toBe("slow");
  });

  it("waits for a handler that takes its time before it reads the body", async () => {
    const { port } = await start(async (req, res) => {
      expect(letIdle(req)).toBe(true);
      res.end(await readBody(req, res, 1_000_000));
    });
    const sent = "x".repeat(800_000);
    expect((await rawRequest(port, "PUT / HTTP/1.1\nHost: x\nContent-Length: 800000", sent)).body.toString()).toBe(sent);
  });

  it("counts the time in which a client lets us wait from where we begin to read, not from its last byte", async () => {
    const { port } = await start(async (req, res) => {
      const body = readBody(req, res, 1000);
      expect(letIdle(req)).toBe(true);
      res.end(await body);
    });
    expect((await rawRequest(port, "PUT / HTTP/1.1\nHost: x\nContent-Length: 1", "x")).body.toString()).toBe("x");
  });

  it("counts answers by door, method and class, and the bytes of open and closed connections", async () => {
    const { port, traffic } = await start((req, res) => (req.url === "/no" ? refuse(req, res) : hello(req, res)));
    await rawRequest(port, "GET / HTTP/1.1\nHost: x");
    await rawRequest(port, "HEAD /no HTTP/1.1\nHost: x");
    const connection = await openRaw(port);
    connection.send(head("GET / HTTP/1.1"));
    await connection.response();
    await expect.poll(() => traffic.openConnections()).toBe(1);
    expect(traffic.requests()).toEqual([
      { door: "test", method: "GET", status: "2xx", count: 2 },
      { door: "test", method: "HEAD", status: "4xx", count: 1 },
    ]);
    expect(traffic.bytes().received).toBeGreaterThan(60);
    expect(traffic.bytes().sent).toBeGreaterThan(200);
    connection.socket.destroy();
    await expect.poll(() => traffic.openConnections()).toBe(0);
  });

  it("closes: idle connections at once, busy ones after their answer", async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { port, listener } = await start(async (req, res) => {
      if (req.url === "/slow") {
        arrived.resolve();
        await release.promise;
      }
      res.end("ok");
    });
    const idle = await openRaw(port);
    idle.send(head("GET / HTTP/1.1"));
    await idle.response();
    const busy = await openRaw(port);
    busy.send(head("GET /slow HTTP/1.1"));
    await arrived.promise;
    const closed = listener.close(60_000);
    await idle.ended();
    release.resolve();
    expect((await busy.response()).body.toString()).toBe("ok");
    await closed;
  });

  it("closes when handlers whose connection was cut have put away what they hold", async () => {
    const arrived = Promise.withResolvers<void>();
    let isPutAway = false;
    const { port, listener } = await start(async (req) => {
      arrived.resolve();
      await once(req, "close").catch(() => undefined); // the cut itself
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      isPutAway = true;
    });
    const connection = await openRaw(port);
    connection.send(`${head("PUT / HTTP/1.1", "Content-Length: 2")}x`);
    await arrived.promise;
    // Whoever asks a second time waits as well.
    await Promise.all([listener.close(0), listener.close(0)]);
    expect(isPutAway).toBe(true);
  });

  it("closes at the deadline although an answer never comes", async () => {
    const { port, listener } = await start(() => new Promise(() => undefined));
    const connection = await openRaw(port);
    connection.send(head("GET / HTTP/1.1"));
    await listener.close(20);
    expect((await connection.ended()).length).toBe(0);
  });

  it("says so when the port is taken", async () => {
    const { port } = await start(hello);
    const { traffic } = await start(hello);
    const second = createListener({ host: "127.0.0.1", port, handler: hello, traffic, report: () => undefined });
    await expect(second).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: something else listens there; --listen 127.0.0.1:0 takes a free port`,
    );
  });
});
