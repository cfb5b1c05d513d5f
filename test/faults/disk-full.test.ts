import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { repositoryCounts } from "../counts.ts";
import { image } from "../image.ts";
import { startHythe, type Hythe } from "../peers/hythe.ts";
import { mountSmallDisk, whyNoSmallDisk, type SmallDisk } from "../peers/small-disk.ts";
import { pushImage } from "../push.ts";
import { freshBlob } from "./pushes-client.ts";
import { verifyFiles } from "./pushes.ts";

const reason = whyNoSmallDisk();
const repository = "full/app";
const whole = image({ layers: ["small"] });
const timeout = 60_000;
/** Folds soon and often, so that a full database is met. */
const settings = { HYTHE_PULLS_FOLDEVERY: "100ms", HYTHE_PULLS_FOLDLATEST: "300ms", HYTHE_LOG_LEVEL: "error" };

describe.skipIf(reason !== undefined)(`a full disk${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let data: string;
  let disks: SmallDisk[];
  let server: Hythe;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "hythe-full-"));
    disks = [];
  });
  afterEach(async () => {
    await server.kill();
    for (const disk of disks.toReversed()) disk.unmount();
    rmSync(data, { recursive: true, force: true });
  });

  /** The data folder is a small disk; its journal, where asked for, another one. */
  async function start(mounts: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, size] of Object.entries(mounts)) {
      mkdirSync(join(data, name), { recursive: true });
      disks.push(mountSmallDisk(join(data, name), size));
    }
    server = await startHythe({ data, settings });
    await pushImage(server.url, repository, whole, "v1");
  }
  async function pull(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const answer = await fetch(`${server.url}/v2/${repository}/manifests/v1`);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).equals(whole.bytes)).toBe(true);
    }
  }
  async function eventually(check: () => Promise<void>): Promise<void> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      try {
        return await check();
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  const pulled = async (): Promise<number> => (await repositoryCounts(server.url, repository)).tags["v1"]![0];
  const gaps = async (): Promise<unknown[]> => {
    const answer = await fetch(`${server.url}/api/v1/pulls?repository=${repository}&tag=v1&interval=hour`);
    return ((await answer.json()) as { gaps: unknown[] }).gaps;
  };

  test(
    "an upload that does not fit ends in 507, pulls go on, and what is given back can be used at once",
    { timeout },
    async () => {
      await start({ content: "16m" });
      const location = await startUpload(server.url);
      const large = freshBlob("large", 24 * 1024 * 1024);
      const patch = await fetch(location, { method: "PATCH", body: Buffer.from(large.bytes) });
      expect(patch.status).toBe(507);
      expect(((await patch.json()) as { errors: { code: string; message: string }[] }).errors[0]!.message).toMatch(/full/);
      await pull(50);
      expect((await fetch(location, { method: "DELETE" })).status).toBe(204);
      await pushImage(server.url, repository, image({ layers: ["afterwards"], layerBytes: 2_000_000 }), "v2");
      await pull(50);
      await eventually(async () => expect(await pulled()).toBe(100));
      await restart();
      expect(await pulled()).toBe(100);
      expect(await gaps()).toEqual([]);
      expect(await verifyFiles(join(data, "content", "blobs"))).toBeGreaterThan(0);
    },
  );

  test(
    "a full journal: pulls are answered and counted, and nothing is missing once there is space again",
    { timeout },
    async () => {
      await start({ journal: "4m" });
      await pull(20);
      disks[0]!.fill();
      await pull(200);
      expect(await pulled()).toBe(220);
      disks[0]!.free();
      await pull(20);
      await eventually(async () => expect(await pulled()).toBe(240));
      await restart();
      expect(await pulled()).toBe(240);
      expect(await gaps()).toEqual([]);
    },
  );

  test("a process that dies while its journal is full leaves a gap that says since when", { timeout }, async () => {
    await start({ journal: "4m" });
    await pull(20);
    disks[0]!.fill();
    // The last page of the journal takes some of them.
    await pull(300);
    await server.kill();
    disks[0]!.free();
    server = await startHythe({ data, settings });
    await eventually(async () => expect(await gaps()).toHaveLength(1));
    const counted = await pulled();
    expect(counted).toBeGreaterThanOrEqual(20);
    expect(counted).toBeLessThanOrEqual(320);
  });

  test(
    "a full database: pushes end in 507, pulls are answered and counted, both recover without a restart",
    { timeout },
    async () => {
      await start({ "": "24m", journal: "8m" });
      await pull(20);
      disks[0]!.fill();
      // The last page of each file may still take a little.
      await eventually(async () => {
        const put = await fetch(`${server.url}/v2/${repository}/manifests/v${Math.random()}`, {
          method: "PUT",
          body: Buffer.from(whole.bytes),
          headers: { "content-type": whole.mediaType },
        });
        await put.arrayBuffer();
        expect(put.status).toBe(507);
      });
      await pull(200);
      disks[0]!.free();
      await pushImage(server.url, repository, image({ layers: ["again"] }), "v2");
      await eventually(async () => expect(await pulled()).toBe(220));
      await restart();
      expect(await pulled()).toBe(220);
      expect(await gaps()).toEqual([]);
    },
  );

  async function restart(): Promise<void> {
    await server.stop();
    server = await startHythe({ data, settings });
  }
});

async function startUpload(url: string): Promise<URL> {
  const answer = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  expect(answer.status).toBe(202);
  return new URL(answer.headers.get("location")!, url);
}
