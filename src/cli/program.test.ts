import { describe, expect, onTestFinished, test } from "vitest";
import { captureCli, openRecorded, problem, type Recorded, type RecordedAnswer } from "../../test/cli.ts";
import { manifestAnswer } from "../wire/manifests.ts";
import { pullsAnswer } from "../wire/pulls.ts";
import { repositoriesAnswer } from "../wire/repositories.ts";
import { tagsAnswer } from "../wire/tags.ts";
import type { Usage, UsageState } from "../wire/usage.ts";

const digest = `sha256:${"4b0e".repeat(16)}`;
const moment = { asOf: "2026-11-21T12:00:00.000Z", replaying: false };
const uncounted = { count: null, lastPulledAt: null, checks: null, lastCheckedAt: null };
const never = { count: 0, lastPulledAt: null, checks: 0, lastCheckedAt: null };
const often = {
  count: 8201,
  lastPulledAt: "2026-11-21T11:59:00.000Z",
  checks: 41_113,
  lastCheckedAt: "2026-11-21T11:59:59.000Z",
};

const may = { pull: true, push: true, overwrite: true, delete: true, admin: true };
const repository = (name: string, pulls: object = never) => ({
  name,
  kind: "local",
  tags: 412,
  manifests: 420,
  bytes: 19_542_101_196,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-11-21T10:00:00.000Z",
  pushedAt: "2026-11-21T10:00:00.000Z",
  usage: null,
  untagged: null,
  pulls,
  may,
});
const repositories = repositoriesAnswer.parse({
  items: [repository("team/app", often), repository("team/日本", never)],
  ...moment,
});
const tag = (name: string, usage: Usage = { state: "used", lastUsedAt: often.lastPulledAt, knownSince: null }) => ({
  name,
  digest,
  mediaType: "application/vnd.oci.image.index.v1+json",
  artifactType: null,
  platforms: ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x"],
  bytes: 78_643_200,
  pushedAt: "2026-11-21T10:00:00.000Z",
  pulls: never,
  imagePulls: often,
  siblings: { count: 1, names: ["stable"] },
  may,
  repository: "team/app",
  kind: "index",
  usage,
  pushedBy: "ci",
  pullBytes: { min: 1000, max: 2000 },
  immutable: false,
});
const tags = tagsAnswer.parse({ items: [tag("v1.9")], ...moment });
const pulls = pullsAnswer.parse({
  repository: "team/app",
  tag: null,
  digest: null,
  interval: "day",
  from: "2026-11-20T00:00:00.000Z",
  to: "2026-11-21T12:00:00.000Z",
  buckets: [
    { start: "2026-11-20T00:00:00.000Z", pulls: 7, checks: 1, state: "complete" },
    { start: "2026-11-21T00:00:00.000Z", pulls: 2, checks: 0, state: "open" },
  ],
  total: often,
  trackedSince: "2026-01-01T00:00:00.000Z",
  gaps: [],
  ...moment,
});
/** What the verb needs of it. */
const manifest = manifestAnswer.pick({ pulls: true }).parse({
  pulls: { ...often, byTag: 8000, direct: 200, asChild: 1, lastTag: "v1.9", lastTagAt: "2026-11-21T11:55:00.000Z" },
});

async function open(
  reply: (asked: URL) => RecordedAnswer,
): Promise<Recorded & { run: (...argv: string[]) => ReturnType<typeof captureCli> }> {
  const server = await openRecorded(reply);
  onTestFinished(() => server.close());
  return { ...server, run: (...argv) => captureCli(argv, { env: { HYTHE_SERVER: server.url } }) };
}

