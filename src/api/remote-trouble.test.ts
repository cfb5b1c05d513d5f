// What /api/v1 says when another registry is forbidden, silent, broken or wants a password, and that nobody else notices.

import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { nthImage } from "../../test/fake/many-images.ts";
import { get, getProblem, manyTags as repository, settings, useRemotes } from "../../test/remote-api.ts";
import { deadlinesInHand } from "../../test/time-in-hand.ts";
import { repositoriesAnswer } from "../wire/repositories.ts";
import { tagsAnswer } from "../wire/tags.ts";

describe("another registry in trouble", () => {
  const { filled, openApi, startFake } = useRemotes();
  /** For what ends one way or the other. */
  const soon = { deadlineMs: 2_000 };

  test("a catalog that is forbidden is a capability, and configured names stand in", async () => {
    const fake = await startFake(filled, { manners: ["catalog-forbidden"] });
    const api = await openApi({ fake: settings(fake.url, { names: [repository] }), bare: settings(fake.url) });
    const page = await get(api, "/api/v1/repositories?registry=fake", repositoriesAnswer);
    expect(page.items).toMatchObject([{ name: "team/app", tags: 200 }]);
    expect(page.capabilities!.catalog).not.toBe("ok");
    expect((await get(api, "/api/v1/repositories?registry=bare", repositoriesAnswer)).items).toEqual([]);
  });

  test("nothing listens there: 502, and our own lists do not notice", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    const api = await openApi({ gone: settings(`http://127.0.0.1:${port}`) }, soon);
    const told = await getProblem(api, "/api/v1/repositories?registry=gone");
    expect([502, 504]).toContain(told.status);
    expect(told.detail).toContain("registry gone (127.0.0.1:");
    expect((await api.inject("/api/v1/repositories")).statusCode).toBe(200);
  });

  test("a host that never answers is 504 at the deadline, and holds up neither our own lists nor another registry", async () => {
    const [silent, well] = [await startFake(), await startFake()];
    const rule = silent.fail({ kind: "silent" });
    const deadlines = deadlinesInHand();
    const api = await openApi({ silent: settings(silent.url), well: settings(well.url) });
    const waiting = getProblem(api, "/api/v1/repositories?registry=silent");
    await expect.poll(() => rule.hits).toBe(1);
    expect((await api.inject("/api/v1/repositories")).statusCode).toBe(200);
    expect((await api.inject("/api/v1/repositories?registry=well&limit=3")).statusCode).toBe(200);
    deadlines.pass();
    expect(await waiting).toMatchObject({ status: 504, code: "TIMEOUT" });
  });

  test("too many requests is 429 with the time to come back", async () => {
    const fake = await startFake();
    fake.fail({ kind: "answer", status: 429, headers: { "retry-after": "3600" } });
    const api = await openApi({ fake: settings(fake.url) });
    const told = await getProblem(api, "/api/v1/tags?registry=fake&repository=team/app");
    expect(told).toMatchObject({ status: 429, code: "TOOMANYREQUESTS" });
    expect(Date.parse(String(told.headers["retry-after"]))).toBeGreaterThan(Date.now() + 3_000_000);
  });

  test.each([
    ["an HTML page", { kind: "answer", status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" }],
    ["a body that never ends", { kind: "endless" }],
    ["a server error", { kind: "answer", status: 500 }],
  ] as const)("%s is 502, and the server goes on", async (_, fault) => {
    const fake = await startFake();
    fake.fail(fault, { path: /tags\/list|_catalog/ });
    const api = await openApi({ fake: settings(fake.url) }, soon);
    const told = await getProblem(api, "/api/v1/tags?registry=fake&repository=team/app");
    expect([502, 504]).toContain(told.status);
    expect((await api.inject("/api/v1/repositories")).statusCode).toBe(200);
  });

  test("a wrong password is no 401 of ours, names the place to look at, and is nowhere in the answer", async () => {
    const fake = await startFake(filled, { login: "basic" });
    const wrong = settings(fake.url, { username: "robot", password: "hunter2" });
    const api = await openApi({ fake: wrong });
    const told = await getProblem(api, "/api/v1/tags?registry=fake&repository=team/app");
    expect(told).toMatchObject({ status: 502, code: "UNAUTHORIZED" });
    expect(told.detail).toContain("hythe.yaml");
    expect(JSON.stringify(told)).not.toContain("hunter2");
  });

  test("the right password shows what it may see, and nobody else is shown it from the cache", async () => {
    const fake = await startFake(filled, { login: "basic" });
    const right = settings(fake.url, { username: "robot", password: "secret" });
    const api = await openApi({ right, anonymous: settings(fake.url) });
    const url = "/api/v1/tags?repository=team/app&limit=3&registry=";
    expect((await get(api, `${url}right`, tagsAnswer)).items).toHaveLength(3);
    expect((await getProblem(api, `${url}anonymous`)).status).toBe(502);
  });

  test("one image that is broken there spoils its own row", async () => {
    const fake = await startFake();
    fake.fail({ kind: "wrong bytes" }, { path: new RegExp(nthImage(1).digest) });
    const api = await openApi({ fake: settings(fake.url) });
    const { items } = await get(api, "/api/v1/tags?registry=fake&repository=team/app&limit=3&sort=version", tagsAnswer);
    expect(items.map(({ problem: told }) => told === null)).toEqual([true, false, true]);
    expect(items[1]).toMatchObject({ digest: nthImage(1).digest, bytes: null, builtAt: null });
  });
});
