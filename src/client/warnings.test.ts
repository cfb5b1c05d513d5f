import fc from "fast-check";
import { expect, it } from "vitest";
import { exchangeWith, serveHttp } from "../../test/wire-servers.ts";
import { createWarnings, parseWarnings } from "./warnings.ts";

it("texts of code 299 are read, with quotes and escapes, several in a header and several headers (1.13)", () => {
  const texts = parseWarnings(['299 - "old \\"client\\"", 110 cache "stale", 299 registry.example "a, b"', '299 - "again"']);
  expect(texts).toEqual(['old "client"', "a, b", "again"]);
});

it("any text comes back as it was quoted", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 200 }), (text) => {
      const quoted = text.replaceAll(/["\\]/g, String.raw`\$&`);
      expect(parseWarnings([`299 - "${quoted}"`])).toEqual([text]);
    }),
  );
});

it("nonsense is skipped", () => {
  expect(parseWarnings(["", "299", '299 - "open', 'x299 - "y"'])).toEqual([]);
});

it("each text is told once, and at most a hundred", () => {
  const told: string[] = [];
  const warn = createWarnings((text) => told.push(text));
  for (let round = 0; round < 2; round++) for (let index = 0; index < 150; index++) warn(`299 - "warning ${index}"`);
  expect(told).toHaveLength(100);
  expect(new Set(told).size).toBe(100);
});

it("comes with answers and errors alike", async () => {
  await using registry = await serveHttp((request, response) => {
    response.setHeader("warning", [`299 - "${request.url}"`, '299 - "both"']);
    response.writeHead(request.url === "/" ? 200 : 404).end();
  });
  const told: string[] = [];
  await using exchange = exchangeWith(registry.url, { onWarning: (text) => told.push(text) });
  await (await exchange.get("/")).discard();
  await expect(exchange.get("/gone")).rejects.toMatchObject({ kind: "not found" });
  expect(told).toEqual(["/", "both", "/gone"]);
});
