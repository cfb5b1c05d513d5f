// Manifests of other registries (research 1.10): the bytes as they came, and what headers say of them believed only as far as it must be.

import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { clientOver, type ClientOver } from "../../test/client-over.ts";
import { code, describeContent, manifest, pushBlob, pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import type { MannerName } from "../../test/fake/manners.ts";
import { image, index, raw } from "../../test/image.ts";
import { serveHttp, type Served } from "../../test/wire-servers.ts";
import { digestOf } from "../oci/digest.ts";
import { dockerList, dockerManifest, ociIndex, ociManifest } from "../oci/media-types.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";

const repository = "team/app" as RepositoryName;
const v1 = { repository, tag: "v1" as Tag };
const whole = image({ layers: ["a"] });
const facts = { digest: whole.digest, mediaType: ociManifest, size: whole.bytes.length };

interface Misbehaved extends ClientOver {
  readonly fake: FakeRegistry;
  /** `METHOD path` of the requests for manifests since the last call. */
  readonly asked: () => string[];
}

/** A fake registry that holds the image `whole` under the tag v1. */
async function misbehaving(...manners: MannerName[]): Promise<Misbehaved> {
  const fake = await startFakeRegistry({ manners });
  await pushImage(fake.registry, repository, whole, "v1");
  const over = clientOver(fake.url);
  let seen = 0;
  return {
    ...over,
    fake,
    asked() {
      const lines = fake.requests.slice(seen).map(({ method, path }) => `${method} ${path.split("/manifests/")[1] ?? path}`);
      seen = fake.requests.length;
      return lines;
    },
    async [Symbol.asyncDispose]() {
      await over.client.close();
      await fake.close();
    },
  };
}

/** One manifest for everybody, with the headers as given. */
const serveManifest = (bytes: Uint8Array | string, headers: Readonly<Record<string, string>>, status = 200): Promise<Served> =>
  serveHttp((request, response) => {
    response.writeHead(status, { "content-length": Buffer.byteLength(bytes), ...headers });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });

describe("looking a manifest up with HEAD (1.10)", () => {
  it("one HEAD tells everything, and no registry counts it as a pull", async () => {
    await using over = await misbehaving();
    expect(await over.client.manifests.head(v1)).toEqual(facts);
    expect(over.asked()).toEqual(["HEAD v1"]);
  });

  it.each(["no-docker-content-digest", "head-without-length", "head-405", "head-403", "wrong-content-type"] as const)(
    "%s: the manifest is read and hashed instead",
    async (manner) => {
      await using over = await misbehaving(manner);
      expect(await over.client.manifests.head(v1)).toEqual(facts);
      expect(over.asked()).toEqual(["HEAD v1", "GET v1"]);
    },
  );

  it("parameters of the media type do not matter", async () => {
    await using over = await misbehaving("content-type-parameters");
    expect(await over.client.manifests.head(v1)).toEqual(facts);
    expect(over.asked()).toEqual(["HEAD v1"]);
  });

  it("by digest a HEAD that names another digest is not believed", async () => {
    await using served = await serveManifest(whole.bytes, {
      "content-type": ociManifest,
      "docker-content-digest": digestOf("another"),
    });
    await using over = clientOver(served.url);
    expect(await over.client.manifests.head({ repository, digest: whole.digest })).toEqual(facts);
  });

  it("what is not there is MANIFEST_UNKNOWN, found out with one request", async () => {
    await using over = await misbehaving();
    await expect(over.client.manifests.head({ repository, tag: "v2" as Tag })).rejects.toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: expect.stringContaining("does not have team/app:v2"),
      request: { method: "HEAD", path: "/v2/team/app/manifests/v2", status: 404 },
    });
    expect(over.asked()).toEqual(["HEAD v2"]);
  });

  it("of an old Nexus, whose HEAD finds nothing, GET is asked", async () => {
    await using served = await serveHttp((request, response) => {
      const found = request.method === "GET";
      response.writeHead(found ? 200 : 404, { server: "Nexus/3.0.0 (OSS)", "content-type": ociManifest });
      response.end(found ? whole.bytes : undefined);
    });
    await using over = clientOver(served.url);
    expect(await over.client.manifests.head(v1)).toEqual(facts);
  });

  it("a 403 that GET repeats is the error, with the reason that only GET tells", async () => {
    await using served = await serveHttp((request, response) => {
      response.writeHead(403, { "content-type": "application/json" });
      response.end(request.method === "HEAD" ? undefined : '{"errors":[{"code":"DENIED","message":"members only"}]}');
    });
    await using over = clientOver(served.url);
    await expect(over.client.manifests.head(v1)).rejects.toMatchObject({
      code: "DENIED",
      message: expect.stringContaining("members only"),
    });
  });
});

