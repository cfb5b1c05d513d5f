import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { captureCli, type CliOptions } from "../../test/cli.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { blobsOf, image, index, type Image } from "../../test/image.ts";
import { parseRepositoryName, parseTag } from "../oci/reference.ts";

const app = parseRepositoryName("team/app");
const whole = index(["linux/amd64", "linux/arm64"].map((platform) => image({ layers: ["base", platform], platform })));
const large = image({ layers: ["large"], layerBytes: 400_000 });

interface Two extends AsyncDisposable {
  readonly from: FakeRegistry;
  readonly to: FakeRegistry;
}

async function open(...images: readonly Image[]): Promise<Two> {
  const registry = createMemoryRegistry();
  for (const each of images.length === 0 ? [whole] : images) await pushImage(registry, app, each, "v1");
  const [from, to] = [await startFakeRegistry({ registry }), await startFakeRegistry()];
  return {
    from,
    to,
    async [Symbol.asyncDispose]() {
      await from.close();
      await to.close();
    },
  };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "hythe-copy-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const copy = (source: string, target: string, flags: readonly string[] = [], options: CliOptions = {}) =>
  captureCli(["copy", source, target, ...flags], options);
const digestAt = async ({ registry }: FakeRegistry, repository: string, tag: string): Promise<string> =>
  (await registry.manifests.head({ repository: parseRepositoryName(repository), tag: parseTag(tag) })).digest;

test("an image goes from one registry to another with all its platforms, and a target without a tag gets that of the source", async () => {
  await using each = await open();
  const { code, stderr, stdout } = await copy(`${each.from.host}/team/app:v1`, `${each.to.host}/mirror/app`);
  expect([code, stdout]).toEqual([0, `${each.to.host}/mirror/app:v1 is ${whole.digest}\n`]);
  expect(await digestAt(each.to, "mirror/app", "v1")).toBe(whole.digest);
  const lines = stderr.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith("copied  blob"))).toHaveLength(blobsOf(whole).length);
  expect(lines.filter((line) => line.startsWith("copied  manifest"))).toHaveLength(3);
  expect(lines.at(-1)).toMatch(/^3 manifests and 5 blobs copied \([\d.]+ KiB in 0\.0 s\)$/);
});

test("repeated, everything is there already, and --json says the same in one document", async () => {
  await using each = await open();
  const [source, target] = [`${each.from.host}/team/app:v1`, `${each.to.host}/mirror/app:new`];
  expect(JSON.parse((await copy(source, target, ["--json"])).stdout)).toMatchObject({
    source,
    target,
    digest: whole.digest,
    mediaType: whole.mediaType,
    manifests: { copied: 3, there: 0 },
    blobs: { copied: 5, there: 0 },
  });
  const again = await copy(source, target);
  expect(again.stderr).toMatch(/everything was there already\n$/);
  expect(JSON.parse((await copy(source, target, ["--json"])).stdout)).toMatchObject({ bytes: 0, manifests: { copied: 0 } });
});