describe("hythe repos", () => {
  test("lists repositories as a table, and asks as it was told", async () => {
    const { run, asked } = await open(() => ({ body: repositories }));
    const { code, stdout, stderr } = await run("repos", "--search", "team/", "--sort", "-pulls", "--limit", "5");
    expect(stdout).toBe(
      [
        "REPOSITORY  TAGS      SIZE  PULLS  LAST PULL  CHECKS  UPDATED",
        "team/app     412  18.2 GiB  8,201  1 min ago  41,113  2 h ago",
        "team/日本    412  18.2 GiB      0  never           0  2 h ago",
        "",
      ].join("\n"),
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(asked.map(({ pathname, search }) => pathname + search)).toEqual([
      "/api/v1/repositories?search=team%2F&sort=-pulls&limit=5&total=true",
    ]);
  });

  test("says how much more there is, and nothing of that in JSON", async () => {
    const { run } = await open((asked) => ({
      body: { ...repositories, nextCursor: "c", ...(asked.searchParams.has("total") && { total: 2340 }) },
    }));
    expect((await run("repos", "--limit", "2")).stderr).toBe("2 of 2,340 repositories; --all shows all, --search some of them\n");
    const json = await run("repos", "--limit", "2", "--json");
    expect(json.stderr).toBe("");
    expect(JSON.parse(json.stdout)).toEqual({ ...repositories, nextCursor: "c" });
  });

  test("--all asks for page after page, and prints each before it asks for the next", async () => {
    const order: string[] = [];
    const page = (asked: URL): number => Number(asked.searchParams.get("cursor") ?? 0);
    const { url } = await open((asked) => {
      const at = page(asked);
      order.push(`asked ${at}`);
      const next = at < 2 ? { nextCursor: String(at + 1) } : {};
      return {
        body: {
          items: [repository(`page-${at}-a`), repository(`page-${at}-b`)],
          ...moment,
          ...next,
          ...(at > 0 && { prevCursor: "p" }),
        },
      };
    });
    for (const format of [[], ["--json"]]) {
      order.length = 0;
      const { stdout } = await captureCli(["repos", "--all", "--server", url, ...format], {
        onWrite: async () => void order.push("printed"),
      });
      expect(order).toEqual(["asked 0", "printed", "asked 1", "printed", "asked 2", "printed"]);
      const names = [...stdout.matchAll(/page-\d-[ab]/g)].map(String);
      expect(names).toEqual(["page-0-a", "page-0-b", "page-1-a", "page-1-b", "page-2-a", "page-2-b"]);
      if (format.length === 0) continue;
      const { items, ...rest } = JSON.parse(stdout) as { items: unknown[] };
      expect(items).toHaveLength(6);
      expect(rest).toEqual(moment);
    }
  });

  test("a limit above what one answer may hold is several questions", async () => {
    const { run, asked } = await open((url) => {
      const limit = Number(url.searchParams.get("limit"));
      return { body: { items: Array.from({ length: limit }, (_, at) => repository(`r${at}`)), ...moment, nextCursor: "more" } };
    });
    const { stdout } = await run("repos", "--limit", "2500", "--json");
    expect(asked.map(({ searchParams }) => searchParams.get("limit"))).toEqual(["1000", "1000", "500"]);
    expect(JSON.parse(stdout)).toMatchObject({ nextCursor: "more", items: { length: 2500 } });
  });

  test("nothing there is said in words, and is no error", async () => {
    const { run } = await open(() => ({ body: { items: [], ...moment, total: 0 } }));
    expect(await run("repos")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("there is no repository yet"),
    });
    expect((await run("repos", "--search", "x")).stderr).toBe("none of the repositories contains 'x'\n");
    expect(JSON.parse((await run("repos", "--json")).stdout)).toMatchObject({ items: [] });
  });

  test("numbers that nobody counts are not zero", async () => {
    const { run } = await open(() => ({ body: { items: [repository("team/app", uncounted)], asOf: null, replaying: false } }));
    const { stdout, stderr } = await run("repos");
    expect(stdout).toMatch(/team\/app +412 +18\.2 GiB +- +- +- +2 h ago/);
    expect(stderr).toContain("pulls are not counted on this server");
  });

  test("says when counts may still grow, and when the order is older than they are", async () => {
    const { run } = await open(() => ({ body: { ...repositories, replaying: true, orderedAsOf: moment.asOf } }));
    expect((await run("repos")).stderr).toMatch(/still reading the journal[^]*the order is that of 2026-11-21T12:00:00.000Z/);
  });

  test("a terminal that is too narrow shows fewer columns", async () => {
    const { url } = await open(() => ({ body: repositories }));
    const { stdout } = await captureCli(["repos", "--server", url], { columns: 50 });
    expect(stdout.split("\n", 1)).toEqual(["REPOSITORY  TAGS      SIZE  PULLS  LAST PULL"]);
  });
});

