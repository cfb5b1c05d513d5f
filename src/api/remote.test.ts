// Another registry in /api/v1: its lists, one manifest of it, and how it is.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { pushImage } from "../../test/contract/pushing.ts";
import { dayMs, firstBuiltMs, nthImage } from "../../test/fake/many-images.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { attestation, image, index } from "../../test/image.ts";
import { get, getProblem, manyTags as repository, settings, useRemotes } from "../../test/remote-api.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { manifestAnswer } from "../wire/manifests.ts";
import { registriesAnswer } from "../wire/registries.ts";
import { repositoriesAnswer } from "../wire/repositories.ts";
import { tagsAnswer } from "../wire/tags.ts";

const unknownPulls = { count: null, lastPulledAt: null, checks: null, lastCheckedAt: null };

describe("another registry in /api/v1", () => {
  const { clock, filled, openApi, reported, startFake } = useRemotes();

  test("its repositories come in the same shape, and what it cannot tell is null", async () => {
    const fake = await startFake();
    const api = await openApi({ fake: settings(fake.url) });
    const page = await get(api, "/api/v1/repositories?registry=fake&limit=5&sort=natural&total=true", repositoriesAnswer);
    expect(page.total).toBe(61);
    expect(page.items.map(({ name, tags }) => [name, tags])).toEqual([
      ["team-0/service-0", 1],
      ["team-0/service-5", 6],
      ["team-0/service-10", 4],
      ["team-0/service-15", 2],
      ["team-0/service-20", 7],
    ]);
    expect(page.items[0]).toEqual({
      name: "team-0/service-0",
      may: null,
      pushedAt: null,
      usage: null,
      untagged: null,
      kind: "remote",
      tags: 1,
      manifests: null,
      bytes: null,
      createdAt: null,
      updatedAt: null,
      pulls: unknownPulls,
      builtAt: null,
      problem: null,
    });
    expect(page).toMatchObject({ asOf: null, replaying: false, capabilities: { catalog: "ok" } });
    const next = await get(
      api,
      `/api/v1/repositories?registry=fake&sort=natural&limit=5&cursor=${page.nextCursor}`,
      repositoriesAnswer,
    );
    expect(next.items[0]!.name).toBe("team-0/service-25");
    const found = await get(api, "/api/v1/repositories?registry=fake&search=SERVICE-1&sort=-tags&limit=1", repositoriesAnswer);
    expect(found.items[0]).toMatchObject({ name: "team-3/service-13", tags: 7 });
  });

  test("a page of 50 tags costs 151 requests cold, none warm, and 51 without content when the time to live is over", async () => {
    const fake = await startFake();
    const folder = mkdtempSync(join(tmpdir(), "hythe-remote-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const cachePath = join(folder, "cache.db");
    const api = await openApi({ fake: settings(fake.url) }, { cachePath });
    const ask = (from = api) =>
      get(from, "/api/v1/tags?registry=fake&repository=team/app&sort=version&limit=50&total=true", tagsAnswer);
    const page = await ask();
    expect(page.total).toBe(200);
    const third = nthImage(2);
    expect(page.items[2]).toEqual({
      may: null,
      repository: "team/app",
      kind: "image",
      usage: null,
      pushedBy: null,
      pullBytes: null,
      immutable: null,
      name: "1.0.2",
      digest: third.digest,
      mediaType: third.mediaType,
      artifactType: null,
      platforms: ["linux/amd64"],
      bytes: third.bytes.length + third.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0),
      pushedAt: null,
      pulls: unknownPulls,
      imagePulls: unknownPulls,
      siblings: null,
      builtAt: new Date(firstBuiltMs + 2 * dayMs).toISOString(),
      problem: null,
    });
    const seen = fake.requests.length + fake.storeRequests.length;
    expect(seen).toBe(151);
    expect(await ask()).toEqual(page);
    expect(fake.requests.length).toBe(seen);

    // Another process on the same file: nothing is asked again.
    const other = await openApi({ fake: settings(fake.url) }, { cachePath });
    expect(await ask(other)).toEqual(page);
    expect(fake.requests.length).toBe(seen);

    clock.nowMs += 10 * 60_000;
    expect(await ask()).toEqual(page);
    expect(fake.requests.length - seen).toBe(51);
    expect(fake.requests.slice(seen).filter(({ method }) => method === "HEAD")).toHaveLength(50);
  });

  test("tags sort by version, size and date, are found by name, and filtered by platform", async () => {
    const fake = await startFake();
    const api = await openApi({ fake: settings(fake.url) });
    const names = async (query: string): Promise<string[]> =>
      (await get(api, `/api/v1/tags?registry=fake&repository=team/app&limit=3&${query}`, tagsAnswer)).items.map(
        ({ name }) => name,
      );
    expect(await names("sort=-version")).toEqual(["1.0.199", "1.0.198", "1.0.197"]);
    expect(await names("sort=name")).toEqual(["1.0.0", "1.0.1", "1.0.10"]);
    expect(await names("sort=-bytes&search=.0.1")).toEqual(["1.0.199", "1.0.198", "1.0.197"]);
    expect(await names("sort=builtAt&search=.0.19")).toEqual(["1.0.19", "1.0.190", "1.0.191"]);
    expect(await names("platform=linux/arm64&search=.0.19")).toEqual([]);
    expect(await names("platform=linux/amd64&search=.0.19")).toEqual(["1.0.19", "1.0.190", "1.0.191"]);
  });

  test("one manifest comes with its children, referrers and date", async () => {
    const registry = createMemoryRegistry();
    const whole = nthImage(1, ["linux/amd64", "linux/arm64/v8"]);
    await pushImage(registry, repository, whole, "v1");
    await pushImage(registry, repository, image({ layers: ["s"], artifactType: "application/vnd.example.sig", subject: whole }));
    const fake = await startFake(registry);
    const api = await openApi({ fake: settings(fake.url) });
    const found = await get(api, `/api/v1/manifests/${whole.digest}?registry=fake&repository=team/app`, manifestAnswer);
    expect(found).toMatchObject({
      digest: whole.digest,
      platforms: ["linux/amd64", "linux/arm64/v8"],
      pushedAt: null,
      complete: null,
      tags: null,
      parents: null,
      children: [{ present: true, pulls: unknownPulls }, { present: true }],
      referrers: { count: 1, items: [{ artifactType: "application/vnd.example.sig" }] },
      builtAt: new Date(firstBuiltMs + dayMs).toISOString(),
      pulls: { count: null, byTag: null },
    });
    const image0 = whole.children[0]!;
    const child = await get(api, `/api/v1/manifests/${image0.digest}?registry=fake&repository=team/app`, manifestAnswer);
    expect(child.layers).toHaveLength(1);
    expect(child.config?.digest).toBe(image0.blobs[0]!.digest);
  });

  test("the registries that there are are listed without asking any of them", async () => {
    const fake = await startFake();
    const api = await openApi({
      fake: settings(fake.url),
      hub: settings("https://docker.io", { names: ["library/nginx" as RepositoryName] }),
    });
    const { items } = await get(api, "/api/v1/registries", registriesAnswer);
    expect(items).toMatchObject([
      { name: "fake", host: fake.host, software: "OCI registry", capabilities: { catalog: "ok" }, limit: null },
      { name: "hub", host: "docker.io", software: "Docker Hub", limit: null },
    ]);
    expect(items[1]!.capabilities.catalog).toMatch(/^Docker Hub does not list its repositories/);
    expect(fake.requests).toHaveLength(0);
    const without = await openApi({});
    expect((await get(without, "/api/v1/registries", registriesAnswer)).items).toEqual([]);
  });

  test("a name that is not configured is 404 and names those that are", async () => {
    const api = await openApi({ hub: settings("https://docker.io"), "next-door": settings("http://127.0.0.1:1") });
    for (const name of ["nowhere", "__proto__", "constructor"]) {
      expect(await getProblem(api, `/api/v1/repositories?registry=${name}`)).toMatchObject({
        status: 404,
        code: "NOT_FOUND",
        detail: expect.stringContaining("there are hub, next-door"),
      });
    }
    expect((await getProblem(await openApi({}), "/api/v1/tags?registry=hub&repository=a")).detail).toContain(
      "none is configured",
    );
  });

  test("what can only be asked of one kind of registry is refused for the other, with what there is instead", async () => {
    const fake = await startFake();
    const api = await openApi({ fake: settings(fake.url) });
    for (const [url, word] of [
      ["/api/v1/tags?registry=fake&repository=team/app&sort=-pulls", "version"],
      ["/api/v1/repositories?registry=fake&sort=updatedAt", "natural"],
      ["/api/v1/repositories?sort=natural", "updatedAt"],
      ["/api/v1/tags?repository=team/app&sort=builtAt", "pushedAt"],
      ["/api/v1/tags?registry=fake&repository=team/app&usage=idle", "cannot be filtered by usage"],
      ["/api/v1/repositories?registry=fake&under=team/&usage=idle", "cannot be filtered by under, usage"],
      ["/api/v1/tags?registry=fake&repository=TEAM", "not a repository name"],
      ["/api/v1/tags?registry=fake&repository=team/app&cursor=x", "cursor"],
      ["/api/v1/tags?registry=fake&repository=team/app&sort=nonsense", "sort: give one of name, natural, version, digest,"],
    ] as const) {
      const told = await getProblem(api, url);
      expect(told.status, url).toBe(400);
      expect(told.detail, url).toContain(word);
    }
    expect((await getProblem(api, "/api/v1/tags?registry=fake&repository=no/such")).status).toBe(404);
    expect(reported).toEqual([]);
  });

  describe("one manifest", () => {
    test("is asked for by tag, with its config, its steps and its bytes", async () => {
      const registry = createMemoryRegistry();
      const config = { config: { Env: ["API_KEY=hunter2"], Cmd: ["serve"] } };
      const whole = image({ layers: ["r"], created: "2026-01-02T00:00:00Z", config });
      await pushImage(registry, repository, whole, "v1");
      const fake = await startFake(registry);
      const api = await openApi({ fake: settings(fake.url) });
      const url = "/api/v1/manifests/v1?registry=fake&repository=team/app";
      expect(await get(api, url, manifestAnswer)).toMatchObject({
        kind: "image",
        digest: whole.digest,
        raw: Buffer.from(whole.bytes).toString(),
        image: { cmd: ["serve"], env: [{ name: "API_KEY", value: null }] },
        steps: [{ createdBy: "COPY r", layer: 0 }],
        layers: [{ sharedBy: null }],
        tag: { name: "v1", pushedAt: null, by: null, pulls: unknownPulls, immutable: null },
        usage: null,
        missing: null,
        freesBytes: null,
        rights: null,
        builtAt: "2026-01-02T00:00:00.000Z",
        problem: null,
      });
      expect((await get(api, `${url}&reveal=true`, manifestAnswer)).image!.env[0]!.value).toBe("hunter2");
      const bytes = await api.inject("/api/v1/manifests/v1/raw?registry=fake&repository=team/app");
      expect(bytes.rawPayload.equals(whole.bytes)).toBe(true);
      expect(bytes.headers["content-disposition"]).toMatch(/^attachment; filename="app-[a-f0-9]{12}\.json"$/);
      expect(await getProblem(api, "/api/v1/manifests/v2?registry=fake&repository=team/app")).toMatchObject({ status: 404 });
    });

    test("attestations of builds are no platforms but referrers", async () => {
      const registry = createMemoryRegistry();
      const part = nthImage(1);
      const said = attestation(part);
      await pushImage(registry, repository, index([part, said]), "v1");
      const fake = await startFake(registry);
      const api = await openApi({ fake: settings(fake.url) });
      const found = await get(api, "/api/v1/manifests/v1?registry=fake&repository=team/app", manifestAnswer);
      expect(found.children.map(({ digest }) => digest)).toEqual([part.digest]);
      expect(found.referrers).toMatchObject({
        count: 1,
        items: [{ digest: said.digest, subject: part.digest, kind: "attestation", via: "index", depth: 1 }],
      });
    });
  });

  test("how a registry is, is how its latest question ended, and nobody is asked to know", async () => {
    const fake = await startFake(filled, { manners: ["pull-quota-headers"] });
    const api = await openApi({ fake: settings(fake.url) });
    const health = async () => (await get(api, "/api/v1/registries", registriesAnswer)).items[0]!;
    const ask = (tag: string) => api.inject(`/api/v1/manifests/${tag}?registry=fake&repository=team/app`);
    expect((await health()).health).toMatchObject({ state: "unknown", at: null, retryAt: null });
    await ask("1.0.0");
    expect((await health()).health).toEqual({
      state: "ok",
      sentence: "it answers",
      at: new Date(clock.nowMs).toISOString(),
      retryAt: null,
    });
    expect((await health()).limit).toMatchObject({ limit: expect.any(Number), remaining: expect.any(Number) });
    await ask("missing");
    expect((await health()).health.state).toBe("ok");
    const rule = fake.fail({ kind: "answer", status: 429, headers: { "retry-after": "3600" } });
    await ask("1.0.1");
    const failing = (await health()).health;
    expect(failing).toMatchObject({ state: "failing", sentence: expect.stringContaining("too many requests") });
    expect(Date.parse(failing.retryAt!)).toBeGreaterThan(Date.now() + 3_000_000);
    const asked = fake.requests.length;
    expect((await health()).health).toEqual(failing);
    expect(fake.requests).toHaveLength(asked);
    expect(rule.hits).toBeGreaterThan(0);
  });
});
