// One request on the wire against registries that mean harm or are broken: it never hangs, never fills the memory, and says what is wrong.

import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { timeInHand } from "../../test/time-in-hand.ts";
import { exchangeWith, internet, serveBytes, serveHttp } from "../../test/wire-servers.ts";

const limitMs = 60;
const impatient = { wire: { timeout: limitMs }, retry: { maxRetries: 0 } };

describe("two time limits, never one for the whole (1.7)", () => {
  it("a registry that never answers is a timeout", async () => {
    await using registry = await serveBytes(() => undefined);
    await using exchange = exchangeWith(registry.url, impatient);
    await expect(exchange.get("/v2/")).rejects.toMatchObject({
      code: "TIMEOUT",
      kind: "timeout",
      status: 504,
      request: { host: registry.url.host, method: "GET", path: "/v2/", attempts: 1 },
    });
  });

  it("headers that drip do not extend the time to the first byte", async () => {
    await using registry = await serveBytes((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const timer = setInterval(() => socket.write("X-Drip: 1\r\n"), 10);
      socket.on("close", () => clearInterval(timer));
    });
    await using exchange = exchangeWith(registry.url, impatient);
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("informational answers for ever do not extend it either", async () => {
    await using registry = await serveBytes((socket) => {
      const timer = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 10);
      socket.on("close", () => clearInterval(timer));
    });
    await using exchange = exchangeWith(registry.url, impatient);
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("a body that stops is a timeout, and one that keeps coming for longer is not", async () => {
    using time = timeInHand();
    let answer: ServerResponse | undefined;
    await using registry = await serveHttp((_request, response) => void (answer = response).write("x"));
    await using exchange = exchangeWith(registry.url, impatient);
    const { body } = await exchange.get("/stops");
    const pieces = body[Symbol.asyncIterator]();
    for (let piece = 0; piece < 10; piece++) {
      expect(String((await pieces.next()).value)).toBe("x");
      time.pass(limitMs - 1);
      answer?.write("x");
    }
    await pieces.next();
    const stopped = pieces.next();
    time.pass(limitMs);
    await expect(stopped).rejects.toMatchObject({ code: "TIMEOUT", request: { path: "/stops" } });
  });

  it("a small answer that drips for ever is given up", async () => {
    await using registry = await serveHttp((_request, response) => {
      response.write("x");
      const timer = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(timer));
    });
    using time = timeInHand();
    await using exchange = exchangeWith(registry.url, impatient);
    const answer = await exchange.get("/v2/");
    time[Symbol.dispose](); // the limit of a piece stays in hand, that of the whole answer begins now
    await expect(answer.bytes(1_000_000)).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("a reader that takes its time is not a timeout of the registry", async () => {
    const size = 4 * 1024 * 1024;
    await using registry = await serveHttp((_request, response) => void response.end(Buffer.alloc(size)));
    using time = timeInHand();
    await using exchange = exchangeWith(registry.url, impatient);
    const { body } = await exchange.get("/v2/");
    await expect.poll(() => body.readableLength).toBeGreaterThanOrEqual(body.readableHighWaterMark);
    time.pass(10 * limitMs);
    let read = 0;
    for await (const chunk of body) read += (chunk as Buffer).length;
    expect(read).toBe(size);
  });

  it.each([
    ["bytes", () => Buffer.alloc(64 * 1024 * 1024)],
    ["a stream", () => Readable.from(Array.from({ length: 1024 }, () => Buffer.alloc(65_536)))],
  ])("a registry that stops reading %s is a timeout, and the body is closed", async (_name, open) => {
    await using registry = await serveBytes((socket) => void socket.pause());
    await using exchange = exchangeWith(registry.url, impatient);
    const bodies: (Buffer | Readable)[] = [];
    const body = { length: 64 * 1024 * 1024, open: () => bodies[bodies.push(open()) - 1]! };
    await expect(exchange.send({ method: "PUT", url: "/v2/", scopes: [], body })).rejects.toMatchObject({ code: "TIMEOUT" });
    for (const opened of bodies) if (opened instanceof Readable) expect(opened.destroyed).toBe(true);
  });

  it("a source that takes its time is not a timeout of the registry", async () => {
    await using registry = await serveHttp((request, response) => void request.resume().on("end", () => response.end()));
    using time = timeInHand();
    await using exchange = exchangeWith(registry.url, impatient);
    async function* slowly(): AsyncGenerator<Buffer> {
      yield Buffer.from("a");
      await new Promise((resolve) => setImmediate(resolve)); // the connection has taken it
      time.pass(10 * limitMs);
      yield Buffer.from("b");
    }
    const body = { length: 2, open: () => Readable.from(slowly()) };
    expect((await exchange.send({ method: "PUT", url: "/v2/", scopes: [], body })).status).toBe(200);
  });

  it("a body whose source fails, fails with the source's own error", async () => {
    await using registry = await serveHttp((request) => void request.resume());
    await using exchange = exchangeWith(registry.url);
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.from("a");
      await Promise.reject(new Error("disk on fire"));
    }
    const body = { length: 2, open: () => Readable.from(failing()) };
    await expect(exchange.send({ method: "PUT", url: "/v2/", scopes: [], body })).rejects.toThrow("disk on fire");
  });
});

describe("AbortSignal everywhere: the call rejects with the signal's reason (1.7)", () => {
  const reason = new Error("enough");

  it("before it starts, while it waits for the answer, and while the body comes", async () => {
    await using registry = await serveHttp((request, response) => {
      if (request.url === "/body") response.write("x");
    });
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const waiting = new AbortController();
    const answer = exchange.get("/", { signal: waiting.signal });
    setImmediate(() => waiting.abort(reason));
    await expect(answer).rejects.toBe(reason);

    const reading = new AbortController();
    const { body } = await exchange.get("/body", { signal: reading.signal });
    const end = once(body, "error");
    body.resume();
    reading.abort(reason);
    expect(await end).toEqual([reason]);
  });

  it("while the body goes up; its stream is closed", async () => {
    const stop = new AbortController();
    await using registry = await serveBytes((socket) => {
      socket.pause();
      stop.abort(reason);
    });
    await using exchange = exchangeWith(registry.url);
    const source = Readable.from(Array.from({ length: 1024 }, () => Buffer.alloc(65_536)));
    const answer = exchange.send({
      method: "PUT",
      url: "/",
      scopes: [],
      body: { length: undefined, open: () => source },
      signal: stop.signal,
    });
    await expect(answer).rejects.toBe(reason);
    expect(source.destroyed).toBe(true);
  });

  it("closing the client fails what is in flight", async () => {
    await using registry = await serveHttp(() => void exchange.transport.close());
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/")).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("closed") as string,
    });
    await expect(exchange.get("/")).rejects.toMatchObject({ code: "UNREACHABLE" });
  });
});

describe("hostile answers (bad input)", () => {
  const raw = (text: string): ReturnType<typeof serveBytes> => serveBytes((socket) => void socket.end(text));

  it("headers without end are refused", async () => {
    await using registry = await serveBytes((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const more = (): void => void (socket.writable && socket.write(`X-Big: ${"x".repeat(8000)}\r\n`, more));
      more();
    });
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/")).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
      message: expect.stringContaining("headers") as string,
    });
  });

  it("a body without end is cut at the limit, and the connection with it", async () => {
    let closed: Promise<unknown> | undefined;
    await using registry = await serveBytes((socket) => {
      closed = new Promise((resolve) => socket.on("close", resolve));
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const more = (): void => void (socket.writable && socket.write(`10000\r\n${"x".repeat(65_536)}\r\n`, more));
      more();
    });
    await using exchange = exchangeWith(registry.url);
    const answer = await exchange.get("/");
    await expect(answer.bytes(1_000_000)).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED" });
    await closed;
  });

  it("a length above the limit is refused before anything is read", async () => {
    await using registry = await raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nabc");
    await using exchange = exchangeWith(registry.url);
    await expect((await exchange.get("/")).bytes(1000)).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED" });
  });

  it("an error page without end is read up to 64 KiB", async () => {
    await using registry = await serveBytes((socket) => {
      socket.write("HTTP/1.1 404 Not Found\r\n\r\n");
      const more = (): void => void (socket.writable && socket.write(Buffer.alloc(65_536, "x"), more));
      more();
    });
    await using exchange = exchangeWith(registry.url);
    const error = (await exchange.get("/").catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: "NOT_FOUND" });
    expect(error.message.length).toBeLessThan(500);
  });

  it("an answer that is dropped frees its connection, by reading it when short and by cutting it when long", async () => {
    await using registry = await serveHttp(
      (request, response) => void response.end(Buffer.alloc(request.url === "/long" ? 10_000_000 : 10)),
    );
    await using exchange = exchangeWith(registry.url);
    for (let request = 0; request < 10; request++) await (await exchange.get("/")).discard();
    const before = registry.connections();
    expect(before).toBeLessThan(3); // undici leaves a connection alone for one turn of the event loop
    for (let request = 0; request < 5; request++) await (await exchange.get("/long")).discard();
    expect(registry.connections()).toBeGreaterThan(before);
  });

  const whole = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
  it.each(Array.from({ length: Math.ceil(whole.length / 3) }, (_, index) => index * 3))(
    "an answer cut at byte %i is an error, never a short answer",
    async (cut) => {
      await using registry = await raw(whole.slice(0, cut));
      await using exchange = exchangeWith(registry.url, { retry: { maxRetries: 0 } });
      await expect(exchange.get("/").then((answer) => answer.bytes(100))).rejects.toMatchObject({
        kind: "connection",
        request: { attempts: 1 },
      });
    },
  );

  it("a body shorter or longer than its length is not taken for a whole one", async () => {
    await using short = await raw("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789");
    await using exchange = exchangeWith(short.url);
    await expect((await exchange.get("/")).bytes(100)).rejects.toMatchObject({ kind: "connection" });

    await using long = await raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n0123456789");
    await using other = exchangeWith(long.url);
    expect(Buffer.from(await (await other.get("/")).bytes(100)).toString()).toBe("012");
  });

  it("what follows an answer on its connection is never taken for the next answer", async () => {
    const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    await using registry = await serveBytes((socket, _head, connection) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood${connection === 1 ? evil : ""}`);
    });
    await using exchange = exchangeWith(registry.url);
    for (let request = 0; request < 3; request++)
      expect(Buffer.from(await (await exchange.get("/")).bytes(9)).toString()).toBe("good");
    expect(registry.connections()).toBeGreaterThan(1);
  });

  it.each([
    ["what is not HTTP", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["two different lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabcd"],
    ["a header with a NUL", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"],
    [
      "a switch of protocols that nobody asked for",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
    ["100 Continue that nobody asked for, and then nothing", "HTTP/1.1 100 Continue\r\n\r\n"],
  ])("%s is an error", async (_name, text) => {
    await using registry = await raw(text);
    await using exchange = exchangeWith(registry.url, { retry: { maxRetries: 0 } });
    const answer = exchange.get("/").then((came) => came.bytes(100));
    await expect(answer).rejects.toMatchObject({ name: "RegistryError", status: 502 });
  });

  it("a chunk size that is not one is an error of the body", async () => {
    await using registry = await raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc");
    await using exchange = exchangeWith(registry.url, { retry: { maxRetries: 0 } });
    await expect(exchange.get("/").then((came) => came.bytes(100))).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED" });
  });

  it("early hints before the answer are skipped", async () => {
    await using registry = await raw(
      "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    await using exchange = exchangeWith(registry.url);
    expect((await (await exchange.get("/")).bytes(9)).toString()).toBe(Buffer.from("ok").toString());
  });

  it("a refusal before the body was sent is the answer, and the body is closed", async () => {
    await using registry = await serveBytes((socket) => {
      socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    });
    await using exchange = exchangeWith(registry.url);
    const source = Readable.from(Array.from({ length: 1024 }, () => Buffer.alloc(65_536)));
    const body = { length: 1024 * 65_536, open: () => source };
    await expect(exchange.send({ method: "PUT", url: "/", scopes: [], body })).rejects.toMatchObject({ code: "SIZE_INVALID" });
    expect(source.destroyed).toBe(true);
  });

  it("redirects to ever new hosts do not collect connections for ever", async () => {
    let open = 0;
    let hosts = 0;
    await using registry = await serveHttp((request, response) => {
      if (request.url === "/away") {
        open++;
        request.socket.once("close", () => open--);
        response.end();
      } else response.writeHead(307, { location: `http://host-${++hosts}.example:${registry.port}/away` }).end();
    });
    await using exchange = exchangeWith(registry.url, { wire: { network: internet } });
    for (let request = 0; request < 80; request++) await (await exchange.get("/")).discard();
    expect(hosts).toBe(80);
    expect(open).toBeLessThan(70);
  });
});