describe("hythe tags", () => {
  test("lists tags with their own pulls and those of what they stand on", async () => {
    const { run, asked } = await open(() => ({ body: tags }));
    const { stdout } = await run("tags", "team/app");
    expect(stdout).toBe(
      [
        "TAG   USAGE  PULLS  LAST PULL  IMAGE      SIZE  PUSHED   DIGEST        PLATFORMS                                CHECKS  ALSO",
        "v1.9  used       0  never      8,201  75.0 MiB  2 h ago  4b0e4b0e4b0e  linux/amd64 linux/arm64 linux/arm/v7 +1       0  stable",
        "",
      ].join("\n"),
    );
    expect(asked[0]?.searchParams.get("repository")).toBe("team/app");
  });

  test("without a repository lists those of all, each with the name of its own", async () => {
    const items = [{ ...tag("v1.9", { state: "used", lastUsedAt: null, knownSince: null }), repository: "team/app" }];
    const { run, asked } = await open(() => ({ body: { ...tags, items } }));
    const { stdout } = await run("tags", "--sort", "-bytes");
    expect(stdout).toMatch(/^team\/app:v1\.9 /m);
    expect(asked[0]?.searchParams.has("repository")).toBe(false);
    const none = await open(() => ({ body: { ...tags, items: [] } }));
    expect((await none.run("tags", "--usage", "idle")).stderr).toBe("the registry has no tags that are idle\n");
  });

  test("says in words whether they are used, asks for some of the states, and refuses what is none", async () => {
    const at = (state: UsageState, lastUsedAt: string | null = null) => tag(state, { state, lastUsedAt, knownSince: null });
    const items = [at("idle", "2026-10-12T12:00:00.000Z"), at("never"), at("new"), at("unknown")];
    const { run, asked } = await open(() => ({ body: { ...tags, items } }));
    const { stdout } = await run("tags", "team/app", "--usage", "idle,never,new,unknown");
    expect(stdout.match(/^(?:idle|never|new|unknown) +(?:idle 40 d|never pulled|new|unknown) +0 /gm)).toHaveLength(4);
    expect(asked[0]?.searchParams.get("usage")).toBe("idle,never,new,unknown");
    expect((JSON.parse((await run("tags", "team/app", "--json")).stdout) as typeof tags).items).toEqual(items);
    expect(await run("tags", "team/app", "--usage", "idle,tired")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown"),
    });
    const none = await open(() => ({ body: { ...tags, items: [] } }));
    expect((await none.run("tags", "team/app", "--usage", "idle")).stderr).toBe("team/app has no tags that are idle\n");
  });

  test.each([
    ["tags", "lastpull", "lastPulledAt"],
    ["tags", "-LAST PULL", "-lastPulledAt"],
    ["tags", "-image", "-imagePulls"],
    ["tags", "tag", "name"],
    ["repos", "-size", "-bytes"],
    ["repos", "updated", "updatedAt"],
    ["repos", "lastpulledat", "lastPulledAt"],
  ])("hythe %s --sort %j asks for %s: headers of the table are names, too", async (verb, typed, sort) => {
    const { run, asked } = await open(({ pathname }) => ({ body: pathname.endsWith("/tags") ? tags : repositories }));
    await run(verb, ...(verb === "tags" ? ["team/app"] : []), "--sort", typed);
    expect(asked[0]?.searchParams.get("sort")).toBe(sort);
  });

  test("an unknown repository is answered with names that look like it, and with exit code 7", async () => {
    const { run } = await open((asked) => {
      if (asked.pathname.endsWith("/tags")) return problem(404, "NAME_UNKNOWN", "there is no repository 'team/aqpp' here");
      return { body: asked.searchParams.get("search") === "pp" ? repositories : { items: [], ...moment } };
    });
    expect(await run("tags", "team/aqpp")).toMatchObject({
      code: 7,
      stdout: "",
      stderr: "hythe: there is no repository 'team/aqpp' here; did you mean team/app?\n",
    });
  });

  test("when nothing looks like it, or nobody can say, the first error stays", async () => {
    for (const more of [{ body: { items: [], ...moment } }, problem(500, "UNKNOWN", "broken")]) {
      const { run } = await open((asked) =>
        asked.pathname.endsWith("/tags") ? problem(404, "NAME_UNKNOWN", "no such repository") : more,
      );
      expect(await run("tags", "x")).toMatchObject({ code: 7, stderr: "hythe: no such repository\n" });
    }
  });
});

