// The rules of research 1.7 with the defaults of the client: 3 retries after 1, 2 and 4 s. No test waits: the clock is the test's.

import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeInHand } from "../../test/time-in-hand.ts";
import { createTestClock, exchangeWith, internet, serveBytes, serveHttp, type Served } from "../../test/wire-servers.ts";
import { createBackoff, parseRetryAfter, systemClock, type Clock } from "./retry.ts";

/** Answers with each status once, then with 200; repeats the headers. */
async function serveStatuses(
  statuses: number[],
  headers: Record<string, string> = {},
): Promise<Served & { asked: () => number }> {
  let asked = 0;
  const served = await serveHttp((request, response) => {
    const status = statuses[asked++] ?? 200;
    request.resume().on("end", () => response.writeHead(status, status === 200 ? {} : headers).end());
  });
  return { ...served, asked: () => asked };
}

describe("what is asked again (1.7)", () => {
  it.each([408, 429, 500, 502, 503, 504, 522])("%i is asked again, three times after 1, 2 and 4 s", async (status) => {
    await using registry = await serveStatuses([status, status, status]);
    await using exchange = exchangeWith(registry.url);
    const answer = await exchange.get("/v2/");
    expect(answer.attempts).toBe(4);
    expect(exchange.clock.waits).toEqual([1000, 2000, 4000]);
  });

  it("after three retries the last answer is the error, with the number of attempts", async () => {
    await using registry = await serveStatuses(Array.from({ length: 9 }, () => 503));
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ code: "UNAVAILABLE", request: { attempts: 4, status: 503 } });
    expect(registry.asked()).toBe(4);
  });

  it.each([400, 401, 403, 404, 405, 409, 412, 416, 501, 505])("%i is not asked again", async (status) => {
    await using registry = await serveStatuses([status]);
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ request: { attempts: 1, status } });
    expect(registry.asked()).toBe(1);
  });

  it("a status that the operation takes for an answer is one at once", async () => {
    await using registry = await serveStatuses([429]);
    await using exchange = exchangeWith(registry.url);
    expect(await exchange.get("/v2/", { answers: [429] })).toMatchObject({ status: 429, attempts: 1 });
  });

  it.each([
    ["reset", "resetAndDestroy"],
    ["closed without an answer", "end"],
  ] as const)("a connection that is %s is tried again", async (_name, way) => {
    await using registry = await serveBytes((socket, _head, connection) => {
      if (connection < 3) socket[way]();
      else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    await using exchange = exchangeWith(registry.url);
    expect((await exchange.get("/v2/")).attempts).toBe(3);
  });

  it("a first byte that does not come in time is waited for again", async () => {
    using time = timeInHand();
    await using registry = await serveBytes((socket, _head, connection) => {
      if (connection === 1) time.pass(1000);
      else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    await using exchange = exchangeWith(registry.url, { wire: { timeout: 1000 } });
    expect((await exchange.get("/v2/")).attempts).toBe(2);
  });

  const failingLookup = (code: string, times: number): LookupFunction & { asked: () => number } => {
    let asked = 0;
    const lookup: LookupFunction = (name, options, callback) => {
      if (asked++ >= times) internet.lookup(name, options, callback);
      else callback(Object.assign(new Error(code), { code }), []);
    };
    return Object.assign(lookup, { asked: () => asked });
  };

  it("DNS that does not answer is asked again, a name that it does not know is not", async () => {
    await using registry = await serveStatuses([]);
    const url = new URL(`http://registry.example:${registry.port}`);
    await using temporary = exchangeWith(url, { wire: { network: { ...internet, lookup: failingLookup("EAI_AGAIN", 2) } } });
    expect((await temporary.get("/v2/")).attempts).toBe(3);

    const lookup = failingLookup("ENOTFOUND", 9);
    await using unknown = exchangeWith(url, { wire: { network: { ...internet, lookup } } });
    await expect(unknown.get("/v2/")).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("DNS") as string,
    });
    expect(lookup.asked()).toBe(1);
  });

  it("a refused connection and a bad certificate are not tried again", async () => {
    const registry = await serveStatuses([]);
    await registry[Symbol.asyncDispose]();
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ code: "UNREACHABLE", request: { attempts: 1 } });
    expect(exchange.clock.waits).toEqual([]);
  });

  it("POST and PATCH are not sent again once they may have arrived", async () => {
    await using registry = await serveStatuses([503, 503]);
    await using exchange = exchangeWith(registry.url);
    for (const method of ["POST", "PATCH"] as const) {
      await expect(exchange.send({ method, url: "/v2/a/blobs/uploads/", scopes: [] })).rejects.toMatchObject({
        request: { attempts: 1 },
      });
    }
    await using cutting = await serveBytes((socket) => void socket.end());
    await using other = exchangeWith(cutting.url);
    await expect(other.send({ method: "POST", url: "/v2/a/blobs/uploads/", scopes: [] })).rejects.toMatchObject({
      request: { attempts: 1 },
    });
  });

  it("POST is sent again when nothing can have arrived", async () => {
    await using registry = await serveStatuses([]);
    const url = new URL(`http://registry.example:${registry.port}`);
    await using exchange = exchangeWith(url, { wire: { network: { ...internet, lookup: failingLookup("EAI_AGAIN", 1) } } });
    const answer = await exchange.send({ method: "POST", url: "/v2/a/blobs/uploads/", scopes: [] });
    expect(answer.attempts).toBe(2);
    expect(registry.asked()).toBe(1);
  });

  it("the POST that opens an upload is sent again when no answer came, and not after one", async () => {
    await using cutting = await serveBytes((socket, _head, connection) => {
      if (connection === 1) socket.end();
      else socket.end("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
    });
    await using exchange = exchangeWith(cutting.url);
    const open = exchange.send({ method: "POST", url: "/", scopes: [], repeatable: "unanswered" });
    await expect(open).rejects.toMatchObject({ code: "UNAVAILABLE", request: { attempts: 2 } });
  });

  it("what says that it is repeatable is sent again, and what says that it is not is not", async () => {
    await using registry = await serveStatuses([503, 200, 503]);
    await using exchange = exchangeWith(registry.url);
    expect((await exchange.send({ method: "POST", url: "/", scopes: [], repeatable: true })).attempts).toBe(2);
    await expect(exchange.send({ method: "PUT", url: "/", scopes: [], repeatable: false })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
  });
});

