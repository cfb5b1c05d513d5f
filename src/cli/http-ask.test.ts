import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { askHttp } from "./http-ask.ts";

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const ask = (url: URL, signal: AbortSignal): ReturnType<typeof askHttp> =>
  askHttp({ method: "GET", url, authorization: undefined, tls: undefined }, signal);
const timeout = new DOMException("too late", "TimeoutError");

test("a deadline that passes before the answer is a TimeoutError", async () => {
  const deadline = new AbortController();
  const url = await serve(() => deadline.abort(timeout));
  await expect(ask(url, deadline.signal)).rejects.toBe(timeout);
});

test("a deadline that passes in the middle of the answer is one, too", async () => {
  const deadline = new AbortController();
  const url = await serve((_, res) => {
    res.write('{"items":[');
    setTimeout(() => deadline.abort(timeout), 50);
  });
  await expect(ask(url, deadline.signal)).rejects.toBe(timeout);
});

test("an answer without end is not read for ever", async () => {
  const chunk = Buffer.alloc(1024 * 1024);
  const url = await serve((_, res) => {
    const more = (): void => {
      while (!res.destroyed && res.write(chunk)) continue;
    };
    res.on("drain", more);
    more();
  });
  await expect(ask(url, new AbortController().signal)).rejects.toThrow(/more than \d+ bytes/);
});
