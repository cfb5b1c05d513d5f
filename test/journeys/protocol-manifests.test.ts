// Manifests over a real port: push, pull, conditions, limits, deletion (distribution-spec "Pushing", "Pulling", "Deleting Manifests").

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { dockerList, dockerManifest, ociIndex, ociManifest } from "../../src/oci/media-types.ts";
import { type Content, image, index, raw } from "../image.ts";
import { type ProtocolServer, startProtocolServer } from "../protocol-server.ts";
import { pushBlob, pushImage } from "../push.ts";
import { call, errorCode, type RawResponse, rawRequest } from "../raw-http.ts";

let server: ProtocolServer;
const app = image({ layers: ["a"] });
const other = image({ layers: ["b"] });
beforeAll(async () => {
  server = await startProtocolServer();
  await pushImage(server.url, "lib/app", app, "v1");
  await pushImage(server.url, "lib/app", other);
});
afterAll(() => server[Symbol.asyncDispose]());

const manifest = (value: object, mediaType: string = ociManifest): Content => raw(mediaType, Buffer.from(JSON.stringify(value)));
const read = (method: string, reference: string, headers = {}, repository = "lib/app"): Promise<RawResponse> =>
  call(server.port, `${method} /v2/${repository}/manifests/${reference}`, "", headers);
const put = (reference: string, content: Content, headers = {}, repository = "lib/app"): Promise<RawResponse> =>
  call(server.port, `PUT /v2/${repository}/manifests/${reference}`, content.bytes, {
    "Content-Type": content.mediaType,
    ...headers,
  });
const freshTag = (): string => `t-${randomUUID()}`;

describe("pulling a manifest", () => {
  it.each(["v1", app.digest])("by %s gives the pushed bytes and the headers that clients check", async (reference) => {
    const { status, headers, body } = await read("GET", reference);
    expect(status).toBe(200);
    expect(body.equals(app.bytes)).toBe(true);
    expect(headers).toMatchObject({
      "content-type": ociManifest,
      "content-length": String(app.bytes.length),
      "docker-content-digest": app.digest,
      etag: `"${app.digest}"`,
      "docker-distribution-api-version": "registry/2.0",
    });
    const { date: _a, ...expected } = headers;
    const head = await read("HEAD", reference);
    const { date: _b, ...got } = head.headers;
    expect([head.status, got]).toEqual([200, expected]);
  });

  it("gives what is stored whatever Accept says", async () => {
    for (const Accept of ["text/html", `${dockerManifest}, */*;q=0.1`, dockerList, ""]) {
      const { status, headers } = await read("GET", "v1", { Accept });
      expect([status, headers["content-type"]]).toEqual([200, ociManifest]);
    }
    const lines = ["GET /v2/lib/app/manifests/v1 HTTP/1.1", "Host: x", `Accept: ${dockerManifest}`, `Accept: ${dockerList}`];
    expect((await rawRequest(server.port, lines.join("\n"))).headers["content-type"]).toBe(ociManifest);
  });

  it("ignores ns, which mirrors add", async () => {
    expect((await read("GET", "v1?ns=docker.io")).status).toBe(200);
    expect((await read("GET", `${encodeURIComponent(app.digest)}?ns=docker.io&ns=`)).status).toBe(200);
  });

  it("answers If-None-Match with 304 without body and length", async () => {
    for (const [method, etag] of [
      ["GET", `"${app.digest}"`],
      ["HEAD", `"${app.digest}"`],
      ["GET", app.digest],
    ] as const) {
      const { status, headers, body } = await read(method, "v1", { "If-None-Match": etag });
      expect([status, body.length, headers["content-length"], headers["docker-content-digest"]]).toEqual([
        304,
        0,
        undefined,
        app.digest,
      ]);
    }
    expect((await read("GET", "v1", { "If-None-Match": `"${other.digest}"` })).status).toBe(200);
  });

  it.each([
    { what: "an unknown tag", reference: "none", status: 404, code: "MANIFEST_UNKNOWN" },
    { what: "an unknown digest", reference: digestOf("none"), status: 404, code: "MANIFEST_UNKNOWN" },
    { what: "an unknown repository", repository: "lib/none", status: 404, code: "NAME_UNKNOWN" },
    { what: "a malformed digest", reference: "sha256:baddigeststring", status: 400, code: "DIGEST_INVALID" },
    { what: "a malformed name", repository: "Lib/App", status: 400, code: "NAME_INVALID" },
    { what: "a method that the route has not", method: "POST", status: 405, code: "UNSUPPORTED" },
  ])("of $what is an error in the form of the specification", async (refused) => {
    const { code, method = "GET", reference = "v1", repository = "lib/app", status } = refused;
    const answer = await read(method, reference, {}, repository);
    expect([answer.status, errorCode(answer), answer.headers["content-type"]]).toEqual([status, code, "application/json"]);
    expect(answer.headers["docker-distribution-api-version"]).toBe("registry/2.0");
    if (status === 405) expect(answer.headers["allow"]).toBe("GET, HEAD, PUT, DELETE");
    const head = await read("HEAD", reference, {}, repository);
    expect([head.status, head.body.length]).toEqual([status === 405 ? 200 : status, 0]);
  });
});

