import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRegistryClient } from "../../src/client/client.ts";
import { layoutRepository } from "../../src/client/layout-index.ts";
import { openLayout } from "../../src/client/layout.ts";
import { digestHex, digestOf, type Digest } from "../../src/oci/digest.ts";
import { parseManifest } from "../../src/oci/manifest.ts";
import { parseRepositoryName, parseTag, type RepositoryName } from "../../src/oci/reference.ts";
import type { Registry } from "../../src/oci/registry.ts";
import { pushImage, readAll } from "../contract/pushing.ts";
import { startCuttingProxy, type Cutting } from "../cutting-proxy.ts";
import { blobsOf, image, index, manifestsOf } from "../image.ts";
import { findGoTool, type GoTool } from "../peers/go-tools.ts";
import { runHythe, startHythe } from "../peers/hythe.ts";
import { findProgram, run } from "../peers/program.ts";
import { startDistribution, startDockerRegistry } from "../peers/registries.ts";

const skopeo = findProgram("skopeo");
const team = parseRepositoryName("team/app");
const platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
const signatureType = "application/vnd.example.signature";
const sbomType = "application/vnd.example.sbom";

const whole = index(platforms.map((platform) => image({ layers: ["base", `app ${platform}`], platform, layerBytes: 1_500_000 })));
const signature = image({ layers: ["signature"], subject: whole, artifactType: signatureType });
const sbom = image({ layers: ["sbom"], subject: whole.children[1]!, artifactType: sbomType });
const signatureOfSbom = image({ layers: ["signature of the SBOM"], subject: sbom, artifactType: signatureType });
/** As cosign did it before there were subjects. */
const older = image({ layers: ["older signature"] });
const olderTag = `sha256-${digestHex(whole.digest)}.sig`;
const parts = [whole, signature, sbom, signatureOfSbom, older];

