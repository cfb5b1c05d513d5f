import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { captureCli, type Captured, type CliOptions } from "../../test/cli.ts";
import { pushBlob } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { noise } from "../../test/image.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";

const repository = "team/app" as RepositoryName;
const bytes = Buffer.from(noise("layer", 300_000));

interface Opened extends AsyncDisposable {
  readonly fake: FakeRegistry;
  readonly digest: Digest;
  readonly folder: string;
  run(argv: readonly string[], options?: CliOptions): Promise<Captured>;
}

async function open(): Promise<Opened> {
  const fake = await startFakeRegistry();
  const digest = await pushBlob(fake.registry, repository, bytes);
  const folder = mkdtempSync(join(tmpdir(), "hythe-blob-"));
  return {
    fake,
    digest,
    folder,
    run: (argv, options) => captureCli(["blob", `${fake.host}/${repository}@${digest}`, ...argv], options),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
      await fake.close();
    },
  };
}

test("a pipe gets the bytes, a piece at a time", async () => {
  await using each = await open();
  const { bytes: printed, code, stderr, writes } = await each.run([]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(printed.equals(bytes)).toBe(true);
  expect(writes.length).toBeGreaterThan(1);
});

test("a terminal gets nothing but the ways to get it, unless stdout is named", async () => {
  await using each = await open();
  expect(await each.run([], { columns: 80 })).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("-o FILE") });
  expect(each.fake.requests).toEqual([]);
  expect((await each.run(["-o", "-"], { columns: 80 })).bytes.equals(bytes)).toBe(true);
});

test("a file is there when it is whole, and replaces the one that was there", async () => {
  await using each = await open();
  const file = join(each.folder, "layer.tar.gz");
  writeFileSync(file, "older");
  const { code, stderr, stdout } = await each.run(["-o", file]);
  expect([code, stdout]).toEqual([0, ""]);
  expect(stderr).toBe(`${file} has 293 KiB, and they are those of ${each.digest}\n`);
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(readdirSync(each.folder)).toEqual(["layer.tar.gz"]);
});

test("bytes of another digest end with 10, and make no file", async () => {
  await using each = await open();
  each.fake.fail({ kind: "wrong bytes" }, { method: "GET", path: /blobs/ });
  const file = join(each.folder, "layer.tar.gz");
  expect(await each.run(["-o", file])).toMatchObject({ code: 10, stderr: expect.stringContaining(each.digest) });
  expect(readdirSync(each.folder)).toEqual([]);
});

test("a connection that breaks off is taken up where it broke", async () => {
  await using each = await open();
  each.fake.fail({ kind: "cut", at: 100_000 }, { method: "GET", path: /blobs/, times: 1 });
  expect((await each.run([])).bytes.equals(bytes)).toBe(true);
});

test("--json says how large it is, with -o after writing it", async () => {
  await using each = await open();
  const facts = { digest: each.digest, size: bytes.length };
  expect(JSON.parse((await each.run(["--json"], { columns: 80 })).stdout)).toEqual(facts);
  expect(each.fake.requests.map(({ method }) => method)).toEqual(["HEAD"]);
  const file = join(each.folder, "layer");
  expect(JSON.parse((await each.run(["--json", "-o", file])).stdout)).toEqual(facts);
  expect(existsSync(file)).toBe(true);
  expect((await each.run(["--json", "-o", "-"])).code).toBe(2);
});

test("a file that cannot be written is told with the reason", async () => {
  await using each = await open();
  const nowhere = join(each.folder, "nowhere", "layer");
  expect(await each.run(["-o", nowhere])).toMatchObject({
    code: 2,
    stderr: `hythe: cannot write ${nowhere}: there is no folder ${join(each.folder, "nowhere")}\n`,
  });
  expect(await each.run(["-o", each.folder])).toMatchObject({ code: 2, stderr: expect.stringContaining("it is a folder") });
});

test("a device is written where it is", async () => {
  await using each = await open();
  expect((await each.run(["-o", "/dev/null"])).code).toBe(0);
  expect(readFileSync("/dev/null")).toHaveLength(0);
});

test("a tag has no bytes, and a blob that is not there is told with 7", async () => {
  await using each = await open();
  expect(await captureCli(["blob", `${each.fake.host}/team/app:v1`])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("hythe inspect"),
  });
  const other = `sha256:${"0".repeat(64)}`;
  expect(await captureCli(["blob", `${each.fake.host}/team/app@${other}`])).toMatchObject({
    code: 7,
    stderr: expect.stringContaining(other),
  });
});

test("whoever reads the bytes may stop, and then nothing more is asked for", async () => {
  await using each = await open();
  const gone = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  expect(await each.run([], { onWrite: () => Promise.reject(gone) })).toMatchObject({ code: 0, stderr: "" });
});
