import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import type { PullsAnswer } from "../../src/wire/pulls.ts";
import type { tagsAnswer } from "../../src/wire/tags.ts";
import { captureCli } from "../cli.ts";
import { repositoryCounts } from "../counts.ts";
import { image, index } from "../image.ts";
import { runHythe, startHythe, type Hythe } from "../peers/hythe.ts";
import { pushImage } from "../push.ts";

type TagsAnswer = z.infer<typeof tagsAnswer>;

const data = mkdtempSync(join(tmpdir(), "hythe-cli-"));
const whole = index([image({ layers: ["a"] }), image({ layers: ["a"], platform: "linux/arm64" })]);
const plain = image({ layers: ["b"] });
let server: Hythe;

beforeAll(async () => {
  server = await startHythe({ data });
  await pushImage(server.url, "team/app", whole, "v2", "latest");
  await pushImage(server.url, "team/app", plain, "v1");
  const pull = async (reference: string, agent: string): Promise<void> => {
    const answer = await fetch(`${server.url}/v2/team/app/manifests/${reference}`, { headers: { "user-agent": agent } });
    await answer.arrayBuffer();
    expect(answer.status).toBe(200);
  };
  await pull("v1", "a");
  await pull("v1", "b");
  await pull(plain.digest, "c");
  // Waits until nothing is replayed.
  await repositoryCounts(server.url, "team/app");
});
afterAll(async () => {
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

const run = (...argv: string[]): ReturnType<typeof captureCli> =>
  captureCli(argv, { now: Date.now, env: { HYTHE_SERVER: server.url } });

describe("the command line against a real server", () => {
  test("repos, tags and pulls show what was pushed and pulled", async () => {
    expect((await run("repos")).stdout).toMatch(/^REPOSITORY .*\nteam\/app +3 .* 3 +just now +0 +just now\n$/);
    const tags = (await run("tags", "team/app", "--sort", "-pulls")).stdout.split("\n");
    expect(tags[1]).toMatch(/^v1 +used +2 +just now +3 .* linux\/amd64 /);
    expect(tags[2]).toMatch(/ 0 +never +0 .* linux\/amd64 linux\/arm64 +0 +(?:v2|latest)$/);
    expect((await run("pulls", "team/app:v1")).stdout).toMatch(/^team\/app:v1 +COUNT +LAST\npulls +2 +just now\n/);
    const byDigest = (await run("pulls", `team/app@${plain.digest}`)).stdout;
    expect(byDigest).toMatch(/\npulls +3 +just now\n +by tag +2 +just now, as v1\n +by digest +1\n +as child +0\n/);
  });

  test("--json is what the API says", async () => {
    const api = (await (await fetch(`${server.url}/api/v1/tags?repository=team/app&sort=-name`)).json()) as TagsAnswer;
    const cli = JSON.parse((await run("tags", "team/app", "--sort", "-name", "--json")).stdout) as TagsAnswer;
    expect(cli).toEqual({ ...api, asOf: cli.asOf });
    const pulls = JSON.parse((await run("pulls", "team/app", "--from", "2h", "--json")).stdout) as PullsAnswer;
    expect(pulls).toMatchObject({ repository: "team/app", interval: "hour", total: { count: 3 } });
    expect(pulls.buckets.reduce((sum, bucket) => sum + bucket.pulls, 0)).toBe(3);
  });

  test("--all walks the pages of the API to the end", async () => {
    const names = JSON.parse((await run("tags", "team/app", "--all", "--json")).stdout) as TagsAnswer;
    expect(names.items.map(({ name }) => name)).toEqual(["latest", "v1", "v2"]);
    expect(names).not.toHaveProperty("nextCursor");
    expect((await run("tags", "team/app", "--limit", "2")).stderr).toBe("2 of 3 tags; --all shows all, --search some of them\n");
  });

  test("what is not there is named, with what is near to it", async () => {
    expect(await run("tags", "team/apps")).toMatchObject({ code: 7, stderr: expect.stringContaining("did you mean team/app?") });
    expect(await run("pulls", "team/app:v3")).toMatchObject({ code: 7, stderr: expect.stringContaining("v3") });
    expect(await run("pulls", `team/app@sha256:${"0".repeat(64)}`)).toMatchObject({ code: 7 });
    expect(await run("pulls", "team/app", "--from", "1h", "--to", "2h")).toMatchObject({ code: 2 });
  });
});

describe("the program itself", () => {
  test("reads its server from the environment and ends with the exit code of the table", async () => {
    const shown = await runHythe(["tags", "team/app"], { HYTHE_SERVER: server.url });
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(/^TAG /);
    expect(await runHythe(["tags", "nosuch"], { HYTHE_SERVER: server.url })).toMatchObject({ code: 7, stdout: "" });
    expect(await runHythe(["config", "check"], { HYTHE_LISTEN: "nowhere" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("environment HYTHE_LISTEN"),
    });
  });

  test("can be run by its name, as npx does it in a clone", async () => {
    const root = join(import.meta.dirname, "..", "..");
    const { bin, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      bin: { hythe: string };
      version: string;
    };
    const env = { ...process.env, PATH: `${join(root, "node_modules", ".bin")}:${process.env["PATH"]}` };
    const { stdout } = await promisify(execFile)(join(root, bin.hythe), ["--version"], { env });
    expect(stdout).toBe(`${version}\n`);
  });

  test("refuses to be open to a network, as a matter of configuration", async () => {
    const refused = await runHythe(["serve", "--listen", "0.0.0.0:0", "--data", join(data, "never")]);
    expect(refused).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^hythe: refusing to listen on 0\.0\.0\.0/),
    });
  });

  test("stops gracefully when it is asked to, and at once when it is asked again", async () => {
    const idle = await startHythe({ data: join(data, "idle") });
    expect(await idle.stop()).toBe(0);

    const busy = await startHythe({ data: join(data, "busy") });
    const upload = await fetch(`${busy.url}/v2/team/app/blobs/uploads/`, { method: "POST" });
    const location = new URL(upload.headers.get("location")!, busy.url);
    const socket = connect(Number(new URL(busy.url).port), "127.0.0.1").on("error", () => undefined);
    socket.write(
      `PATCH ${location.pathname}${location.search} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n`,
    );
    await once(socket, "data");
    const exit = once(busy.process, "exit") as Promise<[number | null]>;
    const again = setInterval(() => busy.process.kill("SIGTERM"), 100);
    try {
      expect(await exit).toEqual([1, null]);
    } finally {
      clearInterval(again);
      socket.destroy();
    }
  });
});
