import { describe, expect, it } from "vitest";
import { exchangeWith, serveHttp } from "../../test/wire-servers.ts";
import { createLimiter } from "./limiter.ts";
import type { ClientRequest } from "./request.ts";

describe("limits per host (1.8)", () => {
  it("lets four small requests and three blobs each way go at the same time", async () => {
    let inFlight = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    await using registry = await serveHttp((request, response) => {
      most = Math.max(most, ++inFlight);
      request.resume();
      waiting.push(() => (inFlight--, response.end("x")));
    });
    await using exchange = exchangeWith(registry.url);
    const body = { length: 1, open: () => Buffer.from("x") };
    const kinds: Partial<ClientRequest>[] = [{}, { lane: "blob" }, { lane: "blob", method: "PUT", body }];
    const limits = [4, 3, 3];
    for (const [index, kind] of kinds.entries()) {
      const limit = limits[index]!;
      const answers = Array.from({ length: 9 }, () => exchange.get("/", kind).then((answer) => answer.discard()));
      for (let served = 0; served < 9; served++) {
        await expect.poll(() => waiting.length).toBe(Math.min(limit, 9 - served));
        waiting.shift()!();
      }
      await Promise.all(answers);
      expect(most).toBe(limit);
      most = 0;
    }
  });

  it("an answer keeps its place until it was read or dropped", async () => {
    await using registry = await serveHttp((_request, response) => void response.end(Buffer.alloc(1_000_000)));
    await using exchange = exchangeWith(registry.url, { limits: { metadata: 1 } });
    const first = await exchange.get("/");
    let second = false;
    const next = exchange.get("/").then((answer) => ((second = true), answer));
    await exchange.get("/", { lane: "blob" }).then((answer) => answer.discard());
    expect(second).toBe(false);
    first.body.destroy();
    await (await next).discard();
    expect(second).toBe(true);
  });

  it("an answer without a body keeps no place, even when nobody drops it", async () => {
    await using registry = await serveHttp((_request, response) => void response.end());
    await using exchange = exchangeWith(registry.url, { limits: { metadata: 1 } });
    for (let request = 0; request < 3; request++) await exchange.get("/", { method: "HEAD" });
    const answer = await exchange.get("/");
    expect(await answer.bytes(10)).toHaveLength(0);
  });

  it("a challenge that nobody can meet keeps no place", async () => {
    await using registry = await serveHttp((_request, response) =>
      response.writeHead(401, { "www-authenticate": "Odd" }).end("x".repeat(100_000)),
    );
    const authorizer = { authorize: () => Promise.resolve(undefined), challenged: () => Promise.reject(new Error("odd")) };
    await using exchange = exchangeWith(registry.url, { authorizer, limits: { metadata: 1 } });
    for (let i = 0; i < 3; i++) await expect(exchange.get("/v2/")).rejects.toThrow("odd");
  });

  it("errors and waits for a retry keep no place", async () => {
    let asked = 0;
    await using registry = await serveHttp(
      (_request, response) => void response.writeHead(asked++ % 2 === 0 ? 500 : 404).end("x"),
    );
    await using exchange = exchangeWith(registry.url, { limits: { metadata: 1 } });
    for (let request = 0; request < 3; request++) await expect(exchange.get("/")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("the queue is in order, without end, and can be left", async () => {
    const limiter = createLimiter({ metadata: 1 });
    const order: number[] = [];
    const leaveFirst = await limiter.enter("metadata", undefined);
    const stop = new AbortController();
    const gone = limiter.enter("metadata", stop.signal);
    const others = Array.from({ length: 1000 }, (_, index) =>
      limiter.enter("metadata", undefined).then((leave) => {
        order.push(index);
        leave();
        leave(); // twice is once
      }),
    );
    stop.abort(new Error("enough"));
    await expect(gone).rejects.toThrow("enough");
    leaveFirst();
    await Promise.all(others);
    expect(order).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    await expect(limiter.enter("metadata", AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
  });
});