describe("reading a manifest (1.10)", () => {
  it("the bytes are those that were pushed, blanks and unknown fields included", async () => {
    const odd = Buffer.from(`{ "schemaVersion":2,\n"mediaType":"${ociIndex}", "x":1.0, "manifests" :[ ] }\n`);
    await using served = await serveManifest(odd, { "content-type": ociIndex });
    await using over = clientOver(served.url);
    const stored = await over.client.manifests.get(v1);
    expect(Buffer.from(stored.bytes).equals(odd)).toBe(true);
    expect(stored).toMatchObject({ digest: digestOf(odd), mediaType: ociIndex, size: odd.length });
  });

  it("by digest other bytes are an error", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "wrong bytes" }, { path: /manifests/ });
    await expect(over.client.manifests.get({ repository, digest: whole.digest })).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
      kind: "digest mismatch",
      request: { status: 200 },
    });
  });

  it("by tag a header that names another digest is a warning, and the hash of the bytes is the truth", async () => {
    await using over = await misbehaving("lying-digest-header");
    expect(await over.client.manifests.get(v1)).toMatchObject(facts);
    expect(over.warnings).toEqual([expect.stringContaining(`but its bytes are those of ${whole.digest}`)]);
  });

  it("a sha512 digest is checked with sha512", async () => {
    const digest = digestOf(whole.bytes, "sha512");
    await using served = await serveManifest(whole.bytes, { "content-type": ociManifest });
    await using over = clientOver(served.url);
    expect(await over.client.manifests.get({ repository, digest })).toMatchObject({ digest });
    await expect(over.client.manifests.get({ repository, digest: digestOf("x", "sha512") })).rejects.toEqual(
      code("DIGEST_MISMATCH"),
    );
  });

  it("the OCI and Docker types are accepted, schema 1 last, and no compression", async () => {
    await using over = await misbehaving("gzip-length-mismatch");
    expect(await over.client.manifests.get(v1)).toMatchObject(facts);
    const { headers } = over.fake.requests[0]!;
    expect(String(headers["accept"]).split(", ").slice(0, 4)).toEqual([ociIndex, ociManifest, dockerList, dockerManifest]);
    expect(headers["accept-encoding"]).toBe("identity");
  });

  it.each(["text/plain", "application/json", "application/octet-stream", "", "text/plain; charset=utf-8"])(
    "of the generic type '%s' the document itself says what it is",
    async (type) => {
      const list = index([image({ types: "docker" })], "docker");
      await using served = await serveManifest(list.bytes, { "content-type": type });
      await using over = clientOver(served.url);
      expect(await over.client.manifests.get(v1)).toMatchObject({ mediaType: dockerList, digest: list.digest });
    },
  );

  it("without any type the fields tell an index from an image", async () => {
    const untyped = JSON.stringify({ schemaVersion: 2, manifests: [] });
    await using served = await serveManifest(untyped, { "content-type": "text/plain" });
    await using over = clientOver(served.url);
    expect(await over.client.manifests.get(v1)).toMatchObject({ mediaType: ociIndex });
  });

  it("a document with both layers and manifests is refused", async () => {
    const both = manifest({ config: describeContent(raw("application/json", Buffer.from("{}"))), layers: [], manifests: [] });
    await using served = await serveManifest(both.bytes, { "content-type": ociManifest });
    await using over = clientOver(served.url);
    await expect(over.client.manifests.get(v1)).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
      message: expect.stringContaining("unusable manifest"),
    });
  });

  it.each([
    ["a page for people", "<html><title>Log in</title></html>", "text/html"],
    ["nothing", "", ociManifest],
    ["no object", "[]", ociManifest],
    ["another document", '{"hello":1}', "application/json"],
  ])("%s is a protocol error", async (_what, body, type) => {
    await using served = await serveManifest(body, { "content-type": type });
    await using over = clientOver(served.url);
    await expect(over.client.manifests.get(v1)).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED", request: { status: 200 } });
  });

  it.each([
    ["by its type", "application/vnd.docker.distribution.manifest.v1+prettyjws"],
    ["as text/plain", "text/plain"],
  ])("schema 1, %s, is unsupported, and the words say so", async (_what, type) => {
    await using served = await serveManifest('{"schemaVersion":1,"name":"a"}', { "content-type": type });
    await using over = clientOver(served.url);
    for (const call of [over.client.manifests.get(v1), over.client.manifests.head(v1)]) {
      await expect(call).rejects.toMatchObject({ code: "UNSUPPORTED", message: expect.stringContaining("schema 1") });
    }
  });

  it("more than 8 MiB are refused, announced or not, and not read to the end", async () => {
    let sent = 0;
    await using served = await serveHttp((_request, response) => {
      response.writeHead(200, { "content-type": ociManifest });
      const send = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on("drain", send);
      send();
    });
    await using over = clientOver(served.url);
    await expect(over.client.manifests.get(v1)).rejects.toEqual(code("PROTOCOL_VIOLATED"));
    expect(sent).toBeLessThan(24 * 1024 * 1024); // what the sockets hold comes on top
    await using announced = await serveHttp((_request, response) => {
      response.writeHead(200, { "content-type": ociManifest, "content-length": 8 * 1024 * 1024 + 1 }).flushHeaders();
    });
    await using other = clientOver(announced.url);
    await expect(other.client.manifests.get(v1)).rejects.toEqual(code("PROTOCOL_VIOLATED"));
  });

  it("a compressed bomb stays what came over the wire, and is no manifest", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    await using served = await serveManifest(bomb, { "content-type": ociManifest, "content-encoding": "gzip" });
    await using over = clientOver(served.url);
    const before = process.memoryUsage().arrayBuffers;
    await expect(over.client.manifests.get(v1)).rejects.toEqual(code("PROTOCOL_VIOLATED"));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    expect(gunzipSync(bomb)).toHaveLength(64 * 1024 * 1024);
  });

  it.each([
    ["missing-as-unknown", "MANIFEST_UNKNOWN"],
    ["403-for-missing", "DENIED"],
  ] as const)("%s: what is missing is %s", async (manner, expected) => {
    await using over = await misbehaving(manner);
    const reference = { repository: "team/none" as RepositoryName, tag: "v1" as Tag };
    await expect(over.client.manifests.get(reference)).rejects.toEqual(code(expected));
  });
});