test("within one registry blobs are mounted", async () => {
  await using each = await open();
  const { stdout } = await copy(`${each.from.host}/team/app:v1`, `${each.from.host}/other/app`, ["--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ blobs: { copied: 0, mounted: 5 } });
});

test("by digest alone the image gets no tag, unless the target names one", async () => {
  await using each = await open();
  const source = `${each.from.host}/team/app@${whole.digest}`;
  expect((await copy(source, `${each.to.host}/a`)).stdout).toBe(`${each.to.host}/a is ${whole.digest}\n`);
  expect((await each.to.registry.tags(parseRepositoryName("a"), { limit: 9 })).items).toEqual([]);
  expect((await copy(source, `${each.to.host}/a:v2@${whole.digest}`)).code).toBe(0);
  expect(await digestAt(each.to, "a", "v2")).toBe(whole.digest);
  const other = `sha256:${"0".repeat(64)}`;
  expect(await copy(source, `${each.to.host}/a@${other}`)).toMatchObject({
    code: 2,
    stderr: `hythe: the target cannot be named by a digest that the source is not named by: leave out @${other}\n`,
  });
});

test("an image goes into a folder and back, and the only tag of a folder needs no name", async () => {
  await using each = await open();
  const layout = join(folder(), "lay out");
  expect((await copy(`${each.from.host}/team/app:v1`, `oci:${layout}`)).stdout).toBe(`oci:${layout}:v1 is ${whole.digest}\n`);
  expect((await copy(`oci:${layout}`, `${each.to.host}/back`)).code).toBe(0);
  expect(await digestAt(each.to, "back", "v1")).toBe(whole.digest);
  expect((await copy(`oci:${layout}:v1`, `oci:${layout}:v2`)).code).toBe(0);
  expect(await copy(`oci:${layout}`, `${each.to.host}/back`)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("holds several images, name one, as in"),
  });
});

test("a copy goes on where a process was killed while it wrote the index of the same folder", async () => {
  await using each = await open();
  const layout = folder();
  const source = `
    import { createLayoutIndex } from ${JSON.stringify(import.meta.resolve("../client/layout-index.ts"))};
    setInterval(() => undefined, 1000);
    await createLayoutIndex(process.argv[1]).change(() => {
      process.stdout.write("writing");
      return new Promise(() => undefined);
    });
  `;
  const killed = spawn(process.execPath, ["--input-type=module", "-e", source, layout], { stdio: ["ignore", "pipe", "inherit"] });
  await once(killed.stdout, "data");
  killed.kill("SIGKILL");
  await once(killed, "exit");
  expect(existsSync(join(layout, "index.json.lock"))).toBe(true);
  expect((await copy(`${each.from.host}/team/app:v1`, `oci:${layout}`)).stdout).toBe(`oci:${layout}:v1 is ${whole.digest}\n`);
  expect(readdirSync(layout).toSorted()).toEqual(["blobs", "index.json", "oci-layout"]);
});

test("--platform takes one image, and when it is not there says which there are", async () => {
  await using each = await open();
  const source = `${each.from.host}/team/app:v1`;
  expect((await copy(source, `${each.to.host}/arm`, ["--platform", "linux/arm64"])).code).toBe(0);
  expect(await digestAt(each.to, "arm", "v1")).toBe(whole.children[1]!.digest);
  expect(await copy(source, `${each.to.host}/no`, ["--platform", "linux/s390x"])).toMatchObject({
    code: 7,
    stderr: "hythe: there is no image for linux/s390x: there is linux/amd64, linux/arm64\n",
  });
});

test("--referrers brings what refers to the image", async () => {
  const signature = image({ layers: ["signature"], subject: whole, artifactType: "application/vnd.example.signature" });
  await using each = await open();
  await pushImage(each.from.registry, app, signature);
  const flags = ["--referrers"];
  expect((await copy(`${each.from.host}/team/app:v1`, `${each.to.host}/mirror/app`, flags)).code).toBe(0);
  const reference = { repository: parseRepositoryName("mirror/app"), digest: whole.digest };
  const { items } = await each.to.registry.manifests.referrers(reference, { limit: 9 });
  expect(items.map(({ digest }) => digest)).toEqual([signature.digest]);
});

test("an unknown tag, a folder that is no layout, and a place that cannot be written are one sentence each", async () => {
  await using each = await open();
  const [source, path] = [`${each.from.host}/team/app:v1`, folder()];
  expect(await copy(`${each.from.host}/team/app:v2`, `${each.to.host}/x`)).toMatchObject({
    code: 7,
    stderr: `hythe: ${each.from.host}/team/app has no tag 'v2'\nhythe: \`hythe ls ${each.from.host}/team/app\` lists its tags\n`,
  });
  expect((await copy(`${each.from.host}/team/app:v2`, `oci:${path}/new`)).code).toBe(7);
  expect(existsSync(join(path, "new"))).toBe(false);
  expect(await copy(`oci:${path}/none:v1`, `${each.to.host}/x`)).toMatchObject({
    code: 7,
    stderr: `hythe: ${path}/none is no OCI layout: it has no file oci-layout\n`,
  });
  expect(await copy("oci::v1", `${each.to.host}/x`)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("names no folder"),
  });
  writeFileSync(join(path, "file"), "");
  expect(await copy(source, `oci:${path}/file/layout:v1`)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^hythe: .*file.*: not a directory\n$/),
  });
});

const noProc = existsSync("/proc/self") ? "" : " (skipped: no /proc here)";

test.skipIf(noProc !== "")(`a folder that the system lets nobody make is said at once${noProc}`, async () => {
  await using each = await open();
  expect(await copy(`${each.from.host}/team/app:v1`, "oci:/proc/hythe/app:v1")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: "hythe: /proc/hythe: no folder can be made there\n",
  });
});

test("trouble with the target is told of the target, with what is there already", async () => {
  await using each = await open();
  each.to.fail({ kind: "answer", status: 403 }, { path: /\/manifests\//, method: "PUT" });
  const { code, stderr } = await copy(`${each.from.host}/team/app:v1`, `${each.to.host}/mirror/app`);
  expect(code).toBe(6);
  expect(stderr).toContain(" are at the target: the same command goes on from there\n");
  expect(stderr).toContain(`hythe: it may want a login: hythe login ${each.to.host}\n`);
});

test("stopped half way it ends with 3, says what is there, and takes back the upload that it was at", async () => {
  await using each = await open(large);
  const stalled = each.from.fail({ kind: "stalled", at: 200_000 }, { path: new RegExp(blobsOf(large)[1]!.digest) });
  const stop = Promise.withResolvers<void>();
  const running = copy(`${each.from.host}/team/app:v1`, `${each.to.host}/mirror/app`, [], {
    untilStopped: () => stop.promise,
    now: () => 0,
  });
  const sent = (method: string): number => each.to.requests.filter((request) => request.method === method).length;
  await expect.poll(() => stalled.hits > 0 && sent("PUT") === 2).toBe(true);
  stop.resolve();
  const { code, stderr } = await running;
  expect([code, stderr.trimEnd().split("\n").at(-1)]).toEqual([
    3,
    expect.stringMatching(/^stopped; 1 blob \(\d+ B\) is at the target: the same command goes on from there$/),
  ]);
  expect([sent("DELETE"), sent("PUT")]).toEqual([1, 2]);
});

test("on a terminal there are bars with bytes and rate, which are gone in the end", async () => {
  await using each = await open(image({ layers: ["large"], layerBytes: 2_000_000 }));
  each.from.fail({ kind: "slow", bytes: 200_000, everyMs: 40 }, { path: /\/blobs\//, times: 2 });
  const { code, stderr } = await copy(`${each.from.host}/team/app:v1`, `${each.to.host}/mirror/app`, [], {
    columns: 100,
    now: Date.now,
  });
  expect(code).toBe(0);
  expect(stderr).toMatch(/[0-9a-f]{12} \[=* *\] +\d+ % .*B of 1\.91 MiB\n/);
  expect(stderr).toMatch(/\d of \d blobs, .* of .*, .*B\/s\n/);
  expect(stderr).not.toContain("copied  blob");
  expect(stderr.replaceAll("\u001B", "ESC")).toMatch(/ESC\[\dAESC\[0J1 manifest and 2 blobs copied .*\n$/);
});
