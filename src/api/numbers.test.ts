import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { addManifest, addRepository, born, openTestPulls, putTag, record, type TagRow } from "../../test/rows.ts";
import { openAccess, type OpenedAccess } from "../app-access.ts";
import { createCensus, type Census } from "../pulls/census.ts";
import { createTraffic } from "../http/traffic.ts";
import { createJobs } from "../jobs/jobs.ts";
import type { Pulls } from "../pulls/pulls.ts";
import { createCatalogue } from "../store/catalogue.ts";
import { foldersAnswer } from "../wire/folders.ts";
import { overviewAnswer } from "../wire/overview.ts";
import { pullsAnswer } from "../wire/pulls.ts";
import { topAnswer } from "../wire/pulls-top.ts";
import { repositoriesAnswer } from "../wire/repositories.ts";
import { searchAnswer } from "../wire/search.ts";
import { createApi, type ApiOptions } from "./api.ts";

const day = 86_400_000;
const startMs = Date.UTC(2026, 2, 1, 12);
/** Who may see which repositories, by the name they come with. */
const patterns: Record<string, readonly string[]> = { team: ["team/*"], none: [] };

describe.each(databases)("numbers of the whole registry on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let pulls: Pulls;
    let census: Census;
    let access: OpenedAccess;
    let api: FastifyInstance;
    let options: ApiOptions;
    let clock = startMs;
    const space = { free: 1000 };
    const now = (): number => clock;
    const tags: Record<string, TagRow> = {};

    beforeAll(async () => {
      opened = await open();
      const { db } = opened;
      pulls = await openTestPulls(opened, now);
      const report = (error: unknown): never => expect.fail(String(error));
      const log = (_: string, error: unknown): never => report(error);
      census = createCensus({ db, pulls, idleAfterMs: 30 * day, now, log });
      access = await openAccess(
        { externalUrl: undefined, trustedProxies: [], "audit.keep": 1000, "limits.requestsPerSecond": 0 },
        { db, now, log },
      );
      options = {
        db,
        content: createCatalogue(db, now).manifests,
        pulls,
        census,
        disk: async () => ({ freeBytes: space.free, totalBytes: 4000 }),
        now,
        facts: { version: "1.2.3", startedMs: startMs, blobs: "disk", idleAfterMs: 30 * day },
        metrics: { traffic: createTraffic(), jobs: createJobs({ db, now, handlers: {} }) },
        access,
        identify: async ({ headers }) => {
          const everything = access.directory.anonymous();
          const visible = patterns[String(headers["x-name"] ?? "")];
          if (visible === undefined) return { principal: everything };
          const may = (_: unknown, name: string): boolean => visible.some((pattern) => name.startsWith(pattern.slice(0, -1)));
          return { principal: { ...everything, kind: "user", rights: { ...everything.rights, visible, may } } };
        },
        report,
        web: undefined,
      };
      api = await createApi(options);
      for (const name of ["team/app", "team/deep/er", "team/deep/lib", "other/app", "alone"]) {
        const repository = await addRepository(db, name, startMs);
        const manifest = await addManifest(db, repository, "m", { bytes: 10 });
        tags[name] = await putTag(db, "v1", manifest, startMs);
        await born(pulls, tags[name]);
      }
      await pull("team/app", 3);
      await pulls.foldNow();
      clock += day;
      await pull("team/app", 1);
      await pull("team/deep/er", 2);
      await pull("other/app", 5);
      clock += 1;
    });
    afterAll(async () => {
      await api?.close();
      await census?.close();
      await access?.close();
      await pulls?.close();
      await opened?.close();
    });
    async function pull(name: string, times: number): Promise<void> {
      for (let i = 0; i < times; i++) await record(pulls, "GET", tags[name]!.manifest, tags[name]);
    }
    async function get<Answer extends z.ZodType>(url: string, answer: Answer, name?: string): Promise<z.output<Answer>> {
      const response = await api.inject({ url, headers: name === undefined ? {} : { "x-name": name } });
      expect(response.statusCode, response.body).toBe(200);
      return answer.parse(response.json());
    }
    async function refused(url: string, name?: string): Promise<string> {
      const response = await api.inject({ url, headers: name === undefined ? {} : { "x-name": name } });
      return `${response.statusCode} ${response.json<{ detail: string }>().detail}`;
    }

    describe("pulls over time without a repository", () => {
      test("are those of the registry, and of what one may see for whoever sees a part", async () => {
        const bars = async (name?: string): Promise<unknown> => {
          const { repository, total, buckets } = await get("/api/v1/pulls?from=2026-02-28", pullsAnswer, name);
          expect(repository).toBeNull();
          return [total.count, buckets.map(({ pulls: count, state }) => `${count} ${state}`)];
        };
        expect(await bars()).toEqual([11, ["0 untracked", "3 complete", "8 open"]]);
        expect(await bars("team")).toEqual([6, ["0 untracked", "3 complete", "3 open"]]);
        expect(await bars("none")).toEqual([0, ["0 untracked", "0 complete", "0 open"]]);
      });

      test("come by the interval that fits the time and that numbers of that age are kept by", async () => {
        const fitting = async (query: string) => (await get(`/api/v1/pulls?interval=auto&${query}`, pullsAnswer)).interval;
        expect(await fitting("from=2026-02-17")).toBe("hour");
        expect(await fitting("from=2026-02-15")).toBe("day");
        expect(await fitting("")).toBe("day");
        expect(await fitting("from=2025-03-01")).toBe("day");
        expect(await fitting("from=2024-04-01")).toBe("month");
        expect(await fitting("from=2016-01-01")).toBe("month");
        expect(await fitting("from=2025-06-01&to=2025-06-02")).toBe("day");
      });

      test("all of them begin when counting did", async () => {
        const all = await get("/api/v1/pulls?interval=month&all=true", pullsAnswer);
        expect(all.from).toBe("2026-03-01T00:00:00.000Z");
        expect(all.buckets).toEqual([{ start: "2026-03-01T00:00:00.000Z", pulls: 11, checks: 0, state: "open" }]);
        expect((await get("/api/v1/pulls?interval=auto&all=true", pullsAnswer)).interval).toBe("hour");
      });

      test.each([
        ["tag=v1", "400 a tag or a digest is one of a repository: give the repository too"],
        ["all=true&from=2026-01-01", "400 give `from` or `all`, not both"],
        ["interval=auto&from=2026-03-05", "400 `from` must lie before `to`"],
      ])("%s is refused in words", async (query, sentence) => {
        expect(await refused(`/api/v1/pulls?${query}`)).toBe(sentence);
      });
    });

    describe("what was pulled most", () => {
      const top = async (query: string, name?: string): Promise<unknown[]> =>
        (await get(`/api/v1/pulls/top?${query}`, topAnswer, name)).items.map(({ repository, tag, digest, pulls: count }) => [
          `${repository}${tag === null ? "" : `:${tag}`}${digest === null ? "" : "@"}`,
          count,
        ]);

      test("are tags, repositories or manifests, in a time, in all or in one repository", async () => {
        expect(await top("")).toEqual([
          ["other/app:v1", 5],
          ["team/app:v1", 4],
          ["team/deep/er:v1", 2],
        ]);
        expect(await top("kind=repository&limit=1")).toEqual([["other/app", 5]]);
        expect(await top("kind=digest&repository=team/app")).toEqual([["team/app@", 4]]);
        expect(await top("from=2026-03-01&to=2026-03-02")).toEqual([["team/app:v1", 3]]);
      });

      test("is only what one may see, also when somebody else has asked the same before", async () => {
        expect(await top("limit=2", "team")).toEqual([
          ["team/app:v1", 4],
          ["team/deep/er:v1", 2],
        ]);
        expect(await top("limit=2", "none")).toEqual([]);
        expect(await refused("/api/v1/pulls/top?repository=other/app", "team")).toMatch(/^404 /);
        expect(await refused("/api/v1/pulls/top?from=2026-04-01")).toMatch(/^400 `from` must lie before/);
      });

      test("may be half a minute old, and says so", async () => {
        const before = await get("/api/v1/pulls/top?limit=7", topAnswer);
        clock += 29_999;
        expect(await get("/api/v1/pulls/top?limit=7", topAnswer)).toEqual(before);
        clock += 1;
        const after = await get("/api/v1/pulls/top?limit=7", topAnswer);
        expect(Date.parse(after.asOf!) - Date.parse(before.asOf!)).toBe(30_000);
      });
    });

    describe("repositories", () => {
      const names = async (query: string, name?: string): Promise<string[]> =>
        (await get(`/api/v1/repositories?${query}`, repositoriesAnswer, name)).items.map((item) => item.name);

      test("are those in a folder, at any depth or directly in it", async () => {
        expect(await names("under=team/")).toEqual(["team/app", "team/deep/er", "team/deep/lib"]);
        expect(await names("under=team/&direct=true")).toEqual(["team/app"]);
        expect(await names("direct=true")).toEqual(["alone"]);
        expect(await names("name=team/app")).toEqual(["team/app"]);
        expect(await names("name=team")).toEqual([]);
        expect(await names("under=team/deep/&sort=-lastPulledAt")).toEqual(["team/deep/er", "team/deep/lib"]);
        expect(await names("under=tea/")).toEqual([]);
        expect(await refused("/api/v1/repositories?under=team")).toMatch(/^400 .*slash at its end/);
        expect(await refused("/api/v1/repositories?name=team%00app")).toMatch(/^400 /);
      });

      test("are those of a kind, or from an offset, with the number of all", async () => {
        expect(await names("kind=local&offset=3&limit=5")).toEqual(["team/deep/er", "team/deep/lib"]);
        expect(await names("kind=proxy")).toEqual([]);
        const page = await get("/api/v1/repositories?under=team/&limit=1&offset=1&total=true", repositoriesAnswer);
        expect([page.items.map(({ name }) => name), page.total]).toEqual([["team/deep/er"], 3]);
      });

      test("show when something was pushed, the days of a trend, and the usage of their tags", async () => {
        await census.read();
        const { items } = await get("/api/v1/repositories?detail=true&under=team/", repositoriesAnswer);
        expect(items[0]).toMatchObject({
          name: "team/app",
          pushedAt: "2026-03-01T12:00:00.000Z",
          usage: { used: 1, idle: 0, never: 0, new: 0, unknown: 0 },
          untagged: 0,
        });
        expect(items[0]!.trend!.slice(27)).toEqual([0, 3, 1]);
        expect(items[2]).toMatchObject({ usage: { new: 1 } });
        expect(items[2]!.trend).toEqual(Array.from({ length: 30 }, () => 0));
        expect((await get("/api/v1/repositories", repositoriesAnswer)).items[0]).not.toHaveProperty("trend");
      });

      test("are those with a tag in a state", async () => {
        expect(await names("usage=used")).toEqual(["other/app", "team/app", "team/deep/er"]);
        expect(await names("usage=new,idle")).toEqual(["alone", "team/deep/lib"]);
        expect(await names("usage=used,new&sort=-pulls&limit=2")).toEqual(["other/app", "team/app"]);
        expect(await names("usage=idle")).toEqual([]);
        expect(await names("usage=used", "team")).toEqual(["team/app", "team/deep/er"]);
      });
    });

    describe("folders", () => {
      test("are the next parts of the names, with the sums of all that is in them, folded or not", async () => {
        const { items, more } = await get("/api/v1/folders", foldersAnswer);
        expect(items).toEqual([
          { path: "other/", repositories: 1, tags: 1, bytes: 10, pulls: 5, lastPulledAt: "2026-03-02T12:00:00.000Z" },
          { path: "team/", repositories: 3, tags: 3, bytes: 30, pulls: 6, lastPulledAt: "2026-03-02T12:00:00.000Z" },
        ]);
        expect(more).toBe(false);
        const below = await get("/api/v1/folders?under=team/", foldersAnswer);
        expect(below.items).toMatchObject([{ path: "team/deep/", repositories: 2, pulls: 2 }]);
        expect((await get("/api/v1/folders?under=team/deep/", foldersAnswer)).items).toEqual([]);
      });

      test("hold nothing of what one may not see", async () => {
        expect((await get("/api/v1/folders", foldersAnswer, "team")).items.map(({ path }) => path)).toEqual(["team/"]);
        expect((await get("/api/v1/folders", foldersAnswer, "none")).items).toEqual([]);
      });
    });

    describe("the overview", () => {
      const look = (name?: string) => get("/api/v1/overview", overviewAnswer, name);

      test("sums up what is there, what is used, and what was pulled in this week and the one before", async () => {
        await census.read();
        clock += 60_000;
        const all = await look();
        expect(all).toMatchObject({
          repositories: 5,
          tags: 5,
          usage: { tags: { used: 3, idle: 0, never: 0, new: 2, unknown: 0 }, bytes: { used: 30, new: 20 } },
          pulls: { last7Days: 11, before: 0, atLeast: false },
          storage: { bytes: 50, diskFree: 1000, diskTotal: 4000 },
          topPulled: [
            { repository: "other/app", tag: "v1", pulls: 5 },
            { repository: "team/app", tag: "v1", pulls: 4 },
            { repository: "team/deep/er", tag: "v1", pulls: 2 },
          ],
          replaying: false,
        });
        expect(all.recent).toHaveLength(5);
        expect(all.recent[0]).toEqual({ repository: "alone", tag: "v1", pushedAt: "2026-03-01T12:00:00.000Z", by: null });
      });

      test("is of what one may see, and what needs attention of the machine is for those who may see all", async () => {
        const seen = await look("team");
        expect(seen).toMatchObject({ repositories: 3, tags: 3, pulls: { last7Days: 6 }, storage: { bytes: 30 } });
        expect(seen.usage?.tags).toEqual({ used: 2, idle: 0, never: 0, new: 1, unknown: 0 });
        expect(seen.topPulled.map(({ repository }) => repository)).toEqual(["team/app", "team/deep/er"]);
        expect(seen.recent.map(({ repository }) => repository)).toEqual(["team/deep/lib", "team/deep/er", "team/app"]);
        expect(JSON.stringify(seen)).not.toMatch(/other|alone/);
        expect(await look("none")).toMatchObject({ repositories: 0, tags: 0, topPulled: [], recent: [], idleLargest: [] });
      });

      test("says in words what somebody should look at", async () => {
        const gap = { instance: "x", kind: "pulls", start_ms: clock - 3 * 3_600_000, end_ms: clock - 60_000 } as const;
        const lacking = tags["team/app"]!.manifest.id;
        await opened.db.transaction(async (tx) => {
          await tx
            .insertInto("pull_gap")
            .values({ ...gap, reason: "the disk was full" })
            .execute();
          const job = { key: "k", created_ms: 1, run_after_ms: 1, state: "dead", finished_ms: clock } as const;
          await tx
            .insertInto("job")
            .values({ kind: "uploads/sweep", ...job })
            .execute();
          await tx.updateTable("manifest").set({ complete_ms: 0 }).where("id", "=", lacking).execute();
        });
        space.free = 400;
        clock += 60_000;
        const { attention, pulls: weeks } = await look();
        expect(attention.map(({ kind, sentence }) => [kind, sentence])).toEqual([
          ["gap", "pulls were perhaps not all counted, for 2 h 59 min from 2 Mar 2026 09:01 UTC: the disk was full"],
          ["incomplete", "an image lacks layers in team/app"],
          ["jobs", "a background job was given up: uploads/sweep, last on 2 Mar 2026 12:01 UTC"],
          ["disk", "the disk of the data folder is 90 % full"],
        ]);
        expect(weeks?.atLeast).toBe(true);
        expect((await look("team")).attention.map(({ kind }) => kind)).toEqual(["gap", "incomplete"]);
        await opened.db.transaction(async (tx) => {
          await tx.deleteFrom("pull_gap").execute();
          await tx.deleteFrom("job").execute();
          await tx.updateTable("manifest").set({ complete_ms: 1 }).where("id", "=", lacking).execute();
        });
      });

      test("lacks only the part that cannot be had, and that is logged", async () => {
        clock += 60_000;
        const failures: unknown[] = [];
        const broken = await createApi({
          ...options,
          pulls: {
            ...options.pulls!,
            trackedSinceMs: startMs,
            replaying: false,
            history: () => Promise.reject(new Error("down")),
          },
          disk: () => Promise.reject(new Error("no such thing")),
          report: (error) => void failures.push(error),
        });
        const answer = overviewAnswer.parse((await broken.inject("/api/v1/overview")).json());
        expect(answer).toMatchObject({ repositories: 5, pulls: null, storage: { diskFree: null, diskTotal: null } });
        expect(answer.topPulled).toHaveLength(3);
        expect(failures.map(String)).toEqual([
          expect.stringContaining("the overview lacks free space on the disk"),
          expect.stringContaining("the overview lacks pulls of two weeks"),
        ]);
        await broken.close();
      });

      test("without counting has no usage and no pulls", async () => {
        const { pulls: _, census: __, ...others } = options;
        const off = await createApi({ ...others, pulls: undefined });
        const answer = overviewAnswer.parse((await off.inject("/api/v1/overview")).json());
        expect(answer).toMatchObject({ tags: 5, usage: null, pulls: null, topPulled: [], idleLargest: [], asOf: null });
        expect(answer.recent).toHaveLength(5);
        await off.close();
      });
    });

    describe("a search", () => {
      const search = (q: string, name?: string) => get(`/api/v1/search?q=${encodeURIComponent(q)}`, searchAnswer, name);

      test("knows what a reference names here, also inside a command or behind our own host, and of no other host", async () => {
        const place = { repository: "team/deep/er", tag: "v1", digest: null };
        for (const text of [
          "team/deep/er:v1",
          "docker pull localhost:80/team/deep/er:v1",
          "http://localhost:80/ui/r/team/deep/er:v1",
        ])
          expect((await search(text)).place, text).toEqual(place);
        const elsewhere = await search("docker pull docker.io/team/deep/er:v1");
        expect(elsewhere.place).toBeNull();
        expect(elsewhere.repositories).toEqual([{ name: "team/deep/er" }]);
        expect((await search("team/deep/er:v2")).place).toBeNull();
      });

      test("never tells of what is hidden", async () => {
        const { digest } = tags["other/app"]!.manifest;
        for (const text of ["other/app", "other/app:v1", `other/app@${digest}`, digest, digest.slice(7, 20), "v1", "app", "o"]) {
          expect(JSON.stringify(await search(text, "team")), text).not.toMatch(/other|alone/);
          const nothing = { place: null, repositories: [], tags: [], digests: [] };
          expect(await search(text, "none"), text).toEqual(nothing);
        }
        expect((await search("v1", "team")).tags).toHaveLength(3);
      });
    });

    test("what was pulled more than a week ago was pulled in the week before", async () => {
      clock += 8 * day;
      const { pulls: weeks } = await get("/api/v1/overview", overviewAnswer);
      expect(weeks).toEqual({ last7Days: 0, before: 11, atLeast: false });
    });
  });
});
