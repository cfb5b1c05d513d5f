// `hythe serve --demo` as a process: what a visitor finds, that it lives, and that it leaves nothing behind.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRegistryClient } from "../../src/client/client.ts";
import type { RepositoryName, Tag } from "../../src/oci/reference.ts";
import { runHythe, startHythe, type Hythe } from "../peers/hythe.ts";
import { serveHttp } from "../wire-servers.ts";

interface Pulls {
  readonly count: number;
  readonly lastPulledAt: string | null;
}
interface Listed {
  readonly name: string;
  readonly tags: number;
  readonly bytes: number;
  readonly createdAt: string;
  readonly pulls: Pulls;
}

const scratch = mkdtempSync(join(tmpdir(), "hythe-demo-test-"));
let demo: Hythe;

beforeAll(async () => {
  demo = await startHythe({ flags: ["--demo"], settings: { TMPDIR: scratch } });
});
afterAll(async () => {
  await demo.kill();
  rmSync(scratch, { recursive: true, force: true });
});

/** Beside them Node keeps its cache of compiled code. */
const foldersIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith("hythe-demo-"));

async function ask<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(`${demo.url}/api/v1/${path}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}
const repositories = async (): Promise<Listed[]> => (await ask<{ items: Listed[] }>("repositories?limit=200&sort=-pulls")).items;

describe("the demo", () => {
  test("has more than 50 repositories with tags, sizes and dates of years, some hot and some never pulled from", async () => {
    const all = await repositories();
    expect(all.length).toBeGreaterThan(50);
    expect(all.every(({ bytes, tags }) => bytes > 1000 && tags > 0)).toBe(true);
    expect(all[0]!.pulls.count).toBeGreaterThan(100_000);
    expect(
      all
        .filter(({ pulls }) => pulls.count === 0 && pulls.lastPulledAt === null)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(["data/ml/experiments", "sandbox/ada/hello", "sandbox/ada/next", "sandbox/grace/experiment"]);
    const oldest = Math.min(...all.map(({ createdAt }) => Date.parse(createdAt)));
    expect(oldest).toBeLessThan(Date.now() - 2 * 365 * 86_400_000);
  });

  test("has counted for two years, with three gaps and their reasons", async () => {
    const twoYears = 730 * 86_400_000;
    const { trackedSince } = await ask<{ trackedSince: string }>("status");
    expect(Date.parse(trackedSince)).toBeLessThanOrEqual(Date.now() - twoYears);
    const from = new Date(Date.now() - twoYears).toISOString();
    const { buckets, gaps } = await ask<{ buckets: { start: string; pulls: number }[]; gaps: { reason: string }[] }>(
      `pulls?repository=base/node&interval=month&from=${from}`,
    );
    expect(buckets.length).toBeGreaterThan(10);
    expect(gaps.map(({ reason }) => reason)).toEqual([
      "counting was switched off",
      "the process ended while its journal could not be written",
      "counting was switched off",
    ]);
  });

  test("has tags in every state of usage, and the largest idle ones are to be seen at once", async () => {
    interface Row {
      readonly repository: string;
      readonly bytes: number;
    }
    for (const state of ["used", "idle", "never", "new", "unknown"]) {
      const { items } = await ask<{ items: Row[] }>(`tags?usage=${state}&limit=1&sort=-bytes`);
      expect(items, state).toHaveLength(1);
    }
    const { items } = await ask<{ items: Row[] }>("tags?usage=idle&limit=20&sort=-bytes");
    expect(items.slice(0, 3).map(({ repository }) => repository)).toEqual(["data/ml/base", "data/ml/base", "data/ml/base"]);
    expect(items[0]!.bytes).toBeGreaterThan(2 * items.at(-1)!.bytes);
  });

  test("shows an index of which a platform is not here", async () => {
    const { children } = await ask<{ children: { platform: string; present: boolean }[] }>(
      "manifests/latest?repository=vendor/redis",
    );
    expect(children.map(({ platform, present }) => [platform, present])).toEqual([
      ["linux/amd64", true],
      ["linux/arm64", false],
    ]);
  });

  test("has another registry next door, with as many repositories and a limit of pulls", async () => {
    const { items } = await ask<{ items: { name: string }[] }>("registries");
    expect(items.map(({ name }) => name)).toEqual(["staging"]);
    const { items: there } = await ask<{ items: Listed[] }>("repositories?registry=staging&limit=200");
    expect(there.length).toBeGreaterThan(50);
    const place = "registry=staging&repository=platform/gateway";
    const shown = await ask<{ digest: string; children: { present: boolean }[] }>(`manifests/latest?${place}`);
    expect(shown.children.every(({ present }) => present)).toBe(true);
    // Until a month ago it got what is here: the same image is the same there.
    expect(await ask<{ digest: string }>(`manifests/${shown.digest}?repository=platform/gateway`)).toMatchObject({
      digest: shown.digest,
    });
    const { items: asked } = await ask<{ items: { health: { state: string }; limit: { limit: number; remaining: number } }[] }>(
      "registries",
    );
    expect(asked[0]).toMatchObject({ health: { state: "ok" }, limit: { limit: 500, remaining: expect.any(Number) } });
    expect(asked[0]!.limit.remaining).toBeLessThan(500);
  });

  test("serves every image whole, with what refers to it", async () => {
    await using client = createRegistryClient({ registryUrl: demo.url });
    const repository = "platform/gateway" as RepositoryName;
    const { bytes, digest } = await client.manifests.get({ repository, tag: "latest" as Tag });
    const index = JSON.parse(Buffer.from(bytes).toString()) as { manifests: { digest: typeof digest }[] };
    expect(index.manifests).toHaveLength(4);
    for (const child of index.manifests) {
      const image = await client.manifests.get({ repository, digest: child.digest });
      const { config, layers } = JSON.parse(Buffer.from(image.bytes).toString()) as Record<
        "config",
        { digest: typeof digest; size: number }
      > & {
        layers: { digest: typeof digest; size: number }[];
      };
      for (const blob of [config, ...layers]) {
        const content = await client.blobs.get({ repository, digest: blob.digest });
        expect((await (await content.open()).toArray()).reduce((sum: number, chunk: Buffer) => sum + chunk.length, 0)).toBe(
          blob.size,
        );
      }
    }
    const { items } = await client.manifests.referrers({ repository, digest }, { limit: 10 });
    expect(items.map(({ artifactType }) => String(artifactType)).toSorted()).toEqual([
      "application/spdx+json",
      "application/vnd.dev.sigstore.bundle.v0.3+json",
    ]);
  });

  test("tells its administrators what it was started with, and where that was given", async () => {
    const { items } = await ask<{ items: { key: string; source: string; value: string | null; sentence: string }[] }>("settings");
    const of = (key: string) => items.find((item) => item.key === key);
    expect(of("listen")).toMatchObject({ source: "flag", value: "127.0.0.1:0", sentence: expect.stringMatching(/\.$/) });
    expect(of("pulls.enabled")).toMatchObject({ source: "default", value: "true" });
    expect(of("database")).toMatchObject({ source: "default", value: null });
  });

  test("goes on being pulled from", async () => {
    const total = async (): Promise<number> => (await repositories()).reduce((sum, { pulls }) => sum + pulls.count, 0);
    const before = await total();
    await expect.poll(total, { interval: 500 }).toBeGreaterThan(before);
  });

  test("says what to look at, and every one of these commands works", async () => {
    const commands = [...demo.output().matchAll(/npx hythe (.*)$/gm)].map(([, command]) => command!.trim().split(/ +/));
    expect(commands.map(([verb]) => verb)).toEqual(["repos", "tags", "pulls", "tags"]);
    for (const command of commands) {
      // Of what is more than a page the end says so.
      const note = command.includes("--usage") ? /^\d+ of \d+ tags; --all shows all, --search some of them\n$/ : /^$/;
      expect(await runHythe(command)).toMatchObject({ code: 0, stderr: expect.stringMatching(note) });
    }
  });

  test("leaves nothing behind when it is stopped", async () => {
    expect(foldersIn(scratch)).toHaveLength(1);
    expect(await demo.stop()).toBe(0);
    expect(foldersIn(scratch)).toEqual([]);
  });
});

describe("a demo that cannot be", () => {
  test("a folder that is not empty is refused, and nothing in it is touched", async () => {
    const data = join(scratch, "full");
    mkdirSync(data);
    writeFileSync(join(data, "notes.txt"), "mine");
    expect(await runHythe(["serve", "--demo", "--data", data, "--listen", "127.0.0.1:0"])).toEqual({
      code: 2,
      stdout: "",
      stderr: `hythe: --demo fills an empty folder and ${data} is not empty: name another one with --data, or leave it out\n`,
    });
    expect(readdirSync(data)).toEqual(["notes.txt"]);
  });

  test("a database of one's own is refused", async () => {
    const answer = await runHythe(["serve", "--demo", "--database", "postgres://user:secret@127.0.0.1:1/x"]);
    expect(answer).toMatchObject({ code: 2, stderr: "hythe: --demo keeps its facts in SQLite: leave `database` out\n" });
  });

  test("an address that is taken is told at once", async () => {
    await using taken = await serveHttp((_request, response) => void response.end());
    const folder = mkdtempSync(join(scratch, "taken-"));
    const answer = await runHythe(["serve", "--demo", "--listen", taken.url.host], { TMPDIR: folder });
    expect(answer).toMatchObject({ code: 9, stderr: expect.stringContaining(taken.url.host) });
    expect(foldersIn(folder)).toEqual([]);
  });

  test.each(["of its own", "that was given"])(
    "stopped while it is filled, it leaves nothing behind in a folder %s",
    async (whose) => {
      const folder = mkdtempSync(join(scratch, "stopped-"));
      const data = join(folder, "data");
      const more = whose === "of its own" ? [] : ["--data", data];
      const child = spawn(process.execPath, ["bin/hythe.js", "serve", "--demo", "--listen", "127.0.0.1:0", ...more], {
        cwd: join(import.meta.dirname, "../.."),
        env: { ...process.env, TMPDIR: folder },
        stdio: "ignore",
      });
      const isFilling = (): boolean =>
        readdirSync(folder, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith("/content"));
      await expect.poll(isFilling).toBe(true);
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
      expect(foldersIn(folder)).toEqual([]);
      expect(existsSync(data) ? readdirSync(data) : []).toEqual([]);
    },
  );
});