describe("bodies come from a factory or are not repeated (1.7)", () => {
  it("every attempt opens the body anew and sends all of it", async () => {
    const lengths: number[] = [];
    await using registry = await serveHttp((request, response) => {
      let length = 0;
      request.on("data", (chunk: Buffer) => (length += chunk.length));
      request.on("end", () => response.writeHead(lengths.push(length) < 3 ? 500 : 201).end());
    });
    await using exchange = exchangeWith(registry.url);
    let opened = 0;
    const body = { length: 100_000, open: () => (opened++, Readable.from([Buffer.alloc(60_000), Buffer.alloc(40_000)])) };
    expect((await exchange.send({ method: "PUT", url: "/", scopes: [], body })).status).toBe(201);
    expect([opened, lengths]).toEqual([3, [100_000, 100_000, 100_000]]);
  });

  it("a body that opens once ends the retries with the registry's own error", async () => {
    await using registry = await serveStatuses([500]);
    await using exchange = exchangeWith(registry.url);
    let opened = 0;
    const open = (): Buffer => {
      if (opened++ > 0) throw new Error("only once");
      return Buffer.from("x");
    };
    const sent = exchange.send({ method: "PUT", url: "/", scopes: [], body: { length: 1, open } });
    await expect(sent).rejects.toMatchObject({ code: "UNKNOWN", request: { status: 500, attempts: 1 } });
  });
});

