import type { RequestListener } from "node:http";
import { pipeline, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createTestClock, internet, serveHttp, type Served, type TestClock } from "../../test/wire-servers.ts";
import type { AskTokenServer } from "./token.ts";
import { createTransport, type TransportOptions } from "./transport.ts";
import { createTokenAsk } from "./transport-token.ts";

const secret = { authorization: "Basic c2VjcmV0" };

interface Asking extends AsyncDisposable {
  readonly server: Served;
  readonly ask: AskTokenServer;
  readonly clock: TestClock;
  readonly realm: URL;
}

/** A token server, and the way to ask it that a client of `registry` (default: the same host) has. */
async function asking(listener: RequestListener, registry?: URL, wire: TransportOptions = {}): Promise<Asking> {
  const server = await serveHttp(listener);
  const transport = createTransport(wire);
  const clock = createTestClock();
  return {
    server,
    ask: createTokenAsk({ registry: registry ?? server.url, transport, clock }),
    clock,
    realm: new URL("/token", server.url),
    async [Symbol.asyncDispose]() {
      await transport.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function* forever(): Generator<string> {
  for (;;) yield "x".repeat(65_536);
}

describe("the answer of a token server", () => {
  it("has every challenge, its text, and whatever status", async () => {
    await using each = await asking((_req, res) => {
      res.setHeader("www-authenticate", ["Negotiate", "Basic"]).writeHead(401).end("no");
    });
    const { challenges, status, text } = await each.ask({ method: "GET", url: each.realm, headers: {} });
    expect({ challenges, status, text }).toEqual({ challenges: ["Negotiate", "Basic"], status: 401, text: "no" });
  });

  it("may have 128 KiB and no more, however long it goes on", async () => {
    await using fits = await asking((_req, res) => res.end("x".repeat(128 * 1024)));
    expect((await fits.ask({ method: "GET", url: fits.realm, headers: {} })).text).toHaveLength(128 * 1024);
    await using endless = await asking((_req, res) => void pipeline(Readable.from(forever()), res, () => undefined));
    const { realm } = endless;
    await expect(endless.ask({ method: "GET", url: realm, headers: secret })).rejects.toMatchObject({
      kind: "protocol",
      request: { host: realm.host, path: "/token" },
    });
  });

  it("has a deadline as a whole, so that one that drips holds nobody up", async () => {
    const drips: RequestListener = (_req, res) => {
      const timer = setInterval(() => res.write("x"), 50);
      res.on("close", () => clearInterval(timer));
    };
    await using each = await asking(drips, undefined, { timeout: 500 });
    await expect(each.ask({ method: "GET", url: each.realm, headers: {} })).rejects.toMatchObject({ kind: "timeout" });
  });
});

describe("a token server that is in trouble", () => {
  it("is asked again, after the time that it asks for", async () => {
    let count = 0;
    await using each = await asking((_req, res) => {
      if (++count === 1) res.writeHead(503).end();
      else if (count === 2) res.writeHead(429, { "retry-after": "7" }).end();
      else res.end("{}");
    });
    expect(await each.ask({ method: "GET", url: each.realm, headers: {} })).toMatchObject({ status: 200 });
    expect(each.clock.waits).toEqual([1000, 7000]);
  });

  it("is left alone when it asks for hours, and its answer says when", async () => {
    await using each = await asking((_req, res) => res.writeHead(429, { "retry-after": "3600" }).end());
    const answer = await each.ask({ method: "GET", url: each.realm, headers: {} });
    expect([answer.status, answer.header("retry-after"), each.clock.waits]).toEqual([429, "3600", []]);
  });

  it("that cannot be reached is an error that names it, without what was to be sent", async () => {
    await using each = await asking(() => undefined);
    await each.server[Symbol.asyncDispose]();
    const url = new URL("?account=ann", each.realm);
    const error = await each.ask({ method: "GET", url, headers: secret }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: "connection", request: { host: url.host, path: "/token" } });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(/c2VjcmV0|account=ann/);
  });

  it("is not waited for by somebody who has given up", async () => {
    const stop = new AbortController();
    await using each = await asking(() => stop.abort(new Error("enough")));
    const { signal } = stop;
    await expect(each.ask({ method: "GET", url: each.realm, headers: {}, signal })).rejects.toThrow("enough");
  });
});

describe("what goes to a token server goes nowhere else", () => {
  it("redirects on its own origin are followed with it, others are refused", async () => {
    const seen: (string | undefined)[] = [];
    await using stranger = await serveHttp((req, res) => {
      seen.push(req.headers.authorization);
      res.end("{}");
    });
    await using each = await asking((req, res) => {
      if (req.url === "/token") res.writeHead(307, { location: "/moved" }).end();
      else if (req.url === "/away") res.writeHead(307, { location: stranger.url.href }).end();
      else res.end(JSON.stringify(req.headers.authorization));
    });
    expect((await each.ask({ method: "GET", url: each.realm, headers: secret })).text).toContain("c2VjcmV0");
    await expect(each.ask({ method: "GET", url: new URL("/away", each.realm), headers: secret })).rejects.toMatchObject({
      kind: "protocol",
      message: expect.stringContaining(stranger.url.host) as string,
    });
    expect(seen).toEqual([]);
  });

  it.each(["inside.example", "127.0.0.2", "localhost"])("a registry on the Internet cannot name %s as one", async (host) => {
    await using inside = await serveHttp((_req, res) => res.end("{}"), { host: "127.0.0.2" });
    await using each = await asking((_req, res) => res.end("{}"), new URL("http://public.example"), { network: internet });
    const url = new URL(`http://${host}:${inside.port}/token`);
    await expect(each.ask({ method: "GET", url, headers: secret })).rejects.toMatchObject({
      kind: "protocol",
      message: expect.stringContaining("private network") as string,
    });
    expect(inside.connections()).toBe(0);
  });

  it("an https registry cannot name one with plain http", async () => {
    await using each = await asking((_req, res) => res.end("{}"), new URL("https://registry.example.org"));
    await expect(each.ask({ method: "GET", url: each.realm, headers: secret })).rejects.toMatchObject({ kind: "protocol" });
    expect(each.server.connections()).toBe(0);
  });
});