describe("pushing a manifest", () => {
  it("by tag and by digest answers 201 with its digest and the digest URL", async () => {
    for (const reference of [freshTag(), app.digest]) {
      const { status, headers } = await put(reference, app);
      expect([status, headers["docker-content-digest"], headers["content-length"]]).toEqual([201, app.digest, "0"]);
      expect(headers["location"]).toBe(`/v2/lib/app/manifests/${app.digest}`);
    }
  });

  it("takes chunked bodies, parameters in Content-Type, and no Content-Type at all", async () => {
    const size = app.bytes.length.toString(16);
    const chunks = Buffer.concat([Buffer.from(`${size}\r\n`), app.bytes, Buffer.from("\r\n0\r\n\r\n")]);
    const head = `PUT /v2/lib/app/manifests/chunked HTTP/1.1\nHost: x\nTransfer-Encoding: chunked`;
    expect((await rawRequest(server.port, `${head}\nContent-Type: ${ociManifest}`, chunks)).status).toBe(201);
    expect((await rawRequest(server.port, head, chunks)).status).toBe(201);
    expect((await put("charset", app, { "Content-Type": `${ociManifest}; charset=utf-8` })).status).toBe(201);
    expect((await read("GET", "charset")).headers["content-type"]).toBe(ociManifest);
  });

  it.each(["oci", "docker"] as const)("takes an index of %s images and gives back each byte and type", async (types) => {
    const whole = index([image({ platform: "linux/amd64", types }), image({ platform: "linux/arm64/v8", types })], types);
    await pushImage(server.url, `lib/${types}`, whole, "multi");
    const pulled = await read("GET", "multi", {}, `lib/${types}`);
    expect([pulled.headers["content-type"], pulled.body.equals(whole.bytes)]).toEqual([
      types === "oci" ? ociIndex : dockerList,
      true,
    ]);
    for (const child of whole.children) {
      expect((await read("GET", child.digest, {}, `lib/${types}`)).headers["content-type"]).toBe(
        types === "oci" ? ociManifest : dockerManifest,
      );
    }
  });

  it("by a sha512 digest with tags points the tags at that digest and lists them", async () => {
    const digest = digestOf(app.bytes, "sha512");
    const tags = Array.from({ length: 12 }, freshTag);
    const { status, headers } = await put(`${digest}?${tags.map((tag) => `tag=${tag}`).join("&")}`, app);
    expect([status, headers["docker-content-digest"], headers["oci-tag"]]).toEqual([201, digest, tags.join(", ")]);
    for (const tag of tags) expect((await read("HEAD", tag)).headers["docker-content-digest"]).toBe(digest);
  });

  it("refuses tag parameters that are no tags, too many, or behind a tag", async () => {
    expect(errorCode(await put(`${app.digest}?tag=-x`, app))).toBe("MANIFEST_INVALID");
    expect((await put("v1?tag=v2", app)).status).toBe(400);
    expect((await put(`${app.digest}?${Array.from({ length: 65 }, (_, i) => `tag=t${i}`).join("&")}`, app)).status).toBe(414);
    expect((await read("HEAD", "t0")).status).toBe(404);
  });

  it("tells the subject, whether it exists or not", async () => {
    const missing = { mediaType: ociManifest, digest: digestOf("missing"), size: 7 };
    const config = JSON.parse(Buffer.from(app.bytes).toString()).config as object;
    const content = manifest({ schemaVersion: 2, mediaType: ociManifest, config, layers: [], subject: missing });
    expect((await put(freshTag(), content)).headers["oci-subject"]).toBe(missing.digest);
  });

  it("refuses what is not a manifest, and says why", async () => {
    const body = JSON.parse(Buffer.from(app.bytes).toString()) as Record<string, unknown>;
    const missing = { mediaType: "application/x", digest: digestOf("missing"), size: 7 };
    const child = { mediaType: ociManifest, digest: digestOf("missing"), size: 7 };
    const wrongSize = { ...(body["config"] as object), size: 1 };
    for (const [content, code] of [
      [manifest({ ...body, manifests: [] }), "MANIFEST_INVALID"],
      [manifest(body, dockerManifest), "MANIFEST_INVALID"],
      [manifest({ ...body, mediaType: undefined }, "application/json"), "MANIFEST_INVALID"],
      [manifest({ ...body, schemaVersion: 1 }, "application/vnd.docker.distribution.manifest.v1+prettyjws"), "MANIFEST_INVALID"],
      [raw(ociManifest, Buffer.concat([app.bytes, Buffer.from("{}")])), "MANIFEST_INVALID"],
      [raw(ociManifest, Buffer.from(`{"schemaVersion":2,${Buffer.from(app.bytes).toString().slice(1)}`)), "MANIFEST_INVALID"],
      [raw(ociManifest, Buffer.alloc(0)), "MANIFEST_INVALID"],
      [manifest({ ...body, config: wrongSize }), "MANIFEST_INVALID"],
      [manifest({ ...body, config: missing }), "MANIFEST_BLOB_UNKNOWN"],
      [manifest({ ...body, layers: [missing] }), "MANIFEST_BLOB_UNKNOWN"],
      [manifest({ schemaVersion: 2, mediaType: ociIndex, manifests: [child] }, ociIndex), "MANIFEST_BLOB_UNKNOWN"],
    ] as const) {
      const answer = await put("refused", content);
      expect([Buffer.from(content.bytes).toString().slice(0, 80), answer.status, errorCode(answer)]).toEqual([
        expect.anything(),
        400,
        code,
      ]);
    }
    expect((await read("HEAD", "refused")).status).toBe(404);
    const wrong = await put(digestOf("other"), app);
    expect([wrong.status, errorCode(wrong)]).toEqual([400, "DIGEST_INVALID"]);
  });

  it("exempts foreign layers with urls, and takes an index of blobs as BuildKit's cache is", async () => {
    const body = JSON.parse(Buffer.from(app.bytes).toString()) as Record<string, unknown>;
    const foreign = { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar", digest: digestOf("far"), size: 3 };
    expect(
      (await put(freshTag(), manifest({ ...body, layers: [{ ...foreign, urls: ["https://example.com/far"] }] }))).status,
    ).toBe(201);
    const cache = raw("application/vnd.buildkit.cacheconfig.v0", Buffer.from("{}"));
    await pushBlob(server.url, "lib/app", cache);
    const entry = { mediaType: cache.mediaType, digest: cache.digest, size: cache.bytes.length };
    const cacheIndex = (digest: Digest): Content =>
      manifest({ schemaVersion: 2, mediaType: ociIndex, manifests: [{ ...entry, digest }] }, ociIndex);
    expect((await put(freshTag(), cacheIndex(cache.digest))).status).toBe(201);
    expect(errorCode(await put(freshTag(), cacheIndex(digestOf("gone"))))).toBe("MANIFEST_BLOB_UNKNOWN");
  });

  it("takes 4 MiB and refuses one byte more with 413", async () => {
    const body = JSON.parse(Buffer.from(app.bytes).toString()) as Record<string, unknown>;
    const sized = (bytes: number): Content => {
      const bare = manifest({ ...body, annotations: { fill: "" } }).bytes.length;
      return manifest({ ...body, annotations: { fill: "x".repeat(bytes - bare) } });
    };
    const limit = 4 * 1024 * 1024;
    expect((await put("large", sized(limit))).status).toBe(201);
    expect((await read("GET", "large")).body).toHaveLength(limit);
    const refused = await put("larger", sized(limit + 1));
    expect([refused.status, errorCode(refused)]).toEqual([413, "SIZE_INVALID"]);
  });

  it("only changes what the client has seen, when it says so", async () => {
    const tag = freshTag();
    expect((await put(tag, app, { "If-Match": "*" })).status).toBe(412);
    expect((await put(tag, app, { "If-None-Match": "*" })).status).toBe(201);
    expect((await put(tag, other, { "If-None-Match": "*" })).status).toBe(412);
    expect((await put(tag, other, { "If-Match": `"${other.digest}"` })).status).toBe(412);
    expect((await put(tag, other, { "If-Match": '"something"' })).status).toBe(412);
    expect((await put(tag, other, { "If-Match": `"x", "${app.digest}"` })).status).toBe(201);
    expect((await put(tag, app, { "If-Match": "*" })).status).toBe(201);
    const stale = await call(server.port, `DELETE /v2/lib/app/manifests/${tag}`, "", { "If-Match": `"${other.digest}"` });
    expect([stale.status, errorCode(stale)]).toEqual([412, "PRECONDITION_FAILED"]);
    expect((await read("DELETE", tag, { "If-Match": `"${app.digest}"` })).status).toBe(202);
  });

  it("of one tag by many at once leaves it at one of them, whole", async () => {
    const tag = freshTag();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => put(tag, i % 2 === 0 ? app : other)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    const pulled = await read("GET", tag);
    expect(digestOf(pulled.body)).toBe(pulled.headers["docker-content-digest"]);
  });
});

describe("deleting a manifest", () => {
  it("by tag takes only the tag", async () => {
    const [kept, gone] = [freshTag(), freshTag()];
    await put(kept, app);
    await put(gone, app);
    expect((await read("DELETE", gone)).status).toBe(202);
    expect((await read("GET", gone)).status).toBe(404);
    expect((await read("DELETE", gone)).status).toBe(404);
    expect((await read("GET", kept)).status).toBe(200);
    expect((await read("GET", app.digest)).status).toBe(200);
  });

  it("by digest takes it and every tag on it, and pushing it again brings it back", async () => {
    const whole = image({ layers: ["deleted"] });
    await pushImage(server.url, "lib/deleted", whole, "one", "two");
    expect((await read("DELETE", whole.digest, {}, "lib/deleted")).status).toBe(202);
    for (const reference of ["one", "two", whole.digest]) {
      expect((await read("HEAD", reference, {}, "lib/deleted")).status).toBe(404);
    }
    expect((await read("DELETE", whole.digest, {}, "lib/deleted")).status).toBe(404);
    expect((await put("one", whole, {}, "lib/deleted")).status).toBe(201);
    expect((await read("GET", "one", {}, "lib/deleted")).body.equals(whole.bytes)).toBe(true);
  });

  it("of an index leaves its children", async () => {
    const whole = index([image({ layers: ["child"] })]);
    await pushImage(server.url, "lib/parent", whole, "multi");
    await read("DELETE", whole.digest, {}, "lib/parent");
    expect((await read("GET", whole.children[0]!.digest, {}, "lib/parent")).status).toBe(200);
  });
});