/** Digest and hash of everything that can be found from a tag: children, blobs, referrers, cosign's tags. */
async function everything(registry: Registry, repository: RepositoryName, tag: string): Promise<Record<string, string>> {
  const found = new Map<Digest, string>();
  const { items: tags } = await registry.tags(repository, { limit: 1000 });
  async function visit(digest: Digest): Promise<void> {
    if (found.has(digest)) return;
    const { bytes, mediaType } = await registry.manifests.get({ repository, digest });
    found.set(digest, `${mediaType} ${digestOf(bytes)}`);
    const { children, config, layers } = parseManifest(bytes, mediaType);
    for (const { digest: blob } of [...(config === undefined ? [] : [config]), ...layers]) {
      const opened = await registry.blobs.get({ repository, digest: blob });
      found.set(blob, digestOf(await readAll(await opened.open())));
    }
    for (const child of children) await visit(child.digest);
    const { items } = await registry.manifests.referrers({ repository, digest }, { limit: 1000 });
    for (const referrer of items) await visit(referrer.digest);
    for (const each of tags.filter((name) => name.startsWith(`sha256-${digestHex(digest)}.`))) {
      const { digest: tagged } = await registry.manifests.get({ repository, tag: each });
      await visit(tagged);
    }
  }
  await visit((await registry.manifests.head({ repository, tag: parseTag(tag) })).digest);
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const expected = Object.fromEntries(
  parts
    .flatMap((each): (readonly [string, string])[] => [
      ...manifestsOf(each).map(({ digest, mediaType }) => [digest, `${mediaType} ${digest}`] as const),
      ...blobsOf(each).map(({ digest }) => [digest, digest] as const),
    ])
    .toSorted(([a], [b]) => (a < b ? -1 : 1)),
);

interface Place {
  readonly url: string;
  stop(): Promise<unknown>;
}

describe("copying a signed image for several platforms with what refers to it", () => {
  let folder: string;
  /** Distribution keeps referrers under tags, our own server answers for them. */
  let source: Place;
  let target: Place;
  let host: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hythe-journey-"));
    source = (await startDistribution()) ?? (await startDockerRegistry()) ?? (await startHythe({ data: join(folder, "from") }));
    target = await startHythe({ data: join(folder, "to") });
    host = new URL(target.url).host;
    await using client = createRegistryClient({ registryUrl: source.url });
    for (const each of parts)
      await pushImage(client, team, each, ...(each === whole ? ["v1"] : each === older ? [olderTag] : []));
  });
  afterAll(async () => {
    await source?.stop();
    await target?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const copy = async (from: string, to: string, flags: readonly string[] = ["--referrers"]): Promise<void> => {
    const { code, stderr } = await runHythe(["copy", from, to, ...flags], { HOME: folder });
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  };
  const at = async (url: string, repository: string): Promise<Record<string, string>> => {
    await using client = createRegistryClient({ registryUrl: url });
    return await everything(client, parseRepositoryName(repository), "v1");
  };
  const inFolder = async (path: string): Promise<Record<string, string>> =>
    everything(await openLayout(path), layoutRepository, "v1");

  test("from a registry to another, into a folder and back it stays what it is, byte for byte", async () => {
    const layout = join(folder, "layout");
    await copy(`${new URL(source.url).host}/team/app:v1`, `${host}/mirror/app`);
    expect(await at(target.url, "mirror/app")).toEqual(expected);
    await copy(`${host}/mirror/app:v1`, `oci:${layout}`);
    expect(await inFolder(layout)).toEqual(expected);
    await copy(`oci:${layout}:v1`, `${new URL(source.url).host}/back/app`);
    expect(await at(source.url, "back/app")).toEqual(expected);
  });

  test.each([
    ["a registry", (name: string) => `${name}/cut/registry:v1`],
    ["a folder", () => `oci:${join(folder, "cut")}:v1`],
  ])("into %s also when the connection is cut ten times on the way", async (what, name) => {
    const cutting: Cutting = { every: 500_000, times: what === "a folder" ? 10 : 5, of: "answers" };
    const from = await startCuttingProxy(source.url, cutting);
    const to = await startCuttingProxy(target.url, { ...cutting, of: "requests" });
    try {
      await copy(`${from.host}/team/app:v1`, name(to.host));
      expect(from.cuts + (what === "a folder" ? 0 : to.cuts)).toBe(10);
    } finally {
      await from.close();
      await to.close();
    }
    const found = what === "a folder" ? await inFolder(join(folder, "cut")) : await at(target.url, "cut/registry");
    expect(found).toEqual(expected);
  });

  withTool("crane", (crane) => {
    test("crane finds nothing wrong with it", async () => {
      await copy(`${new URL(source.url).host}/team/app:v1`, `${host}/crane/app`);
      for (const name of [":v1", ...parts.map(({ digest }) => `@${digest}`)]) {
        expect(await run(crane, ["validate", "--insecure", "--remote", `${host}/crane/app${name}`])).toContain("PASS");
      }
    });
  });

  withTool("regctl", (regctl) => {
    test("regctl lists what refers to it, in a registry and in a folder", async () => {
      const layout = join(folder, "regctl");
      const env = { ...process.env, REGCTL_CONFIG: join(folder, "regctl.json") };
      await copy(`${new URL(source.url).host}/team/app:v1`, `${host}/regctl/app`);
      await copy(`${host}/regctl/app:v1`, `oci:${layout}`);
      await run(regctl, ["registry", "set", "--tls", "disabled", host], { env });
      for (const name of [`${host}/regctl/app`, `ocidir://${layout}`]) {
        const list = (reference: string): Promise<string> => run(regctl, ["artifact", "list", reference], { env });
        expect(await list(`${name}:v1`)).toContain(signature.digest);
        expect(await list(`${name}@${whole.children[1]!.digest}`)).toContain(sbom.digest);
        expect(await list(`${name}@${sbom.digest}`)).toContain(signatureOfSbom.digest);
      }
    });
  });

  withTool("oras", (oras) => {
    test("oras discovers what refers to it, in a registry and in a folder", async () => {
      const layout = join(folder, "oras");
      await copy(`${new URL(source.url).host}/team/app:v1`, `${host}/oras/app`);
      await copy(`${host}/oras/app:v1`, `oci:${layout}`);
      const discover = (flag: string, reference: string): Promise<string> =>
        run(oras, ["discover", flag, "--format", "json", reference]);
      const registry = `${host}/oras/app`;
      expect(await discover("--plain-http", `${registry}:v1`)).toContain(signature.digest);
      expect(await discover("--plain-http", `${registry}@${whole.children[1]!.digest}`)).toContain(sbom.digest);
      expect(await discover("--plain-http", `${registry}@${sbom.digest}`)).toContain(signatureOfSbom.digest);
      // In a folder oras knows by name only what has one.
      expect(await discover("--oci-layout", `${layout}:v1`)).toContain(signature.digest);
    });
  });

  describe.skipIf(skopeo === undefined)(skopeo === undefined ? "skopeo (skipped: it is not installed)" : "skopeo", () => {
    const copyAll = (from: string, to: string): Promise<string> => {
      const flags = ["--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"];
      return run(skopeo!, ["--insecure-policy", "copy", ...flags, from, to]);
    };

    test("reads the folder that we wrote, and we read the one that it wrote", async () => {
      const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
      await copy(`${new URL(source.url).host}/team/app:v1`, `oci:${ours}`, []);
      await copyAll(`oci:${ours}:v1`, `docker://${host}/skopeo/in:v1`);
      await copyAll(`docker://${host}/skopeo/in:v1`, `oci:${theirs}:v1`);
      await copy(`oci:${theirs}:v1`, `${host}/skopeo/out`, []);
      const digests = [...manifestsOf(whole), ...blobsOf(whole)].map(({ digest }) => digest as string);
      const only = Object.fromEntries(Object.entries(expected).filter(([digest]) => digests.includes(digest)));
      expect(await at(target.url, "skopeo/out")).toEqual(only);
    });
  });
});

/** A suite that needs a tool: it runs where `npm test` could build it. */
function withTool(tool: GoTool, suite: (program: string) => void): void {
  const program = findGoTool(tool);
  describe.skipIf(program === undefined)(program === undefined ? `${tool} (skipped: not built here, it needs Go)` : tool, () => {
    suite(program ?? tool);
  });
}
