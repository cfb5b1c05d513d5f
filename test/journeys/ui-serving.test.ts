// How the UI is served: by exact path, with a policy of its own for each answer, and nowhere but under /ui/.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { basic, openHouse, type House } from "../access-house.ts";
import { buildWeb } from "../../src/web-build.ts";
import type { Reply } from "../asker.ts";

let house: House;
beforeAll(async () => {
  await buildWeb();
  house = await openHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Reply> =>
  house.asker.ask({ method, path, headers: { host: `127.0.0.1:${house.port}`, ...headers } });
const asBrowser = { accept: "text/html,application/xhtml+xml" };
const isPage = ({ body }: Reply): boolean => body.includes('<div id="root">');

describe("the page", () => {
  test("comes with a policy that lets in its own scripts, and styles with the nonce of this very answer", async () => {
    const [one, other] = [await get("/ui/"), await get("/ui/")];
    const nonces = [one, other].map((reply) => /'nonce-([\w-]+)'/.exec(reply.header("content-security-policy")!)![1]!);
    expect(nonces[0]).not.toBe(nonces[1]);
    expect(nonces[0]!.length).toBeGreaterThanOrEqual(22);
    expect(one.body).toContain(`content="${nonces[0]}"`);
    const policy = one.header("content-security-policy")!;
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|script-src/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(one.header("cache-control")).toBe("no-store");
    expect(one.header("x-content-type-options")).toBe("nosniff");
    expect(one.header("x-frame-options")).toBe("DENY");
  });

  test.each(["/ui/", "/ui/r/team/app:v1", "/ui/r/team/app@sha256:00", "/ui/x/hub/library/nginx", "/ui/nowhere"])(
    "is the same at %s, to whoever asks: it holds nothing of the registry",
    async (path) => {
      const [anonymous, known] = [await get(path), await get(path, { authorization: basic(house.root) })];
      const plain = (text: string): string => text.replaceAll(/content="[\w-]{24}"/g, "");
      expect(anonymous.status).toBe(200);
      expect(isPage(anonymous)).toBe(true);
      expect(plain(anonymous.body)).toBe(plain(known.body));
    },
  );

  test("is where a browser lands that asks for the address alone, or for a reference; others get no page", async () => {
    expect((await get("/", asBrowser)).header("location")).toBe("/ui/");
    expect((await get("/team/app:v1.10", asBrowser)).header("location")).toBe("/ui/r/team/app:v1.10");
    const digest = `sha256:${"0".repeat(64)}`;
    expect((await get(`/team/app@${digest}`, asBrowser)).header("location")).toBe(`/ui/r/team/app@${digest}`);
    expect(isPage(await get("/"))).toBe(false);
    expect((await get("/team/app:v1.10")).status).toBe(404);
    expect((await get("/team/app", asBrowser, "POST")).status).toBe(404);
  });

  test.each([
    "//evil.example/x",
    "/\\evil.example",
    "/Team/App",
    "/team//app",
    "/.git/config",
    "/%2e%2e/x",
    "/team/app:v1:v2",
    "/a".repeat(300),
  ])("%s is no reference and leads nowhere", async (path) => {
    const reply = await get(path, asBrowser);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.header("location")).toBeUndefined();
  });
});

describe("the files", () => {
  const script = async (): Promise<string> => /src="(\/ui\/assets\/[^"]+\.js)"/.exec((await get("/ui/")).body)![1]!;

  test("never change under their names, and come as small as the browser takes them", async () => {
    const path = await script();
    const [plain, gzip, brotli] = [
      await get(path),
      await get(path, { "accept-encoding": "gzip" }),
      await get(path, { "accept-encoding": "gzip, br" }),
    ];
    expect(plain.header("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(plain.header("content-type")).toBe("text/javascript; charset=utf-8");
    expect([plain, gzip, brotli].map((reply) => reply.header("content-encoding"))).toEqual([undefined, "gzip", "br"]);
    expect(gzip.body.length).toBeLessThan(plain.body.length / 2);
    expect(brotli.body.length).toBeLessThan(gzip.body.length);
    const again = await get(path, { "if-none-match": plain.header("etag")! });
    expect([again.status, again.body]).toEqual([304, ""]);
  });

  test("come with the licences of the libraries that are in them", async () => {
    const reply = await get("/ui/licences.txt");
    expect(reply.header("content-type")).toBe("text/plain; charset=utf-8");
    for (const library of ["react", "@mantine/core", "@tanstack/react-router", "@visx/scale"]) {
      expect(reply.body).toMatch(new RegExp(`^## ${library} - .* \\(MIT\\)$`, "m"));
    }
    expect(reply.body).toContain("THE SOFTWARE IS PROVIDED");
  });

  test.each([
    "/ui/assets/none.js",
    "/ui/assets/../../package.json",
    "/ui/assets/%2e%2e/%2e%2e/package.json",
    "/ui/assets/..%2f..%2fpackage.json",
    "/ui/../package.json",
    "/ui/%2e%2e/package.json",
    "/ui/assets/x%00.js",
    "/v2/../ui/",
    "/v2/ui/",
    "/api/v1/../../ui/",
    "/api/ui/",
    "/ui%2f",
  ])("nothing else is reached by %s", async (path) => {
    const reply = await get(path, { authorization: basic(house.root) });
    // A place that does not exist is the page; what is asked for is never a file of the server.
    if (reply.status === 200) expect(isPage(reply)).toBe(true);
    else expect(reply.status).toBeGreaterThanOrEqual(300);
    expect(reply.body).not.toContain('"dependencies"');
    if (/^\/(?:v2|api)\//.test(path)) expect(isPage(reply)).toBe(false);
  });
});