describe("hythe pulls", () => {
  const reply = (asked: URL): RecordedAnswer => ({ body: asked.pathname.endsWith("/pulls") ? pulls : manifest });

  test("shows numbers and their times, and a table of days where there is no terminal", async () => {
    const { run, asked } = await open(reply);
    expect((await run("pulls", "team/app:v1.9")).stdout).toBe(
      [
        "team/app:v1.9   COUNT  LAST",
        "pulls           8,201  1 min ago",
        "checks         41,113  just now",
        "",
        "DAY (UTC)   PULLS  CHECKS",
        "2026-11-20      7       1",
        "2026-11-21      2       0",
        "",
      ].join("\n"),
    );
    expect(asked.map(({ search }) => search)).toEqual(["?repository=team%2Fapp&tag=v1.9&interval=day"]);
  });

  test("without a repository shows all of them, and the tags that are pulled most in the same time", async () => {
    const items = [
      { repository: "team/app", tag: "v1.9", digest: null, pulls: 1200 },
      { repository: "team/web", tag: "latest", digest: null, pulls: 7 },
    ];
    const top = { kind: "tag", from: pulls.from, to: pulls.to, items, asOf: null, replaying: false };
    const { run, asked } = await open(({ pathname }) => ({
      body: pathname.endsWith("/top") ? top : { ...pulls, repository: null, tag: null },
    }));
    expect((await run("pulls", "--from", "7d")).stdout).toBe(
      [
        "all repositories   COUNT  LAST",
        "pulls              8,201  1 min ago",
        "checks            41,113  just now",
        "",
        "DAY (UTC)   PULLS  CHECKS",
        "2026-11-20      7       1",
        "2026-11-21      2       0",
        "",
        "MOST PULLED      PULLS",
        "team/app:v1.9    1,200",
        "team/web:latest      7",
        "",
      ].join("\n"),
    );
    expect(asked.map(({ search }) => search)).toEqual([
      "?from=2026-11-14T12%3A00%3A00.000Z&interval=day",
      "?kind=tag&from=2026-11-14T12%3A00%3A00.000Z",
    ]);
    expect(JSON.parse((await run("pulls", "--json")).stdout)).toMatchObject({ repository: null, top: items });
  });

  test("shows a chart on a terminal", async () => {
    const { url } = await open(reply);
    const { stdout } = await captureCli(["pulls", "team/app", "--server", url], { columns: 80 });
    expect(stdout).toMatch(/\n\npulls by day, 2026-11-20 00:00 to 2026-11-21 12:00 UTC: 9\n\n7 ┤███\n[^]*0 ┼────────\n/);
  });

  test("shows the ways of a manifest, in JSON too", async () => {
    const { run, asked } = await open(reply);
    expect((await run("pulls", `team/app@${digest}`)).stdout).toContain(
      [
        "team/app@4b0e4b0e4b0e   COUNT  LAST",
        "pulls                   8,201  1 min ago",
        "  by tag                8,000  5 min ago, as v1.9",
        "  by digest               200",
        "  as child                  1",
        "checks                 41,113  just now",
      ].join("\n"),
    );
    expect(asked.map(({ pathname }) => pathname).sort()).toEqual([`/api/v1/manifests/${digest}`, "/api/v1/pulls"]);
    const json = JSON.parse((await run("pulls", `team/app@${digest}`, "--json")).stdout) as unknown;
    expect(json).toEqual({ ...pulls, total: manifest.pulls });
  });

  test("--json is the answer as it came, also what this version does not know", async () => {
    const newer = { ...pulls, trend: [1, 2, 3] };
    const { run } = await open(() => ({ body: newer }));
    expect(JSON.parse((await run("pulls", "team/app", "--json")).stdout)).toEqual(newer);
  });

  test.each([
    [[], { interval: "day" }],
    [["--from", "12h"], { from: "2026-11-21T00:00:00.000Z", interval: "hour" }],
    [["--from", "1y"], { from: "2025-11-21T06:00:00.000Z", interval: "day" }],
    [["--from", "2020-01-01"], { from: "2020-01-01T00:00:00.000Z", interval: "month" }],
    [
      ["--from", "2026-11-01", "--to", "2026-11-02"],
      { from: "2026-11-01T00:00:00.000Z", to: "2026-11-02T00:00:00.000Z", interval: "hour" },
    ],
    [["--from", "12h", "--interval", "month"], { from: "2026-11-21T00:00:00.000Z", interval: "month" }],
  ])("%j asks for %j", async (flags, query) => {
    const { run, asked } = await open(reply);
    await run("pulls", "team/app", ...flags);
    expect(Object.fromEntries(asked[0]!.searchParams)).toEqual({ repository: "team/app", ...query });
  });

  test("a host in front, as for copying, names the server, with its scheme or without", async () => {
    const server = await openRecorded(reply);
    onTestFinished(() => server.close());
    for (const address of [server.url, new URL(server.url).host]) {
      expect(
        await captureCli(["pulls", `${address}/team/app:v1.9`], { env: { HYTHE_SERVER: "http://127.0.0.1:1" } }),
      ).toMatchObject({ code: 0, stdout: expect.stringContaining("team/app:v1.9 ") });
    }
    expect(server.asked.map(({ searchParams }) => searchParams.get("repository"))).toEqual(["team/app", "team/app"]);
  });

  test("an unknown tag is answered with tags that look like it", async () => {
    const { run } = await open((asked) =>
      asked.pathname.endsWith("/tags") ? { body: tags } : problem(404, "MANIFEST_UNKNOWN", "no tag 'v1.8'"),
    );
    expect(await run("pulls", "team/app:v1.8")).toMatchObject({ code: 7, stderr: "hythe: no tag 'v1.8'; did you mean v1.9?\n" });
  });
});

