import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { image, index } from "../../test/image.ts";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { addManifest, addRepository, born, openTestPulls, putTag, record, type RepositoryRow } from "../../test/rows.ts";
import { createRights, type Grant } from "../access/rights.ts";
import { openAccess, type OpenedAccess } from "../app-access.ts";
import { createTraffic } from "../http/traffic.ts";
import { createJobs } from "../jobs/jobs.ts";
import type { Pulls } from "../pulls/pulls.ts";
import { createCatalogue } from "../store/catalogue.ts";
import { manifestAnswer, manifestsAnswer } from "../wire/manifests.ts";
import { problem } from "../wire/problem.ts";
import { pullsAnswer } from "../wire/pulls.ts";
import { repositoriesAnswer } from "../wire/repositories.ts";
import { statusAnswer } from "../wire/status.ts";
import { tagHistoryAnswer, tagsAnswer } from "../wire/tags.ts";
import { createApi, type ApiOptions } from "./api.ts";
import { createIdentify, type Identify } from "./identity.ts";
import { routes } from "./routes.ts";

const startMs = Date.UTC(2026, 2, 1, 12);
const hourMs = 3_600_000;

describe.each(databases)("/api/v1 on $name", ({ name: engineName, open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let pulls: Pulls;
    let options: ApiOptions;
    let api: FastifyInstance;
    let clock = startMs;
    const reported: unknown[] = [];
    let access: OpenedAccess;
    beforeAll(async () => {
      opened = await open();
      const now = () => clock;
      pulls = await openTestPulls(opened, now);
      await pulls.foldNow();
      access = await openAccess(
        { externalUrl: undefined, trustedProxies: [], "audit.keep": 1000, "limits.requestsPerSecond": 0 },
        { db: opened.db, now, log: (_, error) => reported.push(error) },
      );
      options = {
        db: opened.db,
        content: createCatalogue(opened.db, now).manifests,
        pulls,
        now,
        facts: { version: "1.2.3", startedMs: startMs, blobs: "disk", idleAfterMs: 30 * 86_400_000 },
        metrics: { traffic: createTraffic(), jobs: createJobs({ db: opened.db, now, handlers: {} }) },
        access,
        identify: createIdentify(access),
        report: (error) => reported.push(error),
      };
      api = await createApi(options);
    });
    afterAll(async () => {
      await api?.close();
      await access?.close();
      await pulls?.close();
      await opened?.close();
    });

    /** The answer, which must fit its schema to the last field. */
    async function get<Answer extends z.ZodType>(url: string, answer: Answer, from = api): Promise<z.output<Answer>> {
      const response = await from.inject(url);
      expect(response.statusCode, response.body).toBe(200);
      expect(response.headers["content-type"]).toMatch(/^application\/json/);
      expect(response.headers["x-request-id"]).toMatch(/\S/);
      return answer.parse(response.json());
    }
    async function getProblem(url: string, from = api): Promise<z.output<typeof problem>> {
      const response = await from.inject(url);
      expect(response.headers["content-type"]).toBe("application/problem+json");
      const told = problem.strict().parse(response.json());
      expect(told.status).toBe(response.statusCode);
      expect(told.requestId).toBe(response.headers["x-request-id"]);
      return told;
    }

    test("status says what this is and since when it counts", async () => {
      expect(await get("/api/v1/status", statusAnswer)).toEqual({
        version: "1.2.3",
        startedAt: "2026-03-01T12:00:00.000Z",
        now: "2026-03-01T12:00:00.000Z",
        trackedSince: "2026-03-01T12:00:00.000Z",
        replaying: false,
        externalUrl: "http://localhost",
        idleAfterDays: 30,
        demo: false,
        features: { pulls: true },
        stores: { database: engineName === "SQLite" ? "sqlite" : "postgres", blobs: "disk" },
      });
    });

    test("closes when those have ended who work with what is closed next", async () => {
      const begun = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const disk = async () => {
        begun.resolve();
        await gate.promise;
        return { freeBytes: 1, totalBytes: 2 };
      };
      const own = await createApi({ ...options, disk });
      let hasEnded = false;
      const asked = own.inject("/api/v1/overview").finally(() => (hasEnded = true));
      await begun.promise;
      let isClosed = false;
      const closed = own.close().finally(() => (isClosed = true));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      expect([hasEnded, isClosed]).toEqual([false, false]);
      gate.resolve();
      await closed;
      await asked;
    });

    test("repositories and tags: a pull changes exactly its numbers, in every list that shows it", async () => {
      const repository = await addRepository(opened.db, "team/app", startMs);
      const manifest = await addManifest(opened.db, repository, "1", { bytes: 1234, pushedMs: startMs });
      const [v1, latest] = [
        await putTag(opened.db, "v1", manifest, startMs),
        await putTag(opened.db, "latest", manifest, startMs),
      ];
      for (const tag of [v1, latest]) await born(pulls, tag);
      const other = await putTag(opened.db, "old", await addManifest(opened.db, repository, "2"), startMs);
      await born(pulls, other);
      await record(pulls, "GET", manifest, v1);
      await record(pulls, "HEAD", manifest, latest);

      const at = "2026-03-01T12:00:00.000Z";
      const never = { count: 0, lastPulledAt: null, checks: 0, lastCheckedAt: null };
      const list = await get("/api/v1/tags?repository=team%2Fapp&total=true", tagsAnswer);
      expect(list).toMatchObject({ total: 3, asOf: at, replaying: false });
      expect(list.items.map(({ name, pulls: own }) => [name, own])).toEqual([
        ["latest", { ...never, checks: 1, lastCheckedAt: at }],
        ["old", never],
        ["v1", { ...never, count: 1, lastPulledAt: at }],
      ]);
      expect(list.items[2]).toEqual({
        repository: "team/app",
        name: "v1",
        kind: "artifact",
        usage: { state: "used", lastUsedAt: at, knownSince: null },
        pushedBy: null,
        pullBytes: { min: 1234, max: 1234 },
        immutable: false,
        digest: manifest.digest,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        artifactType: null,
        platforms: ["linux/amd64"],
        bytes: 1234,
        pushedAt: at,
        pulls: { ...never, count: 1, lastPulledAt: at },
        imagePulls: { count: 1, lastPulledAt: at, checks: 1, lastCheckedAt: at },
        siblings: { count: 1, names: ["latest"] },
        may: { pull: true, push: true, overwrite: true, delete: true, admin: true },
      });
      const detailed = await get("/api/v1/tags?usage=used&search=v1&detail=true&total=true&offset=0", tagsAnswer);
      expect(detailed).toMatchObject({
        total: 1,
        items: [
          {
            ...list.items[2],
            children: [],
            referrers: { signatures: 0, sboms: 0, attestations: 0, other: 0 },
            uniqueBytes: expect.any(Number),
          },
        ],
      });
      expect(detailed.items[0]!.trend!.slice(-2)).toEqual([0, 1]);
      const repositories = await get("/api/v1/repositories?search=team&sort=-pulls", repositoriesAnswer);
      expect(repositories.items[0]).toEqual({
        name: "team/app",
        kind: "local",
        tags: 3,
        manifests: 2,
        bytes: 1334,
        createdAt: "1970-01-01T00:00:00.500Z",
        updatedAt: at,
        pushedAt: "2026-03-01T12:00:00.000Z",
        usage: null,
        untagged: null,
        pulls: { count: 1, lastPulledAt: at, checks: 1, lastCheckedAt: at },
        may: { pull: true, push: true, overwrite: true, delete: true, admin: true },
      });
      const byPulls = await get("/api/v1/tags?repository=team/app&sort=-pulls&limit=1", tagsAnswer);
      expect(byPulls.items.map(({ name }) => name)).toEqual(["v1"]);
      expect(byPulls).not.toHaveProperty("prevCursor");
      const next = await get(`/api/v1/tags?repository=team/app&sort=-pulls&limit=2&cursor=${byPulls.nextCursor}`, tagsAnswer);
      expect(next.items).toHaveLength(2);
      expect(next).not.toHaveProperty("nextCursor");
      const back = await get(`/api/v1/tags?repository=team/app&sort=-pulls&limit=2&cursor=${next.prevCursor}`, tagsAnswer);
      expect(back.items.map(({ name }) => name)).toEqual(["v1"]);
    });

    test("a manifest shows its parts, what belongs to it, and the ways it was pulled by", async () => {
      const repository = await addRepository(opened.db, "team/whole", startMs);
      const part = image({ layers: ["a", "b"], annotations: { "org.example": "yes" } });
      const absent = image({ layers: ["c"], platform: "linux/arm64" });
      const whole = index([part, absent]);
      const signature = image({ layers: ["s"], subject: whole, artifactType: "application/sig" });
      const partRow = await addManifest(opened.db, repository, "", { body: part.bytes });
      const wholeRow = await addManifest(opened.db, repository, "", { body: whole.bytes, mediaType: whole.mediaType });
      const signed = { body: signature.bytes, subject: whole.digest, artifactType: "application/sig" };
      const { id } = await addManifest(opened.db, repository, "", signed);
      await pulls.born("manifest", [{ id, repositoryId: repository.id }]);
      await opened.db.transaction((tx) =>
        tx
          .insertInto("manifest_edge")
          .values({
            repository_id: repository.id,
            parent_id: wholeRow.id,
            child_digest: part.digest,
            kind: "child",
            platform: "linux/amd64",
          })
          .execute(),
      );
      const tag = await putTag(opened.db, "v1", wholeRow, startMs);
      await born(pulls, tag);
      await record(pulls, "GET", wholeRow, tag);
      await pulls.foldNow();
      await record(pulls, "GET", wholeRow);
      await record(pulls, "GET", partRow);

      const shown = await get(`/api/v1/manifests/${whole.digest}?repository=team/whole`, manifestAnswer);
      expect(shown).toMatchObject({
        config: null,
        layers: [],
        parents: { count: 0 },
        referrers: { count: 1, items: [{ digest: signature.digest, artifactType: "application/sig" }] },
        tags: { count: 1, names: ["v1"] },
        pulls: { count: 2, byTag: 1, direct: 1, asChild: 0, lastTag: "v1", lastTagAt: "2026-03-01T12:00:00.000Z" },
        children: [
          { digest: part.digest, platform: "linux/amd64", present: true, pulls: { count: 1 } },
          { digest: absent.digest, platform: "linux/arm64", present: false, pulls: { count: null } },
        ],
      });
      const child = await get(`/api/v1/manifests/${part.digest}?repository=team/whole`, manifestAnswer);
      expect(child).toMatchObject({
        parents: { count: 1, items: [{ digest: whole.digest }] },
        annotations: { "org.example": "yes" },
        layers: [{ digest: part.blobs[1]!.digest }, { digest: part.blobs[2]!.digest }],
        config: { digest: part.blobs[0]!.digest, size: part.blobs[0]!.bytes.byteLength },
        pulls: { direct: 1, lastTag: null, lastTagAt: null },
      });
      const all = await get("/api/v1/manifests?repository=team/whole&sort=-pulls&tagged=false", manifestsAnswer);
      expect(all.items.map(({ digest, subject }) => [digest, subject])).toEqual([
        [part.digest, null],
        [signature.digest, whole.digest],
      ]);
      // A platform of an index and a signature are led to without a tag.
      const untagged = await get("/api/v1/manifests?repository=team/whole&untagged=true&total=true", manifestsAnswer);
      expect(untagged).toMatchObject({ items: [], total: 0 });
    });

    test("pulls over time: every bucket, gaps, the total, by repository, tag and digest, folded or not", async () => {
      const repository = await addRepository(opened.db, "team/time", startMs);
      const manifest = await addManifest(opened.db, repository, "1");
      const tag = await putTag(opened.db, "v1", manifest, startMs);
      await born(pulls, tag);
      await record(pulls, "GET", manifest, tag);
      clock = startMs + 2 * hourMs;
      await record(pulls, "GET", manifest, tag);
      await pulls.foldNow();
      await record(pulls, "GET", manifest);
      await record(pulls, "HEAD", manifest, tag);
      await opened.db.transaction((tx) =>
        tx
          .insertInto("pull_gap")
          .values({ instance: "x", kind: "pulls", start_ms: startMs, end_ms: startMs + 1, reason: "a test" })
          .execute(),
      );
      clock += 1;
      const ask = (query: string) => get(`/api/v1/pulls?repository=team/time&${query}`, pullsAnswer);
      const hours = await ask("interval=hour&from=2026-03-01T11:30:00Z");
      expect(hours).toMatchObject({ from: "2026-03-01T11:00:00.000Z", tag: null, digest: null, total: { count: 3, checks: 1 } });
      expect(hours.buckets).toEqual([
        { start: "2026-03-01T11:00:00.000Z", pulls: 0, checks: 0, state: "untracked" },
        { start: "2026-03-01T12:00:00.000Z", pulls: 1, checks: 0, state: "gap" },
        { start: "2026-03-01T13:00:00.000Z", pulls: 0, checks: 0, state: "complete" },
        { start: "2026-03-01T14:00:00.000Z", pulls: 2, checks: 1, state: "open" },
      ]);
      expect(hours.gaps).toEqual([
        { kind: "pulls", from: "2026-03-01T12:00:00.000Z", to: "2026-03-01T12:00:00.001Z", reason: "a test" },
      ]);
      const days = await ask("tag=v1");
      expect(days.buckets.at(-1)).toEqual({ start: "2026-03-01T00:00:00.000Z", pulls: 2, checks: 1, state: "gap" });
      expect(days.buckets).toHaveLength(31);
      expect(days.trackedSince).toBe("2026-03-01T12:00:00.000Z");
      const months = await ask(`digest=${manifest.digest}&interval=month&from=2025-11-15&to=2026-03-02`);
      expect(months.buckets.map(({ start, pulls: count }) => [start.slice(0, 7), count])).toEqual([
        ["2025-11", 0],
        ["2025-12", 0],
        ["2026-01", 0],
        ["2026-02", 0],
        ["2026-03", 3],
      ]);
      clock = startMs;
    });

    test("the history of a tag, in pages", async () => {
      const repository = await addRepository(opened.db, "team/moved", startMs);
      for (const [i, seed] of ["1", "2", "3"].entries()) {
        await putTag(opened.db, "v1", await addManifest(opened.db, repository, seed), startMs + i);
      }
      const first = await get("/api/v1/tags/v1/history?repository=team/moved&limit=2", tagHistoryAnswer);
      expect(first.items.map(({ startedAt, endedAt, endReason }) => [startedAt, endedAt, endReason])).toEqual([
        ["2026-03-01T12:00:00.002Z", null, null],
        ["2026-03-01T12:00:00.001Z", "2026-03-01T12:00:00.002Z", "moved"],
      ]);
      const second = await get(
        `/api/v1/tags/v1/history?repository=team/moved&limit=2&cursor=${first.nextCursor}`,
        tagHistoryAnswer,
      );
      expect(second.items).toHaveLength(1);
    });

    test.each([
      ["/api/v1/tags?repository=team/none", 404, "NAME_UNKNOWN", /no repository 'team\/none'/],
      ["/api/v1/tags?repository=Team", 400, "NAME_INVALID", /lower-case/],
      ["/api/v1/tags?registry=far", 400, "REQUEST_INVALID", /give a repository/],
      ["/api/v1/tags?offset=100001", 400, "REQUEST_INVALID", /at most 100000/],
      ["/api/v1/tags?usage=idle,tired", 400, "REQUEST_INVALID", /usage/],
      ["/api/v1/tags?digest=xyz", 400, "REQUEST_INVALID", /the beginning of a digest/],
      ["/api/v1/tags?repository=a&repository=b", 400, "REQUEST_INVALID", /repository/],
      ["/api/v1/repositories?limit=1001", 400, "REQUEST_INVALID", /1000/],
      ["/api/v1/repositories?limit=0", 400, "REQUEST_INVALID", /limit/],
      ["/api/v1/repositories?sort=size", 400, "REQUEST_INVALID", /sort/],
      ["/api/v1/repositories?page=2", 400, "REQUEST_INVALID", /page/],
      ["/api/v1/repositories?search=%00", 400, "REQUEST_INVALID", /search/],
      ["/api/v1/repositories?cursor=nonsense", 400, "PAGE_INVALID", /without a cursor/],
      ["/api/v1/manifests/sha256:12?repository=team/app", 400, "DIGEST_INVALID", /not a digest/],
      [`/api/v1/manifests/sha256:${"0".repeat(64)}?repository=team/app`, 404, "MANIFEST_UNKNOWN", /no manifest/],
      ["/api/v1/tags/never/history?repository=team/app", 404, "MANIFEST_UNKNOWN", /never was a tag/],
      ["/api/v1/pulls?repository=team/app&tag=never", 404, "MANIFEST_UNKNOWN", /never was a tag/],
      ["/api/v1/pulls?repository=team/app&tag=v1&digest=sha256:0", 400, "REQUEST_INVALID", /not both/],
      ["/api/v1/pulls?repository=team/app&interval=hour&from=2020-01-01", 400, "REQUEST_INVALID", /at most 2000/],
      ["/api/v1/pulls?repository=team/app&from=2026-03-02&to=2026-03-01", 400, "REQUEST_INVALID", /before/],
      ["/api/v1/pulls?repository=team/app&from=yesterday", 400, "REQUEST_INVALID", /from/],
      ["/api/v1/nothing", 404, "NOT_FOUND", /openapi/],
      ["/api/v1/tags/%ff/history?repository=team/app", 400, "REQUEST_INVALID", /./],
    ] as const)("%s is answered %i %s, with the reason", async (url, statusCode, code, reason) => {
      const told = await getProblem(url);
      expect([told.status, told.code]).toEqual([statusCode, code]);
      expect(told.detail).toMatch(reason);
    });

    test("all mistakes of a request are told at once, each with its parameter", async () => {
      const { mistakes } = await getProblem("/api/v1/tags?limit=x&sort=y&digest=z");
      expect(mistakes?.map(({ parameter }) => parameter).toSorted()).toEqual(["digest", "limit", "sort"]);
    });

    test("a bug is answered 500 without its text, and reported with the id that the client was given", async () => {
      const broken = await createApi({ ...options, db: { ...opened.db, snapshot: () => Promise.reject(new Error("secret")) } });
      const told = await getProblem("/api/v1/repositories", broken);
      expect(told).toMatchObject({ status: 500, code: "UNKNOWN" });
      expect(JSON.stringify(told)).not.toContain("secret");
      expect(reported.at(-1)).toMatchObject({ message: "secret" });
      await broken.close();
    });

    test("what a principal may not see looks like what is not there", async () => {
      const row: RepositoryRow = await addRepository(opened.db, "hidden/app", startMs);
      await putTag(opened.db, "v1", await addManifest(opened.db, row, "1"), startMs);
      const narrow = await createApi({ ...options, identify: identifyAs("user", [{ role: "pull", pattern: "team/*" }]) });
      const hidden = await getProblem("/api/v1/tags?repository=hidden/app", narrow);
      const missing = await getProblem("/api/v1/tags?repository=hidden/not", narrow);
      expect({ ...hidden, requestId: "" }).toEqual({ ...missing, requestId: "", detail: missing.detail.replace("not'", "app'") });
      const { items } = await get("/api/v1/repositories", repositoriesAnswer, narrow);
      expect(items.map(({ name }) => name)).not.toContain("hidden/app");
      expect(items.length).toBeGreaterThan(0);
      const seen = await get("/api/v1/tags?sort=-pushedAt&total=true", tagsAnswer, narrow);
      expect(seen.items.filter(({ repository }) => !repository.startsWith("team/"))).toEqual([]);
      expect(seen.total).toBe(seen.items.length);
      expect((await get("/api/v1/tags?sort=-pushedAt", tagsAnswer)).items.map(({ repository }) => repository)).toContain(
        "hidden/app",
      );
      await narrow.close();
      const closed = await createApi({ ...options, identify: identifyAs("anonymous", []) });
      for (const url of ["/api/v1/repositories", "/api/v1/status", "/metrics"]) {
        expect(await getProblem(url, closed), url).toMatchObject({ status: 401, code: "UNAUTHORIZED" });
      }
      expect((await closed.inject("/healthz")).statusCode).toBe(200);
      await closed.close();
    });

    test("when pulls are not counted every number of them is null, and not 0", async () => {
      const off = await createApi({ ...options, pulls: undefined });
      const unknown = { count: null, lastPulledAt: null, checks: null, lastCheckedAt: null };
      const { items, asOf } = await get("/api/v1/tags?repository=team/app", tagsAnswer, off);
      expect(items.map(({ pulls: own, imagePulls }) => [own, imagePulls])).toEqual(items.map(() => [unknown, unknown]));
      expect(asOf).toBeNull();
      expect(await get("/api/v1/pulls?repository=team/app", pullsAnswer, off)).toMatchObject({
        buckets: [],
        total: unknown,
        trackedSince: null,
      });
      const digest = items[0]!.digest!;
      const { code } = await getProblem(`/api/v1/manifests/${digest.replace(/.$/, "x")}?repository=team/app`, off);
      expect(code).toBe("DIGEST_INVALID");
      expect(await getProblem("/api/v1/repositories?sort=-pulls", off)).toMatchObject({ status: 400 });
      expect((await get("/api/v1/status", statusAnswer, off)).features).toEqual({ pulls: false });
      expect((await off.inject("/readyz")).json()).toMatchObject({ ready: true, journal: "off" });
      expect((await off.inject("/metrics")).body).not.toContain("hythe_pulls_total");
      await off.close();
    });

    test("readyz says whether the database answers; healthz only that the process does", async () => {
      expect((await api.inject("/readyz")).json()).toEqual({ ready: true, database: "ok", journal: "ok", replaying: false });
      const gone = await open();
      const deaf = await createApi({ ...options, db: gone.db });
      await gone.close();
      const response = await deaf.inject("/readyz");
      expect(response.statusCode).toBe(503);
      expect(response.json()).toMatchObject({ ready: false, database: "unreachable" });
      expect((await deaf.inject("/healthz")).statusCode).toBe(200);
      await deaf.close();
    });

    test("metrics are in the format of Prometheus, and nothing is lost", async () => {
      const response = await api.inject("/metrics");
      expect(response.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
      expect(response.body).toContain("\nhythe_pulls_lost_total 0\n");
      expect(response.body).toMatch(/^hythe_pulls_total\{way="tag"\} [1-9]/m);
      const line = /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="(?:[^"\\]|\\.)*"(?:,\w+="(?:[^"\\]|\\.)*")*\})? [\d.e+-]+)$/;
      for (const text of response.body.trimEnd().split("\n")) expect(text).toMatch(line);
    });

    test("the page at / says what this is, as HTML to a browser and as text to everyone else", async () => {
      const text = await api.inject("/");
      expect(text.headers["content-type"]).toMatch(/^text\/plain/);
      const paths = [...text.body.matchAll(/^  (\/\S*) /gm)].map(([, path]) => path);
      expect(paths).toContain("/api/v1/openapi.json");
      expect(paths).toEqual([...new Set(paths)]);
      const html = await api.inject({ url: "/", headers: { accept: "text/html,*/*" } });
      expect(html.headers["content-type"]).toMatch(/^text\/html/);
      expect(html.body).toContain('href="/api/v1/repositories"');
    });

    test("the OpenAPI document describes every route, and points only to what is in it", async () => {
      const document = (await api.inject("/api/v1/openapi.json")).json<{
        openapi: string;
        paths: Record<string, Record<string, OpenApiOperation>>;
      }>();
      expect(document.openapi).toBe("3.1.0");
      const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
      );
      expect(operations.map(({ name }) => name).toSorted()).toEqual(
        routes.map(({ method, path }) => `${method} ${path}`).toSorted(),
      );
      for (const { name, operation } of operations) {
        const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
        const named = operation.parameters.filter((parameter) => parameter.in === "path").map((parameter) => parameter.name);
        expect(named, name).toEqual(inPath);
        expect(operation.responses["200"] ?? operation.responses["204"] ?? operation.responses["302"], name).toBeDefined();
      }
      expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routes.length);
      const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
      expect([...new Set(references)]).toEqual(["#/components/schemas/Problem"]);
    });
  });
});

interface OpenApiOperation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

/** Everybody is somebody with these rights. */
function identifyAs(kind: "user" | "anonymous", grants: readonly Pick<Grant, "role" | "pattern">[]): Identify {
  const rights = createRights(grants.map((grant) => ({ ...grant, id: 1, overwrite: true, to: "user ann" })));
  return () => Promise.resolve({ principal: { id: kind === "anonymous" ? 0 : 7, name: "ann", kind, rights } });
}
