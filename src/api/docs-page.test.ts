import { createHash } from "node:crypto";
import { fastify } from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { formatDocs, mountDocs } from "./docs-page.ts";
import { buildOpenApi, type OpenApi } from "./openapi.ts";
import { routes } from "./routes.ts";

const page = formatDocs(buildOpenApi(routes, "1.2.3"));
const all = (pattern: RegExp, text = page): string[] => [...text.matchAll(pattern)].map(([, found]) => found!);

test("every route has a section of its own, and every link within the page leads somewhere", () => {
  const ids = all(/ id="([^"]+)"/g);
  expect(new Set(ids).size).toBe(ids.length);
  expect(all(/<section id="([^"]+)"/g)).toHaveLength(routes.length);
  for (const route of routes) expect(page.replaceAll("<wbr>", "")).toContain(`<code>${route.path}</code>`);
  const targets = all(/ href="#([^"]+)"/g);
  expect(targets.length).toBeGreaterThan(routes.length);
  expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
});

test("it has no script, and asks no other server for anything", () => {
  expect(page).not.toMatch(/<script|\son\w+=|javascript:/i);
  expect(all(/(?:src|href)="((?:https?:)?\/\/[^"]+)"/g)).toEqual([]);
});

/** A section of the page of one operation. */
function sectionOf(operation: Partial<OpenApi["paths"][string][string]>): string {
  const whole: OpenApi["paths"][string][string] = {
    operationId: "thing",
    summary: "A thing",
    "x-access": "For everybody.",
    security: [],
    parameters: [],
    responses: {},
    ...operation,
  };
  return formatDocs({ ...buildOpenApi([], "1.2.3"), paths: { "/api/v1/thing": { get: whole } } });
}

test("text is text, whatever it holds, and what stands between backticks is code", () => {
  const hostile = '<img src=x onerror=alert(1)> & "quotes"';
  const shown = sectionOf({
    summary: hostile,
    parameters: [{ name: hostile, in: "query", required: false, description: "like `a<b`", schema: { enum: [hostile] } }],
  });
  expect(shown).not.toContain("<img");
  expect(shown).toContain("&#60;img src=x onerror=alert(1)&#62; &#38; &#34;quotes&#34;");
  expect(shown).toContain("like <code>a&#60;b</code>");
});

test("fields of objects and lists stand below them, further in, and what may be absent says so", () => {
  const schema = {
    type: "object",
    required: ["items"],
    properties: {
      items: { type: "array", items: { type: "object", required: ["name"], properties: { name: { type: "string" } } } },
      total: { anyOf: [{ type: "integer", minimum: 0 }, { type: "null" }], description: "How many" },
    },
  };
  const shown = sectionOf({ responses: { "200": { description: "", content: { "application/json": { schema } } } } });
  expect(all(/<tr>(<th scope="row".*?)<\/tr>/g, shown)).toEqual([
    '<th scope="row" class="in0"><code>items</code></th><td>list of object</td><td></td>',
    '<th scope="row" class="in1"><code>name</code></th><td>text</td><td></td>',
    '<th scope="row" class="in0"><code>total</code> <em>optional</em></th><td>whole number or null</td><td>How many</td>',
  ]);
});

test("an order is named once, not turned round as well", () => {
  const shown = sectionOf({
    parameters: [{ name: "sort", in: "query", required: false, schema: { enum: ["name", "-name", "-only"] } }],
  });
  expect(shown).toContain("<code>name</code> <code>-only</code>");
});

test("every route says what goes wrong", () => {
  const section = (id: string): string => all(new RegExp(`<section id="${id}"(.*?)</section>`, "gs"))[0]!;
  const statuses = (id: string): string[] => all(/<li><b>(\w+)<\/b>/g, section(id));
  expect(statuses("status")).toEqual(["401", "else"]);
  expect(statuses("tagsDetails")).toEqual(["400", "401", "404", "502", "504", "else"]);
  expect(statuses("settings")).toEqual(["401", "403", "else"]);
});

test("the policy of the page lets in its own style and nothing else, and who has it is not sent it again", async () => {
  const api = fastify();
  onTestFinished(() => api.close());
  mountDocs(api, () => buildOpenApi(routes, "1.2.3"));
  const { body, headers } = await api.inject("/docs");
  const style = /<style>([^]*)<\/style>/.exec(body)![1]!;
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("script");
  const again = await api.inject({ url: "/docs", headers: { "if-none-match": String(headers["etag"]) } });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
});