describe("what goes wrong", () => {
  test("a server that is not running: how to start it, exit code 9", async () => {
    const server = await openRecorded(() => ({ body: {} }));
    await server.close();
    expect(await captureCli(["repos", "--server", server.url])).toMatchObject({
      code: 9,
      stdout: "",
      stderr: `hythe: no server is running at ${server.url}: start one with \`npx hythe serve\`, or name another with --server or HYTHE_SERVER\n`,
    });
  });

  test.each([
    ["DENIED", 403, 6],
    ["TOOMANYREQUESTS", 429, 8],
    ["UNAVAILABLE", 503, 9],
    ["REQUEST_INVALID", 400, 2],
    ["UNSUPPORTED", 405, 11],
    ["UNKNOWN", 500, 1],
    ["SOMETHING_NEW", 429, 8],
    ["SOMETHING_NEW", 418, 1],
  ])("%s with HTTP %d ends with %d and one line", async (code, status, exit) => {
    const { run } = await open(() => problem(status, code, "what happened and what to do"));
    const { code: ended, stderr, stdout } = await run("repos");
    expect([ended, stdout]).toEqual([exit, ""]);
    expect(stderr).toMatch(/^hythe: what happened and what to do.*\n$/);
    expect(stderr.includes("request r-1")).toBe(status >= 500);
  });

  test.each([
    { body: "<html>hello</html>" },
    { status: 404, body: "<html>what?</html>" },
    { status: 404, body: { errors: [] } },
    { body: { items: [{}] } },
  ])("a server that is not ours is recognised: %j", async (answer) => {
    const { run } = await open(() => answer);
    expect(await run("repos")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^hythe: http.* does not answer like a Hythe.*\n$/),
    });
  });

  test.each([
    [["pulls", "http://127.0.0.1:5000"], 11, "REPO --server http://127.0.0.1:5000"],
    [["pulls", "example.org/app:v1", "--server", "http://127.0.0.1:1"], 11, "names the registry example.org"],
    [["may", "ann", "pull", "example.org/app"], 11, "app --server http://example.org"],
    [["tags", "Team/App"], 2, "is not a repository name"],
    [["tags", "team/app:v1"], 2, "`hythe tags team/app` lists its tags"],
    [["may"], 2, "missing required argument"],
    [["repos", "--limt", "3"], 2, "Did you mean --limit?"],
    [["repos", "--limit", "0"], 2, "whole number"],
    [["repos", "--limit", "3", "--all"], 2, "--all"],
    [["repos", "--sort", "beauty"], 2, "name, tags, manifests, bytes"],
    [["repos", "--server", "ftp://host"], 2, "is not the address of a server"],
    [["repos", "--server", "http://me:secret@host"], 2, "is not the address of a server"],
    [["pulls", "app", "--from", "yesterday"], 2, "is not a time"],
    [["pulls", "app", "--interval", "week"], 2, "hour, day, month"],
    [["tagz"], 2, "Did you mean one of tag, tags?"],
  ])("%j ends with %d and one line that says what to do", async (argv, code, part) => {
    const result = await captureCli(argv);
    expect(result).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(part) });
    expect(result.stderr).toMatch(/^hythe: .*\n$/);
  });

  test("a reader that has seen enough is no error", async () => {
    const { url } = await open(() => ({ body: repositories }));
    const onWrite = (): Promise<void> => Promise.reject(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect(await captureCli(["repos", "--server", url], { onWrite })).toMatchObject({ code: 0, stderr: "" });
  });

  test("a bug is called one, with its stack", async () => {
    const loadSettings = (): Promise<never> => Promise.reject(new TypeError("x is not a function"));
    expect(await captureCli(["serve"], { loadSettings })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^hythe: this is a bug: TypeError: x is not a function\n +at /),
    });
  });
});

