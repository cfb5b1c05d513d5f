import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifestCounts, repositoryCounts } from "../counts.ts";
import { blobsOf, image, index, manifestsOf, writeLayout, writeSkopeoFolder } from "../image.ts";
import { startHythe, type Hythe } from "../peers/hythe.ts";
import { findProgram, run } from "../peers/program.ts";

const skopeo = findProgram("skopeo");
const platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"];

describe.skipIf(skopeo === undefined)(`skopeo${skopeo === undefined ? " (skipped: skopeo is not installed)" : ""}`, () => {
  let folder: string;
  let server: Hythe;
  let host: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hythe-skopeo-"));
    server = await startHythe({ data: join(folder, "data") });
    host = new URL(server.url).host;
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const copy = (from: string, to: string): Promise<string> =>
    run(skopeo!, [
      "--insecure-policy",
      "copy",
      "--all",
      "--preserve-digests",
      "--src-tls-verify=false",
      "--dest-tls-verify=false",
      from,
      to,
    ]);
  const files = (path: string): Record<string, string> =>
    Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString("base64")]));

  test("a multi-platform image comes back byte for byte, and counts as one pull of its tag", async () => {
    const children = platforms.map((platform) => image({ layers: ["base", platform], platform, layerBytes: 200_000 }));
    const whole = index(children);
    writeLayout(join(folder, "in"), whole, "v1");
    await copy(`oci:${join(folder, "in")}:v1`, `docker://${host}/tools/multi:v1`);
    expect(await repositoryCounts(server.url, "tools/multi")).toEqual({ repository: [0, 0], tags: { v1: [0, 0] } });

    await copy(`docker://${host}/tools/multi:v1`, `oci:${join(folder, "out")}:v1`);
    const blobs = join("blobs", "sha256");
    expect(files(join(folder, "out", blobs))).toEqual(files(join(folder, "in", blobs)));

    expect(await repositoryCounts(server.url, "tools/multi")).toEqual({ repository: [1, 0], tags: { v1: [1, 0] } });
    const via = { count: 1, checks: 0 };
    expect(await manifestCounts(server.url, "tools/multi", whole.digest)).toEqual({ ...via, byTag: 1, direct: 0, asChild: 0 });
    for (const { digest } of children) {
      expect(await manifestCounts(server.url, "tools/multi", digest)).toEqual({ ...via, byTag: 0, direct: 0, asChild: 1 });
    }
  });

  test("Docker's own types stay what they are", async () => {
    const whole = index(
      platforms.map((platform) => image({ platform, types: "docker" })),
      "docker",
    );
    writeSkopeoFolder(join(folder, "docker-in"), whole);
    await copy(`dir:${join(folder, "docker-in")}`, `docker://${host}/tools/docker:v2`);
    await copy(`docker://${host}/tools/docker:v2`, `dir:${join(folder, "docker-out")}`);
    expect(files(join(folder, "docker-out"))).toEqual(files(join(folder, "docker-in")));
    expect((await repositoryCounts(server.url, "tools/docker")).tags).toEqual({ v2: [1, 0] });
  });

  test("a pull by digest counts for the manifest alone", async () => {
    const whole = image({ layers: ["by-digest"] });
    writeLayout(join(folder, "digest-in"), whole, "v1");
    await copy(`oci:${join(folder, "digest-in")}:v1`, `docker://${host}/tools/digest:v1`);
    await copy(`docker://${host}/tools/digest@${whole.digest}`, `dir:${join(folder, "digest-out")}`);
    expect(readFileSync(join(folder, "digest-out", "manifest.json")).equals(whole.bytes)).toBe(true);
    expect(await repositoryCounts(server.url, "tools/digest")).toEqual({ repository: [1, 0], tags: { v1: [0, 0] } });
    expect(await manifestCounts(server.url, "tools/digest", whole.digest)).toMatchObject({ count: 1, byTag: 0, direct: 1 });
  });

  test("a deleted image is gone, its tag with it", async () => {
    const whole = image({ layers: ["deleted"] });
    writeLayout(join(folder, "deleted"), whole, "v1");
    await copy(`oci:${join(folder, "deleted")}:v1`, `docker://${host}/tools/deleted:v1`);
    await run(skopeo!, ["delete", "--tls-verify=false", `docker://${host}/tools/deleted:v1`]);
    for (const reference of ["v1", whole.digest]) {
      expect((await fetch(`${server.url}/v2/tools/deleted/manifests/${reference}`)).status).toBe(404);
    }
    expect((await repositoryCounts(server.url, "tools/deleted")).tags).toEqual({});
  });

  test("every manifest and blob of a copied image can be asked for by its digest", async () => {
    const whole = index(platforms.map((platform) => image({ layers: ["each"], platform })));
    writeLayout(join(folder, "each"), whole, "v1");
    await copy(`oci:${join(folder, "each")}:v1`, `docker://${host}/tools/each:v1`);
    for (const { digest, bytes } of manifestsOf(whole)) {
      const answer = await fetch(`${server.url}/v2/tools/each/manifests/${digest}`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    }
    for (const { digest, bytes } of blobsOf(whole)) {
      const answer = await fetch(`${server.url}/v2/tools/each/blobs/${digest}`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    }
  });
});
