import fc from "fast-check";
import { expect, it } from "vitest";
import { exchangeWith, serveHttp } from "../../test/wire-servers.ts";
import { parseRateLimit } from "./rate-limit.ts";

const headers = (values: Record<string, string>) => (name: string) => values[name];

it("count and window of the limit and of what is left are read (1.13)", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), (limit, remaining, windowSeconds) => {
      const values = {
        "ratelimit-limit": `${limit};w=${windowSeconds}`,
        "ratelimit-remaining": `${remaining}; w=${windowSeconds}`,
      };
      expect(parseRateLimit(headers(values))).toEqual({ limit, remaining, windowSeconds });
    }),
  );
  expect(parseRateLimit(headers({ "ratelimit-remaining": "5", "docker-ratelimit-source": "me" }))).toEqual({
    remaining: 5,
    source: "me",
  });
});

it("no header, and nonsense in it, tell nothing", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/^\s*\d/.test(text));
      expect(parseRateLimit(headers({ "ratelimit-limit": text }))).toBeUndefined();
    }),
  );
  expect(parseRateLimit(headers({ "docker-ratelimit-source": "me" }))).toBeUndefined();
});

it("every answer that tells is passed on", async () => {
  await using registry = await serveHttp(
    (_request, response) => void response.writeHead(200, { "ratelimit-remaining": "7;w=60" }).end(),
  );
  const told: unknown[] = [];
  await using exchange = exchangeWith(registry.url, { onRateLimit: (limit) => told.push(limit) });
  await (await exchange.get("/")).discard();
  expect(told).toEqual([{ remaining: 7, windowSeconds: 60 }]);
});
