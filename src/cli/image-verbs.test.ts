// inspect, digest, manifest, config, referrers and tag: reading an image of any registry, and giving it another tag.

import { describe, expect, test } from "vitest";
import { captureCli, type Captured, type CliOptions } from "../../test/cli.ts";
import { manifest, pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { image, index, raw, type Image } from "../../test/image.ts";
import type { RepositoryName } from "../oci/reference.ts";

const repository = "team/app" as RepositoryName;
const amd64 = image({ layers: ["base", "app"], created: "2026-11-20T12:00:00Z" });
const arm64 = image({ layers: ["base", "arm"], platform: "linux/arm64/v8", created: "2026-11-20T12:00:00Z" });
const both = index([amd64, arm64]);

interface Opened extends AsyncDisposable {
  readonly fake: FakeRegistry;
  /** `IMAGE` in an argument is team/app at the fake. */
  run(argv: readonly string[], options?: CliOptions): Promise<Captured>;
}

async function open(options: FakeOptions = {}): Promise<Opened> {
  const fake = await startFakeRegistry(options);
  await pushImage(fake.registry, repository, both, "v1");
  await pushImage(fake.registry, repository, amd64, "single");
  const named = `${fake.host}/${repository}`;
  return {
    fake,
    run: (argv, more) =>
      captureCli(
        argv.map((each) => each.replace("IMAGE", named)),
        more,
      ),
    [Symbol.asyncDispose]: () => fake.close(),
  };
}

const sizeOf = ({ blobs, bytes }: Image): number => blobs.reduce((sum, blob) => sum + blob.bytes.length, bytes.length);

describe("hythe inspect", () => {
  test("of an index shows each platform with its size, layers, date and digest", async () => {
    await using each = await open();
    const { code, stderr, stdout } = await each.run(["inspect", "IMAGE:v1"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      [
        `image   ${each.fake.host}/team/app:v1`,
        `digest  ${both.digest}`,
        "type    application/vnd.oci.image.index.v1+json",
        "",
        "PLATFORM            SIZE  LAYERS  CREATED   DIGEST",
        `linux/amd64     ${(sizeOf(amd64) / 1024).toFixed(2)} KiB       2  24 h ago  ${amd64.digest}`,
        `linux/arm64/v8  ${(sizeOf(arm64) / 1024).toFixed(2)} KiB       2  24 h ago  ${arm64.digest}`,
        "",
      ].join("\n"),
    );
  });

  test("of an image shows its platform, date, size, command, labels and layers", async () => {
    await using each = await open();
    const config = raw(
      "application/vnd.oci.image.config.v1+json",
      Buffer.from(
        JSON.stringify({
          os: "linux",
          architecture: "amd64",
          created: "2026-11-20T12:00:00Z",
          config: {
            Entrypoint: ["/bin/app"],
            Cmd: ["--say", "it's me"],
            User: "app",
            ExposedPorts: { "8080/tcp": {} },
            Labels: { team: "shop", evil: "\u001b[2J" },
          },
          history: [{ created_by: "COPY app /" }, { created_by: "CMD", empty_layer: true }],
        }),
      ),
    );
    const [, layer] = amd64.blobs;
    const descriptorOf = ({ bytes, digest, mediaType }: { bytes: Uint8Array; digest: string; mediaType: string }) => ({
      mediaType,
      digest,
      size: bytes.length,
    });
    const whole = manifest({ config: descriptorOf(config), layers: [descriptorOf(layer!)], annotations: { note: "hello" } });
    await pushImage(each.fake.registry, repository, { ...whole, blobs: [config, layer!], children: [] }, "labelled");
    const { code, stdout } = await each.run(["inspect", "IMAGE:labelled"]);
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(2)).toEqual([
      "type        application/vnd.oci.image.manifest.v1+json",
      "platform    linux/amd64",
      "created     2026-11-20 12:00 UTC, 24 h ago",
      expect.stringMatching(/^size        [\d.]+ (?:KiB|B) in 1 layer$/),
      "entrypoint  /bin/app",
      "command     --say 'it'\\''s me'",
      "user        app",
      "ports       8080/tcp",
      "label       team=shop",
      "label       evil=\uFFFD[2J",
      "annotation  note=hello",
      "",
      expect.stringMatching(/^LAYER +SIZE +MADE BY$/),
      expect.stringMatching(/^[0-9a-f]{12} .*COPY app \/$/),
      "",
    ]);
  });

  test("--platform chooses from an index, and --json says everything exactly", async () => {
    await using each = await open();
    const { stdout } = await each.run(["inspect", "IMAGE:v1", "--platform", "arm64", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      image: `${each.fake.host}/team/app:v1`,
      digest: arm64.digest,
      platform: "linux/arm64/v8",
      size: sizeOf(arm64),
      created: "2026-11-20T12:00:00.000Z",
      layers: arm64.blobs.slice(1).map(({ bytes, digest }) => ({ digest, size: bytes.length })),
    });
    const whole = await each.run(["inspect", "IMAGE:v1", "--json"]);
    expect(JSON.parse(whole.stdout)).toMatchObject({
      digest: both.digest,
      platforms: [
        { platform: "linux/amd64", digest: amd64.digest, size: sizeOf(amd64), layers: 2, problem: null },
        { platform: "linux/arm64/v8", digest: arm64.digest },
      ],
    });
  });

  test("a platform that there is not ends with 7 and names those that there are, of an index and of an image", async () => {
    await using each = await open();
    for (const [tag, there] of [
      ["v1", "linux/amd64, linux/arm64/v8"],
      ["single", "linux/amd64"],
    ]) {
      expect(await each.run(["inspect", `IMAGE:${tag}`, "--platform", "linux/s390x"])).toMatchObject({
        code: 7,
        stderr: `hythe: there is no image for linux/s390x: there is ${there}\n`,
      });
    }
  });

  test("an attestation of buildx is called one, and not a platform that nobody has", async () => {
    await using each = await open();
    const plain = image({ layers: ["attestation"] });
    const annotations = { "vnd.docker.reference.type": "attestation-manifest" };
    const platform = { os: "unknown", architecture: "unknown" };
    const { digest, bytes, mediaType } = plain;
    const whole = manifest(
      { manifests: [{ mediaType, digest, size: bytes.length, platform, annotations }] },
      "application/vnd.oci.image.index.v1+json",
    );
    await pushImage(each.fake.registry, repository, { ...whole, blobs: [], children: [plain] }, "attested");
    expect((await each.run(["inspect", "IMAGE:attested"])).stdout).toMatch(/^attestation +[\d.]+ (?:KiB|B) +1 /m);
  });

  test("a child that is missing is told in its own line, and the others are shown", async () => {
    await using each = await open();
    each.fake.fail({ kind: "answer", status: 404 }, { path: new RegExp(arm64.digest) });
    const { code, stdout } = await each.run(["inspect", "IMAGE:v1"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/linux\/amd64 .*KiB/);
    expect(stdout).toMatch(/linux\/arm64\/v8 +- +- +- .*404/);
  });
});

describe("hythe digest", () => {
  test("prints the digest of all platforms, asked with HEAD; of one; and as a whole reference", async () => {
    await using each = await open();
    expect((await each.run(["digest", "IMAGE:v1"])).stdout).toBe(`${both.digest}\n`);
    expect(each.fake.requests.map(({ method }) => method)).toEqual(["HEAD"]);
    expect((await each.run(["digest", "IMAGE:v1", "--platform", "linux/arm64"])).stdout).toBe(`${arm64.digest}\n`);
    expect((await each.run(["digest", "IMAGE:v1", "--full-ref"])).stdout).toBe(`${each.fake.host}/team/app@${both.digest}\n`);
    expect(JSON.parse((await each.run(["digest", "IMAGE:v1", "--json"])).stdout)).toEqual({
      digest: both.digest,
      mediaType: both.mediaType,
      size: both.bytes.length,
    });
  });
});

describe("hythe manifest", () => {
  test("prints the bytes as they are stored, of the index or of one platform", async () => {
    await using each = await open();
    expect((await each.run(["manifest", "IMAGE:v1"])).bytes.equals(both.bytes)).toBe(true);
    expect((await each.run(["manifest", "IMAGE:v1", "--platform", "linux/arm64"])).bytes.equals(arm64.bytes)).toBe(true);
    expect((await each.run(["manifest", `IMAGE@${amd64.digest}`])).bytes.equals(amd64.bytes)).toBe(true);
  });

  test("--json gives digest, media type and size beside it", async () => {
    await using each = await open();
    expect(JSON.parse((await each.run(["manifest", "IMAGE:v1", "--json"])).stdout)).toEqual({
      digest: both.digest,
      mediaType: both.mediaType,
      size: both.bytes.length,
      manifest: JSON.parse(Buffer.from(both.bytes).toString()),
    });
  });

  test("at a terminal nothing is printed that it would obey", async () => {
    await using each = await open();
    const hostile = manifest({ manifests: [], annotations: { a: "b" } }, "application/vnd.oci.image.index.v1+json");
    const bytes = Buffer.from(Buffer.from(hostile.bytes).toString().replace('"b"', '"\u009b2J"'));
    await each.fake.registry.manifests.put({ repository, tag: "hostile" as never }, bytes, undefined);
    const { stdout } = await each.run(["manifest", "IMAGE:hostile"], { columns: 80 });
    expect(stdout).toContain("\uFFFD2J");
    expect(stdout).not.toContain("\u009b");
    expect((await each.run(["manifest", "IMAGE:hostile"])).bytes.equals(bytes)).toBe(true);
  });
});

describe("hythe config IMAGE", () => {
  test("prints the config of an image byte for byte; of several platforms that for linux/amd64", async () => {
    await using each = await open();
    expect((await each.run(["config", "IMAGE:single"])).bytes.equals(amd64.blobs[0]!.bytes)).toBe(true);
    expect((await each.run(["config", "IMAGE:v1"])).bytes.equals(amd64.blobs[0]!.bytes)).toBe(true);
    expect((await each.run(["config", "IMAGE:v1", "--platform", "arm64"])).bytes.equals(arm64.blobs[0]!.bytes)).toBe(true);
  });

  test("of an index with one image it is that one's, whatever its platform", async () => {
    await using each = await open();
    await pushImage(each.fake.registry, repository, index([arm64]), "arm");
    const { stdout } = await each.run(["config", "IMAGE:arm", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ digest: arm64.blobs[0]!.digest, config: { architecture: "arm64" } });
  });

  test("check and show stay the verbs on our own settings", async () => {
    expect(await captureCli(["config", "check"])).toMatchObject({ code: 0, stdout: "the settings are right\n" });
    expect(JSON.parse((await captureCli(["config", "check", "--json"])).stdout)).toEqual({ mistakes: [] });
    expect(await captureCli(["config"])).toMatchObject({ code: 2, stderr: expect.stringContaining("check") });
  });
});

describe("hythe referrers", () => {
  const signature = (n: number, artifactType: string, subject: Image): Image =>
    image({
      layers: [`signature-${n}`],
      subject,
      artifactType,
      annotations: { "org.opencontainers.image.created": "2026-11-21T11:00:00Z" },
    });

  test.each([[[]], [["referrers-404" as const]]])("lists what refers to an image, with the manners %j", async (manners) => {
    await using each = await open();
    await using other = await startFakeRegistry({ registry: each.fake.registry, manners });
    const signed = signature(1, "application/vnd.example.signature", both);
    const sbom = signature(2, "application/spdx+json", both);
    const ofOne = signature(3, "application/spdx+json", arm64);
    for (const part of [signed, sbom, ofOne]) {
      await pushImage(each.fake.registry, repository, part);
      if (manners.length === 0) continue;
      const tagOf = part === ofOne ? arm64.digest : both.digest;
      const others = part === sbom ? [signed, sbom] : [part];
      const list = manifest(
        {
          manifests: others.map(({ bytes, digest, mediaType }) => ({
            mediaType,
            digest,
            size: bytes.length,
            artifactType: (JSON.parse(Buffer.from(bytes).toString()) as { artifactType: string }).artifactType,
          })),
        },
        "application/vnd.oci.image.index.v1+json",
      );
      await each.fake.registry.manifests.put({ repository, tag: tagOf.replace(":", "-") as never }, list.bytes, list.mediaType);
    }
    const run = (...argv: string[]) => captureCli(["referrers", `${other.host}/team/app:v1`, ...argv]);
    const { code, stderr, stdout } = await run();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")[0]).toMatch(/^ARTIFACT TYPE +SIZE +CREATED +DIGEST$/);
    expect(stdout).toMatch(new RegExp(`^application/vnd\\.example\\.signature .* ${signed.digest}$`, "m"));
    expect(stdout).toContain(sbom.digest);
    const some = JSON.parse((await run("--artifact-type", "application/spdx+json", "--json")).stdout) as { items: unknown[] };
    expect(some).toMatchObject({ subject: both.digest, items: [{ digest: sbom.digest, artifactType: "application/spdx+json" }] });
    expect(some.items).toHaveLength(1);
    expect((await run("--platform", "linux/arm64")).stdout).toContain(ofOne.digest);
  });

  test("nothing that refers to an image is said, and is no failure", async () => {
    await using each = await open();
    expect(await each.run(["referrers", "IMAGE:v1"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: `nothing refers to ${each.fake.host}/team/app@${both.digest}\n`,
    });
    expect(JSON.parse((await each.run(["referrers", "IMAGE:v1", "--json"])).stdout)).toEqual({ subject: both.digest, items: [] });
  });
});

describe("hythe tag", () => {
  test("puts another tag on the same bytes, and no blob is asked for", async () => {
    await using each = await open();
    const { code, stdout } = await each.run(["tag", "IMAGE:v1", "stable"]);
    expect([code, stdout]).toEqual([0, `${each.fake.host}/team/app:stable is ${both.digest}\n`]);
    expect((await each.fake.registry.manifests.head({ repository, tag: "stable" as never })).digest).toBe(both.digest);
    expect(each.fake.requests.filter(({ path }) => path.includes("/blobs/"))).toEqual([]);
  });

  test("moves a tag, and takes the whole name of the same repository", async () => {
    await using each = await open();
    const answer = await each.run(["tag", `IMAGE@${arm64.digest}`, "IMAGE:single", "--json"]);
    expect(JSON.parse(answer.stdout)).toEqual({ repository: `${each.fake.host}/team/app`, tag: "single", digest: arm64.digest });
    expect((await each.fake.registry.manifests.head({ repository, tag: "single" as never })).digest).toBe(arm64.digest);
  });

  test("another repository is not a tag: copy is named; nor is nonsense", async () => {
    await using each = await open();
    expect(await each.run(["tag", "IMAGE:v1", "other/app:v1"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("`hythe copy` brings an image there"),
    });
    expect((await each.run(["tag", "IMAGE:v1", "-x-"])).code).toBe(2);
    expect(each.fake.requests).toEqual([]);
  });
});
