import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { dayMs, fillRepositories, fillTags, firstBuiltMs, nthImage } from "../../test/fake/many-images.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { attestation, image, index } from "../../test/image.ts";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { openAccess } from "../app-access.ts";
import { createRemotes, type Remotes, type RemoteSettings } from "../browse/remotes.ts";
import { createTraffic } from "../http/traffic.ts";
import { createJobs } from "../jobs/jobs.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { createCatalogue } from "../store/catalogue.ts";
import { manifestAnswer } from "../wire/manifests.ts";
import { problem } from "../wire/problem.ts";
import { registriesAnswer } from "../wire/registries.ts";
import { repositoriesAnswer } from "../wire/repositories.ts";
import { tagDetailsAnswer } from "../wire/tag-details.ts";
import { tagsAnswer } from "../wire/tags.ts";
import { createApi } from "./api.ts";
import { createIdentify } from "./identity.ts";

const repository = "team/app" as RepositoryName;
const unknownPulls = { count: null, lastPulledAt: null, checks: null, lastCheckedAt: null };

describe("another registry in /api/v1", () => {
  let database: TestDatabase;
  const filled = createMemoryRegistry();
  const opened: { close(): Promise<unknown> }[] = [];
  let folder: string;
  let nowMs = Date.UTC(2026, 10, 21);
  const reported: unknown[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hythe-remote-"));
    database = await databases[0].open();
    await fillRepositories(filled, 60);
    await fillTags(filled, repository, 200);
  });
  afterEach(async () => {
    for (const one of opened.splice(0).toReversed()) await one.close();
    reported.length = 0;
  });
  afterAll(async () => {
    await database?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startFake(registry: Registry = filled, options: Omit<FakeOptions, "registry"> = {}): Promise<FakeRegistry> {
    const fake = await startFakeRegistry({ registry, ...options });
    opened.push(fake);
    return fake;
  }
  const settings = (url: string, more: Partial<RemoteSettings> = {}): RemoteSettings => ({
    url: new URL(url),
    username: undefined,
    password: undefined,
    names: [],
    insecure: false,
    ...more,
  });
  let caches = 0;
  interface RemoteOptions {
    readonly cachePath?: string;
    /** Default long, so that what answers well is never too late, however busy the machine. */
    readonly deadlineMs?: number;
  }
  const soon = { deadlineMs: 2_000 };
  async function openApi(registries: Record<string, RemoteSettings>, options: RemoteOptions = {}) {
    const { cachePath = join(folder, `${++caches}`, "cache.db"), deadlineMs = 30_000 } = options;
    const now = (): number => nowMs;
    const remotes: Remotes = createRemotes({ registries, cachePath, now, deadlineMs, log: () => undefined });
    opened.push(remotes);
    const log = (_: string, error: unknown) => void reported.push(error);
    const access = await openAccess(
      { externalUrl: undefined, trustedProxies: [], "audit.keep": 1000, "limits.requestsPerSecond": 0 },
      { db: database.db, now, log },
    );
    opened.push(access);
    const api = await createApi({
      content: createCatalogue(database.db, now).manifests,
      db: database.db,
      pulls: undefined,
      remotes,
      now,
      facts: { version: "1.2.3", startedMs: nowMs, blobs: "disk", idleAfterMs: 30 * 86_400_000 },
      metrics: { traffic: createTraffic(), jobs: createJobs({ db: database.db, now, handlers: {} }) },
      access,
      identify: createIdentify(access),
      report: (error) => reported.push(error),
    });
    opened.push(api);
    return api;
  }
  /** The answer, which must fit its schema to the last field. */
  async function get<Answer extends z.ZodType>(api: FastifyInstance, url: string, answer: Answer): Promise<z.output<Answer>> {
    const response = await api.inject(url);
    expect(response.statusCode, response.body).toBe(200);
    return answer.parse(response.json());
  }
  async function getProblem(api: FastifyInstance, url: string) {
    const response = await api.inject(url);
    const told = problem.strict().parse(response.json());
    expect(told.status).toBe(response.statusCode);
    return { ...told, headers: response.headers };
  }

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
    const cachePath = join(folder, "counted", "cache.db");
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

    nowMs += 10 * 60_000;
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

  describe("in trouble", () => {
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
      silent.fail({ kind: "silent" });
      const api = await openApi({ silent: settings(silent.url), well: settings(well.url) }, soon);
      const began = performance.now();
      const waiting = getProblem(api, "/api/v1/repositories?registry=silent");
      expect((await api.inject("/api/v1/repositories")).statusCode).toBe(200);
      expect((await api.inject("/api/v1/repositories?registry=well&limit=3")).statusCode).toBe(200);
      expect(await waiting).toMatchObject({ status: 504, code: "TIMEOUT" });
      expect(performance.now() - began).toBeLessThan(8_000);
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

  describe("details of tags", () => {
    const details = (tags: string, place = "registry=fake&repository=team/app"): string =>
      `/api/v1/tags/details?${place}&tags=${tags}`;

    test("are the rows of the list, in the order of the question", async () => {
      const fake = await startFake();
      const api = await openApi({ fake: settings(fake.url) });
      const listed = await get(api, "/api/v1/tags?registry=fake&repository=team/app&sort=version&limit=3", tagsAnswer);
      const read = await get(api, details("1.0.2,1.0.0,1.0.1"), tagDetailsAnswer);
      expect(read.items).toEqual([2, 0, 1].map((at) => listed.items[at]));
      expect(read.capabilities).toEqual(listed.capabilities);
    });

    test("a list of names alone costs one request, and none for its rows", async () => {
      const fake = await startFake();
      const api = await openApi({ fake: settings(fake.url) });
      const url = "/api/v1/tags?registry=fake&repository=team/app&sort=version&limit=50&total=true&detail=false";
      const page = await get(api, url, tagsAnswer);
      expect(page.total).toBe(200);
      expect(page.items).toHaveLength(50);
      expect(page.items[2]).toMatchObject({ name: "1.0.2", digest: null, bytes: null, platforms: [], problem: null });
      expect(fake.requests.filter(({ path }) => path.includes("/manifests/"))).toEqual([]);
      // What an order needs is read all the same.
      const sorted = await get(api, url.replace("sort=version", "sort=-bytes").replace("limit=50", "limit=1"), tagsAnswer);
      expect(sorted.items[0]!.bytes).not.toBeNull();
    });

    test("a tag that is not there, or is broken, spoils its own row", async () => {
      const fake = await startFake();
      fake.fail({ kind: "wrong bytes" }, { path: new RegExp(nthImage(1).digest) });
      const api = await openApi({ fake: settings(fake.url) });
      const { items } = await get(api, details("1.0.0,1.0.1,nowhere,1.0.3"), tagDetailsAnswer);
      expect(items.map(({ name, problem: told }) => [name, told === null])).toEqual([
        ["1.0.0", true],
        ["1.0.1", false],
        ["nowhere", false],
        ["1.0.3", true],
      ]);
    });

    test("a registry that never answers is told in every row at the deadline", async () => {
      const fake = await startFake();
      fake.fail({ kind: "silent" });
      const api = await openApi({ fake: settings(fake.url) }, soon);
      const { items } = await get(api, details(Array.from({ length: 50 }, (_, n) => `1.0.${n}`).join(",")), tagDetailsAnswer);
      expect(items).toHaveLength(50);
      expect(items.every(({ digest, problem: told }) => digest === null && told !== null)).toBe(true);
      expect(fake.requests.length).toBeLessThan(20);
    });

    test("fifty at most, all of them tags, and a registry is named", async () => {
      const api = await openApi({ fake: settings("http://127.0.0.1:1") });
      const many = Array.from({ length: 51 }, (_, n) => `1.0.${n}`).join(",");
      expect(await getProblem(api, details(many))).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
      expect(await getProblem(api, details("a,,b"))).toMatchObject({ status: 400 });
      expect(await getProblem(api, details("a/b"))).toMatchObject({ status: 400 });
      expect(await getProblem(api, details("a", "repository=team/app"))).toMatchObject({ status: 400 });
    });
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
      at: new Date(nowMs).toISOString(),
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
