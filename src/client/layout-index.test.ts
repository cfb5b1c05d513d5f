import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { code, pushImage, readAll, tag } from "../../test/contract/pushing.ts";
import { blobsOf, image, writeLayout } from "../../test/image.ts";
import { digestHex, type Digest } from "../oci/digest.ts";
import type { Registry } from "../oci/registry.ts";
import { layoutRepository as repository } from "./layout-index.ts";
import { openLayout, readImages } from "./layout.ts";

const one = image({ layers: ["one"] });
const two = image({ layers: ["two"] });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "hythe-layout-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function filled(): Promise<{ readonly path: string; readonly layout: Registry }> {
  const path = folder();
  writeLayout(path, one, "v1");
  return { path, layout: await openLayout(path) };
}

const pathOf = (path: string, digest: Digest): string => join(path, "blobs", "sha256", digestHex(digest));
const readIndex = (path: string) =>
  JSON.parse(readFileSync(join(path, "index.json"), "utf8")) as Record<string, unknown> & { manifests: object[] };

test("a new layout is on the disk with its first write, in the version that all know", async () => {
  const path = join(folder(), "new");
  const layout = await openLayout(path, { create: true });
  expect((await layout.tags(repository, { limit: 9 })).items).toEqual([]);
  expect(existsSync(path)).toBe(false);
  await pushImage(layout, repository, one, "v1");
  expect(JSON.parse(readFileSync(join(path, "oci-layout"), "utf8"))).toEqual({ imageLayoutVersion: "1.0.0" });
  expect(readIndex(path)).toMatchObject({ schemaVersion: 2, manifests: [{ digest: one.digest }] });
  expect(existsSync(join(path, ".uploads"))).toBe(false);
});

test.each([
  ["oci-layout", "{", "UNSUPPORTED"],
  ["oci-layout", '{"imageLayoutVersion":"2.0.0"}', "UNSUPPORTED"],
  ["oci-layout", "{}", "UNSUPPORTED"],
  ["index.json", "<html>", "MANIFEST_INVALID"],
  ["index.json", '{"schemaVersion":2,"manifests":{}}', "MANIFEST_INVALID"],
  [
    "index.json",
    '{"schemaVersion":2,"manifests":[{"mediaType":"a/b","size":1,"digest":"sha256:../../../etc/passwd"}]}',
    "MANIFEST_INVALID",
  ],
] as const)("%s that reads %s is one sentence that names the file", async (name, text, expected) => {
  const { path } = await filled();
  writeFileSync(join(path, name), text);
  const read = openLayout(path).then((layout) => layout.tags(repository, { limit: 9 }));
  await expect(read).rejects.toEqual(code(expected));
  await expect(read).rejects.toThrow(join(path, name));
});

test("bytes that are not those of their name are never handed out as whole", async () => {
  const { layout, path } = await filled();
  const { digest } = blobsOf(one)[0]!;
  writeFileSync(pathOf(path, digest), "other bytes");
  await expect((await layout.blobs.get({ repository, digest })).open().then(readAll)).rejects.toEqual(code("DIGEST_MISMATCH"));
  writeFileSync(pathOf(path, one.digest), one.bytes.subarray(1));
  await expect(layout.manifests.get({ repository, tag: tag("v1") })).rejects.toThrow(pathOf(path, one.digest));
});

test("what other tools wrote into the index stays there", async () => {
  const { layout, path } = await filled();
  const before = readIndex(path);
  const foreign = {
    ...before.manifests[0],
    annotations: { "org.opencontainers.image.ref.name": "docker.io/library/app:v7" },
    "x-note": 1,
  };
  writeFileSync(
    join(path, "index.json"),
    JSON.stringify({ ...before, "x-tool": true, manifests: [...before.manifests, foreign] }),
  );
  await pushImage(layout, repository, two, "v2");
  expect(readIndex(path)).toMatchObject({ "x-tool": true, manifests: expect.arrayContaining([foreign]) });
  expect((await layout.tags(repository, { limit: 9 })).items).toEqual(["v1", "v2"]);
});

test("the only image of a layout is found without a name, and referrers do not count", async () => {
  const { layout, path } = await filled();
  expect(await readImages(path)).toEqual([{ digest: one.digest, tag: "v1" }]);
  await pushImage(layout, repository, image({ layers: ["signature"], subject: one }));
  expect(await readImages(path)).toEqual([{ digest: one.digest, tag: "v1" }]);
  const { manifests } = readIndex(path);
  writeFileSync(
    join(path, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifests[0], annotations: {} }] }),
  );
  expect(await readImages(path)).toEqual([{ digest: one.digest, tag: undefined }]);
});

test("processes that write at the same time lose nothing of each other", async () => {
  const { layout, path } = await filled();
  const source = `
    import { openLayout } from ${JSON.stringify(import.meta.resolve("./layout.ts"))};
    const layout = await openLayout(process.argv[1]);
    const { bytes, mediaType } = await layout.manifests.get({ repository: "layout", tag: "v1" });
    for (let i = 0; i < 10; i++) await layout.manifests.put({ repository: "layout", tag: process.argv[2] + i }, bytes, mediaType);
  `;
  const write = (name: string) => promisify(execFile)(process.execPath, ["--input-type=module", "-e", source, path, name]);
  await Promise.all([write("a"), write("b"), write("c")]);
  const wanted = ["a", "b", "c"].flatMap((name) => Array.from({ length: 10 }, (_, i) => `${name}${i}`));
  expect((await layout.tags(repository, { limit: 99 })).items).toEqual([...wanted, "v1"]);
  expect(existsSync(join(path, "index.json.lock"))).toBe(false);
});

test("an upload that is given up leaves nothing behind", async () => {
  const { layout, path } = await filled();
  mkdirSync(join(path, "kept"));
  const upload = await layout.blobs.upload(repository);
  await upload.cancel();
  expect(existsSync(join(path, ".uploads"))).toBe(false);
});
