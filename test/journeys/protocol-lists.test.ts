// Lists over a real port: tags, catalog, referrers, extensions, and how they are paged (distribution-spec "Content Discovery").

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { ociIndex, ociManifest } from "../../src/oci/media-types.ts";
import { image, index, raw } from "../image.ts";
import { type ProtocolServer, startProtocolServer } from "../protocol-server.ts";
import { pushBlob, pushImage, putManifest } from "../push.ts";
import { call, errorCode, type RawResponse } from "../raw-http.ts";

let server: ProtocolServer;
const app = image({ layers: ["a"] });
/** In byte order, which is neither the order of people nor the order of push. */
const tags = ["1.0", "1.10", "1.9", "A", "Z", "_x", "a", "a-b", "a.b", "b"];

beforeAll(async () => {
  server = await startProtocolServer();
  await pushImage(server.url, "list/app", app, ...tags.toReversed());
});
afterAll(() => server[Symbol.asyncDispose]());

const get = (path: string): Promise<RawResponse> => call(server.port, `GET ${path}`);
const json = (answer: RawResponse): Record<string, unknown> => JSON.parse(answer.body.toString()) as Record<string, unknown>;
function nextOf({ headers }: RawResponse): string | undefined {
  const { link } = headers;
  if (link === undefined) return undefined;
  const target = /^<([^<>;]+)>; rel="next"$/.exec(link)?.[1];
  expect(target, link).toMatch(/^\/v2\//);
  return target;
}
/** Follows Link to the end and returns the items of each page. */
async function pages(path: string, key: string): Promise<unknown[][]> {
  const all: unknown[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const answer: RawResponse = await get(next);
    expect(answer.status).toBe(200);
    all.push(json(answer)[key] as unknown[]);
    next = nextOf(answer);
  }
  return all;
}

describe("/v2/", () => {
  it.each(["/v2/", "/v2"])("answers %s with an empty object, without a redirect", async (path) => {
    const answer = await get(path);
    expect([answer.status, answer.body.toString(), answer.headers["content-type"]]).toEqual([200, "{}", "application/json"]);
    expect(answer.headers["docker-distribution-api-version"]).toBe("registry/2.0");
    expect((await call(server.port, `HEAD ${path}`)).headers["content-length"]).toBe("2");
  });

  it("names its extensions", async () => {
    const { extensions } = json(await get("/v2/_oci/ext/discover"));
    expect(extensions).toEqual([expect.objectContaining({ name: "_oci", endpoints: ["_oci/ext/discover"] })]);
  });
});

describe("the tags of a repository", () => {
  it("come in byte order, with the name", async () => {
    const answer = await get("/v2/list/app/tags/list");
    expect([answer.headers["content-type"], answer.headers["link"]]).toEqual(["application/json", undefined]);
    expect(json(answer)).toEqual({ name: "list/app", tags });
  });

  it.each([1, 3, 5, 10, 11])("come in pages of %d, each once", async (n) => {
    const all = await pages(`/v2/list/app/tags/list?n=${n}`, "tags");
    expect(all.flat()).toEqual(tags);
    expect(all).toHaveLength(Math.ceil(tags.length / n));
  });

  it("go on after a last that no longer exists, with n and without", async () => {
    expect(json(await get("/v2/list/app/tags/list?last=a-a"))["tags"]).toEqual(["a-b", "a.b", "b"]);
    expect(json(await get("/v2/list/app/tags/list?last=a-a&n=1"))["tags"]).toEqual(["a-b"]);
    expect(json(await get("/v2/list/app/tags/list?last=zz"))["tags"]).toEqual([]);
  });

  it("are none for n=0, without a Link", async () => {
    const answer = await get("/v2/list/app/tags/list?n=0");
    expect([answer.status, json(answer)["tags"], answer.headers["link"]]).toEqual([200, [], undefined]);
  });

  it.each(["-1", "x", "1.5", "0x10", "1e3"])("are refused for n=%s", async (n) => {
    const answer = await get(`/v2/list/app/tags/list?n=${n}`);
    expect([answer.status, errorCode(answer)]).toEqual([400, "PAGE_INVALID"]);
  });

  it("are cut at the server's page for a larger n, and the Link goes on", async () => {
    await using small = await startProtocolServer({ registry: server.registry, limits: { tagsPage: 4 } });
    const first = await call(small.port, "GET /v2/list/app/tags/list?n=999999999999");
    expect(json(first)["tags"]).toEqual(tags.slice(0, 4));
    expect(nextOf(first)).toBe("/v2/list/app/tags/list?n=4&last=A");
  });

  it("are an empty list in a repository without tags, and 404 for an unknown one", async () => {
    await pushImage(server.url, "list/untagged", app);
    expect(json(await get("/v2/list/untagged/tags/list"))).toEqual({ name: "list/untagged", tags: [] });
    const unknown = await get("/v2/list/none/tags/list?n=0");
    expect([unknown.status, errorCode(unknown)]).toEqual([404, "NAME_UNKNOWN"]);
  });

  it("stay complete in pages while others push", async () => {
    await pushImage(server.url, "list/busy", app, ...Array.from({ length: 30 }, (_, i) => `old-${100 + i}`));
    const seen: unknown[] = [];
    for (let next: string | undefined = "/v2/list/busy/tags/list?n=7", i = 0; next !== undefined; i++) {
      const [answer]: [RawResponse, void] = await Promise.all([
        get(next),
        putManifest(server.url, "list/busy", `${i % 2 === 0 ? "a" : "z"}${i}`, app),
      ]);
      seen.push(...(json(answer)["tags"] as unknown[]));
      next = nextOf(answer);
    }
    expect(seen.filter((tag) => String(tag).startsWith("old-"))).toEqual(Array.from({ length: 30 }, (_, i) => `old-${100 + i}`));
  });
});

describe("the catalog", () => {
  it("lists repositories in byte order and in pages", async () => {
    for (const name of ["cat/z", "cat/a-b", "cat/a/b", "cat/a.b"]) await pushImage(server.url, name, app, "v1");
    const all = (await pages("/v2/_catalog?n=2", "repositories")).flat() as string[];
    expect(all.filter((name) => name.startsWith("cat/"))).toEqual(["cat/a-b", "cat/a.b", "cat/a/b", "cat/z"]);
    expect(all).toEqual(all.toSorted());
    expect(json(await get("/v2/_catalog?n=1&last=cat/b"))["repositories"]).toEqual(["cat/z"]);
  });

  it("does not list a name in which only an upload was started", async () => {
    await call(server.port, "POST /v2/cat/started/blobs/uploads/");
    expect((await pages("/v2/_catalog", "repositories")).flat()).not.toContain("cat/started");
  });
});

describe("referrers", () => {
  const sbom = image({ layers: ["sbom"], artifactType: "application/sbom+json", subject: app, annotations: { made: "by us" } });
  const signature = image({ layers: ["sig"], artifactType: "application/signature", subject: app });
  const plain = image({ layers: ["plain"], subject: app });
  const path = `/v2/list/app/referrers/${app.digest}`;
  beforeAll(async () => {
    for (const artifact of [sbom, signature, plain]) await pushImage(server.url, "list/app", artifact);
  });

  it.each([
    ["of an unknown subject", `/v2/list/app/referrers/${digestOf("unknown")}`],
    ["of an unknown repository", `/v2/list/none/referrers/${digestOf("unknown")}`],
    ["of the digest of zeros, by which oras probes", `/v2/list/none/referrers/sha256:${"0".repeat(64)}`],
    ["of a sha512 digest", `/v2/list/app/referrers/${digestOf("unknown", "sha512")}`],
  ])("%s are an empty index", async (_of, url) => {
    const answer = await get(url);
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, ociIndex]);
    expect(json(answer)).toEqual({ schemaVersion: 2, mediaType: ociIndex, manifests: [] });
  });

  it("carry type, size, digest, artifact type and annotations of each", async () => {
    const { manifests } = json(await get(path)) as { manifests: { digest: string }[] };
    expect(manifests).toHaveLength(3);
    expect(manifests).toContainEqual({
      mediaType: ociManifest,
      digest: sbom.digest,
      size: sbom.bytes.length,
      artifactType: "application/sbom+json",
      annotations: { made: "by us" },
    });
    // Without a type of its own an image has that of its config.
    expect(manifests).toContainEqual(
      expect.objectContaining({ digest: plain.digest, artifactType: "application/vnd.oci.image.config.v1+json" }),
    );
    expect(json(await get(path))).toEqual(json(await get(path)));
  });

  it.each([
    ["artifactType=application%2Fsbom%2Bjson", [sbom.digest]],
    ["artifactType=application/sbom+json", [sbom.digest]],
    ["artifactType=application/signature&artifactType=application/sbom%2Bjson", [sbom.digest, signature.digest]],
    ["artifactType=none", []],
  ])("are filtered by %s, and say so", async (query, digests) => {
    const answer = await get(`${path}?${query}`);
    const { manifests } = json(answer) as { manifests: { digest: string }[] };
    expect(manifests.map(({ digest }) => digest).toSorted()).toEqual(digests.toSorted());
    expect(answer.headers["oci-filters-applied"]).toBe("artifactType");
  });

  it("are not filtered by an empty type", async () => {
    const answer = await get(`${path}?artifactType=`);
    expect([(json(answer)["manifests"] as unknown[]).length, answer.headers["oci-filters-applied"]]).toEqual([3, undefined]);
  });

  it("come in pages that keep the filter", async () => {
    const query = "artifactType=application/signature&artifactType=application/sbom%2Bjson";
    const all = await pages(`${path}?n=1&${query}`, "manifests");
    expect(all.map((page) => page.length)).toEqual([1, 1]);
    expect((await pages(`${path}?n=2`, "manifests")).flat()).toHaveLength(3);
  });

  it("of an index without an artifact type have none, and a deleted referrer is gone", async () => {
    const whole = index([app]);
    const body = {
      ...(JSON.parse(Buffer.from(whole.bytes).toString()) as object),
      subject: { mediaType: ociManifest, digest: plain.digest, size: plain.bytes.length },
    };
    const content = raw(ociIndex, Buffer.from(JSON.stringify(body)));
    await putManifest(server.url, "list/app", content.digest, content);
    const url = `/v2/list/app/referrers/${plain.digest}`;
    expect(json(await get(url))["manifests"]).toEqual([
      { mediaType: ociIndex, digest: content.digest, size: content.bytes.length },
    ]);
    await call(server.port, `DELETE /v2/list/app/manifests/${content.digest}`);
    expect(json(await get(url))["manifests"]).toEqual([]);
  });

  it("of a malformed digest are refused", async () => {
    const answer = await get("/v2/list/app/referrers/sha256:bad");
    expect([answer.status, errorCode(answer)]).toEqual([400, "DIGEST_INVALID"]);
  });

  it("belong to their repository alone", async () => {
    await pushBlob(server.url, "list/foreign", app.blobs[0]!);
    await pushImage(server.url, "list/foreign", app, "v1");
    expect(json(await get(`/v2/list/foreign/referrers/${app.digest}`))["manifests"]).toEqual([]);
  });
});