describe("help", () => {
  test.each([
    ...["serve", "repos", "tags", "pulls", "ls", "inspect", "digest", "manifest", "blob", "referrers", "ping"].map((verb) => [
      verb,
    ]),
    ...["copy", "tag", "delete", "login", "logout"].map((verb) => [verb]),
    ["config", "check"],
    ["config", "show"],
    ["audit"],
    ["may"],
    ...["add", "ls", "show", "set", "password", "signout", "rm", "import"].map((verb) => ["user", verb]),
    ...["add", "ls", "show", "set", "rotate", "rm"].map((verb) => ["robot", verb]),
    ...["token", "grant", "rule"].flatMap((verb) => ["add", "ls", "rm"].map((below) => [verb, below])),
  ])("of hythe %s %s teaches by examples", async (...verb) => {
    const words = verb.filter((word) => word !== undefined);
    const { code, stdout, stderr } = await captureCli([...words, "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("--json");
    expect(stdout).toContain(`Examples:\n  hythe ${words.join(" ")}`);
  });

  test("without a verb is shown, as a mistake", async () => {
    expect(await captureCli([])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("First steps:") });
    expect(await captureCli(["--help"])).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("First steps:") });
    expect(await captureCli(["--version"])).toMatchObject({ code: 0, stdout: "1.2.3\n" });
  });

  test("of a verb is the same behind it and in front of it", async () => {
    const settingFlags = [{ flag: "listen", form: "address", sentence: "Where it answers." }];
    for (const verb of ["digest", "serve"]) {
      const { stdout } = await captureCli([verb, "--help"], { settingFlags });
      expect(await captureCli(["help", verb], { settingFlags })).toMatchObject({ code: 0, stdout });
    }
  });
});