describe("pushing a manifest (1.10)", () => {
  it("the bytes go out as they are, under exactly the document's media type", async () => {
    await using over = await misbehaving();
    const list = index([whole]);
    const spaced = raw(list.mediaType, Buffer.concat([Buffer.from(list.bytes), Buffer.from("\n \n")]));
    const put = await over.client.manifests.put({ repository, tag: "list" as Tag }, spaced.bytes, undefined);
    expect(put).toEqual({ digest: spaced.digest });
    expect(over.fake.requests.at(-1)?.headers["content-type"]).toBe(ociIndex);
    const stored = await over.fake.registry.manifests.get({ repository, tag: "list" as Tag });
    expect(Buffer.from(stored.bytes).equals(spaced.bytes)).toBe(true);
  });

  it("by digest the bytes are hashed before anything is sent", async () => {
    await using over = await misbehaving();
    const wrong = over.client.manifests.put({ repository, digest: digestOf("x") }, whole.bytes, whole.mediaType);
    await expect(wrong).rejects.toEqual(code("DIGEST_INVALID"));
    expect(over.asked()).toEqual([]);
  });

  it("a registry that stored something else is found out", async () => {
    await using served = await serveHttp((request, response) => {
      request.resume().on("end", () => response.writeHead(201, { "docker-content-digest": digestOf("re-serialised") }).end());
    });
    await using over = clientOver(served.url);
    await expect(over.client.manifests.put(v1, whole.bytes, whole.mediaType)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
      message: expect.stringContaining("it changed the bytes"),
    });
  });

  it("more than 4 MiB, and what is no manifest, never leave", async () => {
    await using over = await misbehaving();
    const large = manifest({
      config: describeContent(whole.blobs[0]!),
      layers: [],
      annotations: { a: "x".repeat(4 * 1024 * 1024) },
    });
    await expect(over.client.manifests.put(v1, large.bytes, large.mediaType)).rejects.toEqual(code("MANIFEST_INVALID"));
    await expect(over.client.manifests.put(v1, Buffer.from("{}"), ociManifest)).rejects.toEqual(code("MANIFEST_INVALID"));
    expect(over.asked()).toEqual([]);
  });

  it("an index without children is pushed with its empty list", async () => {
    await using over = await misbehaving();
    const empty = manifest({ manifests: [] }, ociIndex);
    const put = await over.client.manifests.put({ repository, tag: "empty" as Tag }, empty.bytes, empty.mediaType);
    expect(put).toEqual({ digest: empty.digest });
  });

  it("more tags go along in one request, and one by one where the registry does not know how", async () => {
    await using over = await misbehaving();
    const reference = { repository, digest: whole.digest };
    const tags = ["a", "b"] as Tag[];
    await over.client.manifests.put(reference, whole.bytes, whole.mediaType, { tags });
    expect(over.asked()).toEqual([`PUT ${whole.digest}`]);
    const paths: string[] = [];
    await using old = await serveHttp((request, response) => {
      paths.push(request.url!);
      request.resume().on("end", () => response.writeHead(201).end());
    });
    await using other = clientOver(old.url);
    await other.client.manifests.put(reference, whole.bytes, whole.mediaType, { tags });
    expect(paths.map((path) => path.split("/manifests/")[1])).toEqual([`${whole.digest}?tag=a&tag=b`, "a", "b"]);
  });

  it("what the registry misses is named", async () => {
    await using over = await misbehaving();
    const other = image({ layers: ["not pushed"] });
    const digests = other.blobs.map(({ digest }) => digest);
    await expect(over.client.manifests.put(v1, other.bytes, other.mediaType)).rejects.toMatchObject({
      code: "MANIFEST_BLOB_UNKNOWN",
      detail: expect.arrayContaining(digests.map((digest) => ({ digest }))),
    });
  });

  it("an immutable tag is the registry's word, and a missing repository is said to be missing", async () => {
    await using over = await misbehaving("immutable-tags", "repository-must-exist");
    const other = image({ layers: ["other"] });
    for (const blob of other.blobs) await pushBlob(over.fake.registry, repository, blob.bytes);
    await expect(over.client.manifests.put(v1, other.bytes, other.mediaType)).rejects.toMatchObject({
      message: expect.stringContaining("cannot be overwritten because the repository is immutable"),
    });
    const elsewhere = { repository: "team/none" as RepositoryName, tag: "v1" as Tag };
    await expect(over.client.manifests.put(elsewhere, other.bytes, other.mediaType)).rejects.toEqual(code("NAME_UNKNOWN"));
  });
});

describe("conditions", () => {
  it("are looked at before the write, because many registries ignore them, and are sent, because some do not", async () => {
    await using over = await misbehaving();
    const other = image({ layers: ["a"], annotations: { n: "2" } });
    const put = (options: object) => over.client.manifests.put(v1, other.bytes, other.mediaType, options);
    await expect(put({ ifNoneMatch: true })).rejects.toEqual(code("PRECONDITION_FAILED"));
    await expect(put({ ifMatch: [digestOf("x")] })).rejects.toEqual(code("PRECONDITION_FAILED"));
    expect(over.asked()).toEqual(["HEAD v1", "HEAD v1"]);
    expect(await put({ ifMatch: [digestOf("x"), whole.digest] })).toMatchObject({ digest: other.digest });
    expect(over.fake.requests.at(-1)?.headers["if-match"]).toBe(`"${digestOf("x")}", "${whole.digest}"`);
  });
});