describe("Retry-After (1.7)", () => {
  it("in seconds or as a date is waited for instead of our own delay", async () => {
    for (const header of ["7", "Thu, 01 Jan 2026 00:00:07 GMT"]) {
      await using registry = await serveStatuses([429], { "retry-after": header });
      await using exchange = exchangeWith(registry.url);
      await (await exchange.get("/")).discard();
      expect(exchange.clock.waits).toEqual([7000]);
    }
  });

  it("beyond a minute fails at once and says when to come back", async () => {
    await using registry = await serveStatuses([429], { "retry-after": "3600" });
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/")).rejects.toMatchObject({
      kind: "rate limited",
      retryAt: new Date(Date.UTC(2026, 0, 1, 1)),
      request: { attempts: 1, status: 429 },
    });
    expect(exchange.clock.waits).toEqual([]);
    await (await exchange.get("/")).discard(); // what is not limited is not held up
  });

  it("parses both forms and nothing else", () => {
    const now = Date.UTC(2026, 0, 1);
    fc.assert(
      fc.property(fc.nat(999_999_999), (seconds) => {
        expect(parseRetryAfter(` ${seconds} `, now)?.getTime()).toBe(now + seconds * 1000);
      }),
    );
    fc.assert(
      fc.property(fc.nat(4_000_000_000), (seconds) => {
        expect(parseRetryAfter(new Date(seconds * 1000).toUTCString(), now)?.getTime()).toBe(seconds * 1000);
      }),
    );
    for (const nonsense of [
      undefined,
      "",
      "soon",
      "-1",
      "1.5",
      "0x10",
      "99999999999999",
      "Thu, 99 Foo 2026",
      "Thu 2026 00:00:00 GMT",
    ]) {
      expect(parseRetryAfter(nonsense, now)).toBeUndefined();
    }
  });
});

describe("waits are shared per host (1.7)", () => {
  it("while one call is told to wait, no other call asks", async () => {
    let asked = 0;
    await using registry = await serveHttp((_request, response) => {
      if (asked++ === 0) response.writeHead(429, { "retry-after": "5" });
      response.end();
    });
    const clock = createTestClock();
    const held: (() => void)[] = [];
    const slow = {
      ...clock,
      async sleep(milliseconds: number) {
        await new Promise<void>((resolve) => held.push(resolve));
        await clock.sleep(milliseconds, undefined);
      },
    };
    await using exchange = exchangeWith(registry.url, { clock: slow });
    const first = exchange.get("/");
    await expect.poll(() => held.length).toBe(1);
    const others = [exchange.get("/"), exchange.get("/")];
    await expect.poll(() => held.length).toBe(3);
    expect(asked).toBe(1);
    for (const wake of held) wake();
    for (const answer of await Promise.all([first, ...others])) await answer.discard();
    expect(asked).toBe(4);
  });

  it("nor does one that stood in the line meanwhile", async () => {
    let asked = 0;
    await using registry = await serveHttp((_request, response) => {
      if (asked++ === 0) response.writeHead(429, { "retry-after": "5" });
      response.end();
    });
    const clock = createTestClock();
    const askedAtWait: number[] = [];
    const watched = {
      ...clock,
      async sleep(milliseconds: number) {
        askedAtWait.push(asked);
        await setImmediate();
        await clock.sleep(milliseconds, undefined);
      },
    };
    await using exchange = exchangeWith(registry.url, { clock: watched, limits: { metadata: 1 } });
    const answers = await Promise.all([exchange.get("/"), exchange.get("/")].map(async (sent) => (await sent).discard()));
    expect(answers).toHaveLength(2);
    expect(askedAtWait).toEqual([1, 1]);
  });

  it("ends with the signal's reason while waiting", async () => {
    await using registry = await serveStatuses([503], { "retry-after": "30" });
    const stop = new AbortController();
    const sleep: Clock["sleep"] = (milliseconds, signal) => {
      const slept = systemClock.sleep(milliseconds, signal);
      stop.abort(new Error("enough"));
      return slept;
    };
    await using exchange = exchangeWith(registry.url, { clock: { ...systemClock, sleep } });
    const answer = exchange.get("/", { signal: stop.signal });
    await expect(answer).rejects.toThrow("enough");
    expect(registry.asked()).toBe(1);
  });
});

it("delays double and vary by at most ten per cent, all of it settable", async () => {
  for (const random of [0, 0.5, 0.999_999]) {
    const clock = { ...createTestClock(), random: () => random };
    const backoff = createBackoff({ retryDelay: 200, maxRetries: 5 }, clock);
    for (let retry = 1; retry <= 5; retry++) {
      expect(backoff.postpone(retry, undefined)).toBe(true);
      await backoff.ready(undefined);
      const base = 200 * 2 ** (retry - 1);
      expect(clock.waits[retry - 1]).toBeGreaterThanOrEqual(base);
      expect(clock.waits[retry - 1]).toBeLessThanOrEqual(base * 1.1);
    }
    expect(backoff.postpone(6, undefined)).toBe(false);
  }
});