describe("what is sent (1.10)", () => {
  it("no content coding is asked for, and one that comes anyway is left alone", async () => {
    const bytes = gzipSync("hello");
    let asked: unknown;
    await using registry = await serveHttp((request, response) => {
      asked = [request.headers["accept-encoding"], request.headers["user-agent"]];
      response.writeHead(200, { "content-encoding": "gzip" }).end(bytes);
    });
    await using exchange = exchangeWith(registry.url, { wire: { userAgent: "hythe/test" } });
    expect(Buffer.from(await (await exchange.get("/")).bytes(100))).toEqual(bytes);
    expect(asked).toEqual(["identity", "hythe/test"]);
  });

  it("a known length is announced, an unknown one is sent in chunks", async () => {
    const seen: unknown[] = [];
    await using registry = await serveHttp((request, response) => {
      seen.push([request.headers["content-length"], request.headers["transfer-encoding"]]);
      request.resume().on("end", () => response.end());
    });
    await using exchange = exchangeWith(registry.url);
    const open = (): Readable => Readable.from([Buffer.from("abc")]);
    for (const length of [3, undefined])
      await (await exchange.send({ method: "PUT", url: "/", scopes: [], body: { length, open } })).discard();
    expect(seen).toEqual([
      ["3", undefined],
      [undefined, "chunked"],
    ]);
  });

  it("a body of another length than announced is never sent as if it were whole", async () => {
    await using registry = await serveHttp((request, response) => void request.resume().on("end", () => response.end()));
    await using exchange = exchangeWith(registry.url, { retry: { maxRetries: 0 } });
    for (const length of [2, 4]) {
      const body = { length, open: () => Readable.from([Buffer.from("abc")]) };
      await expect(exchange.send({ method: "PUT", url: "/", scopes: [], body })).rejects.toMatchObject({ code: "SIZE_INVALID" });
    }
  });

  it("every value of a header that comes several times is there", async () => {
    const seen: unknown[] = [];
    await using registry = await serveHttp((_request, response) => {
      response.writeHead(401, { "www-authenticate": ['Bearer realm="a"', 'Basic realm="b"'] }).end();
    });
    const authorizer = {
      authorize: () => Promise.resolve(undefined),
      challenged: (challenges: readonly string[]) => Promise.resolve(seen.push(challenges) === 0),
    };
    await using exchange = exchangeWith(registry.url, { authorizer });
    await expect(exchange.get("/")).rejects.toMatchObject({ kind: "auth" });
    expect(seen).toEqual([['Bearer realm="a"', 'Basic realm="b"']]);
  });
});

describe("HEAD", () => {
  it("leaves its connection open for what comes next", async () => {
    await using registry = await serveHttp((_request, response) => void response.setHeader("content-length", 3).end("abc"));
    await using exchange = exchangeWith(registry.url);
    for (let i = 0; i < 5; i++) {
      await (await exchange.get("/", { method: "HEAD" })).discard();
      expect(await (await exchange.get("/")).bytes(3)).toHaveLength(3);
    }
    expect(registry.connections()).toBeLessThanOrEqual(2);
  });

  it("answered with a body all the same spoils no other answer", async () => {
    const stray = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nWRONG";
    let heads = 0;
    await using registry = await serveBytes((socket, head) => {
      const answer = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n";
      if (head.startsWith("HEAD")) socket.write(answer + (heads++ % 2 === 0 ? stray : "WRONG"));
      else socket.end(`${answer}right`);
    });
    await using exchange = exchangeWith(registry.url);
    for (let i = 0; i < 4; i++) {
      await (await exchange.get("/", { method: "HEAD" })).discard();
      expect(Buffer.from(await (await exchange.get("/")).bytes(5)).toString()).toBe("right");
    }
  });
});
