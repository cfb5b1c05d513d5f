import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openRaw, type RawConnection } from "../../test/raw-http.ts";
import { createListener, type Listener, type ListenerLimits } from "./listener.ts";
import { openBody } from "./request-body.ts";
import { createTraffic, type Handler } from "./traffic.ts";

const listeners: Listener[] = [];
const connections: RawConnection[] = [];
afterEach(async () => {
  for (const { socket } of connections.splice(0)) socket.destroy();
  await Promise.all(listeners.splice(0).map((listener) => listener.close(0)));
  vi.useRealTimers();
});

/** From here on the watch over the speed looks only when a test lets time pass. */
function watchInHand(): void {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
}

async function start(handler: Handler, limits: Partial<ListenerLimits> = {}) {
  const traffic = createTraffic();
  const reports: unknown[] = [];
  const listener = await createListener({
    host: "127.0.0.1",
    port: 0,
    handler,
    traffic,
    report: (error) => void reports.push(error),
    limits: { idleMs: 400, ...limits },
  });
  listeners.push(listener);
  return { port: listener.port, reports };
}

async function open(port: number): Promise<RawConnection> {
  const connection = await openRaw(port);
  connections.push(connection);
  return connection;
}

/** Sends a piece every 50 ms, as long as the connection stands. Never idle for `idleMs`. */
async function drip(connection: RawConnection, piece: string): Promise<number> {
  let sent = 0;
  for (; !connection.socket.destroyed && !connection.socket.readableEnded; sent++) {
    connection.send(piece);
    await pause(50);
  }
  return sent;
}

const upload: Handler = async (req, res) => {
  const body = await text(openBody(req, res));
  res.end(String(body.length));
};
const put = (length: number): string => `PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

describe("slow clients", () => {
  it("are cut when the head of their request drips", async () => {
    let served = 0;
    const { port } = await start(() => void served++, { headersMs: 300 });
    const connection = await open(port);
    connection.send("GET / HTTP/1.1\r\nHost: x\r\n");
    await drip(connection, "X: y\r\n");
    expect((await connection.ended()).toString()).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
    expect(served).toBe(0);
  });

  it("are cut when they send nothing at all", async () => {
    const { port } = await start(() => undefined, { headersMs: 200 });
    expect((await (await open(port)).ended()).toString()).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
  });

  it("are cut when the second head of a connection drips", async () => {
    const { port } = await start((_req, res) => void res.end("ok"), { headersMs: 2000, idleMs: 60_000 });
    const connection = await open(port);
    connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n");
    expect((await connection.response()).status).toBe(200);
    await drip(connection, "X: y\r\n");
    await connection.ended();
  });

  it("are cut when their body drips, long before it would end", async () => {
    const { port, reports } = await start(upload);
    const connection = await open(port);
    connection.send(put(10_000));
    expect(await drip(connection, "x")).toBeLessThan(100);
    expect((await connection.ended()).toString()).toBe("");
    expect(reports).toEqual([]);
  });

  it("are cut when their chunks drip", async () => {
    const { port } = await start(upload);
    const connection = await open(port);
    connection.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    expect(await drip(connection, "1\r\nx\r\n")).toBeLessThan(100);
    expect((await connection.ended()).toString()).toBe("");
  });

  it("are served when they are slow as people are", async () => {
    watchInHand();
    const pieces = new EventEmitter();
    const { port } = await start(
      async (req, res) => {
        for await (const _ of openBody(req, res)) pieces.emit("piece");
        res.end("read");
      },
      { idleMs: 60_000, bytesPerSecond: 256 },
    );
    const connection = await open(port);
    connection.send(put(32 * 2000));
    for (let sent = 0; sent < 32; sent++) {
      const arrived = once(pieces, "piece");
      connection.send("x".repeat(2000));
      await arrived;
      vi.advanceTimersByTime(7500);
    }
    expect((await connection.response()).body.toString()).toBe("read");
  });

  it("are cut when they sip at an answer, however steadily", async () => {
    const size = 64 * 1024 * 1024;
    const limits = { bytesPerSecond: 32 * 1024 * 1024 };
    const { port, reports } = await start((_req, res) => void res.end(Buffer.alloc(size)), limits);
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined).pause();
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    let read = 0;
    while (!socket.readableEnded && !socket.destroyed && read < size) {
      read += (socket.read() as Buffer | null)?.length ?? 0;
      await pause(10);
    }
    expect(read).toBeLessThan(size / 2);
    expect(reports).toEqual([]);
    socket.destroy();
  });

  it("are not blamed for the time in which they wait for us", async () => {
    watchInHand();
    const reading = Promise.withResolvers<void>();
    const { port } = await start(
      async (req, res) => {
        const body = openBody(req, res);
        vi.advanceTimersByTime(10 * 60_000);
        const whole = text(body);
        reading.resolve();
        res.end(String((await whole).length));
      },
      { idleMs: 60_000 },
    );
    const connection = await open(port);
    connection.send(`${put(100)}${"x".repeat(99)}`);
    await reading.promise;
    connection.send("x");
    expect((await connection.response()).body.toString()).toBe("100");
  });
});
