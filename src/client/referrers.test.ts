// What refers to a manifest at other registries (research 1.14): the API where there is one, the fallback tag where there is none.

import { describe, expect, it } from "vitest";
import { clientOver, type ClientOver } from "../../test/client-over.ts";
import { code, pushBlob, pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import type { MannerName } from "../../test/fake/manners.ts";
import { blobsOf, image, type Image } from "../../test/image.ts";
import { serveHttp } from "../../test/wire-servers.ts";
import { digestHex, digestOf } from "../oci/digest.ts";
import { ociIndex } from "../oci/media-types.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { ClientOptions } from "./client.ts";

const repository = "team/app" as RepositoryName;
const whole = image();
const subject = { repository, digest: whole.digest };
const fallbackTag = `sha256-${digestHex(whole.digest)}` as Tag;
const signature = image({ layers: ["signature"], subject: whole, artifactType: "test/signature", annotations: { by: "me" } });
const bill = image({ layers: ["bill"], subject: whole, artifactType: "test/bill" });

interface Holding extends ClientOver {
  readonly fake: FakeRegistry;
  readonly push: (what: Image) => Promise<unknown>;
  readonly digests: () => Promise<string[]>;
  readonly referrerRequests: () => number;
}

async function holding(manners: readonly MannerName[] = [], options: Partial<ClientOptions> = {}): Promise<Holding> {
  const fake = await startFakeRegistry({ manners });
  await pushImage(fake.registry, repository, whole, "v1");
  for (const blob of [signature, bill].flatMap(blobsOf)) await pushBlob(fake.registry, repository, blob.bytes);
  const over = clientOver(fake.url, options);
  return {
    ...over,
    fake,
    push: ({ bytes, digest, mediaType }) => over.client.manifests.put({ repository, digest }, bytes, mediaType),
    async digests() {
      const all: string[] = [];
      for (let more = true; more;) {
        const last = all.at(-1);
        const page = await over.client.manifests.referrers(subject, { limit: 100, ...(last !== undefined && { last }) });
        all.push(...page.items.map(({ digest }) => digest));
        ({ more } = page);
      }
      return all;
    },
    referrerRequests: () => fake.requests.filter(({ path }) => path.includes("/referrers/")).length,
    async [Symbol.asyncDispose]() {
      await over.client.close();
      await fake.close();
    },
  };
}

const absent = [
  "referrers-404",
  "referrers-400",
  "referrers-405",
  "referrers-406",
  "referrers-redirect-html",
  "referrers-redirect-429",
  "subject-header-without-referrers",
] as const;
/** The manner, with an API that is not there where it does not say so itself. */
const without = (manner: (typeof absent)[number]): MannerName[] =>
  manner === "subject-header-without-referrers" ? [manner, "referrers-404"] : [manner];

describe("a registry with the API (1.14)", () => {
  it("is asked for the list and does the rest itself", async () => {
    await using over = await holding();
    await over.push(signature);
    await over.push(bill);
    expect(await over.digests()).toEqual([signature.digest, bill.digest].toSorted());
    expect((await over.fake.registry.tags(repository, { limit: 10 })).items).toEqual(["v1"]);
    const { items } = await over.client.manifests.referrers(subject, { limit: 100, artifactTypes: ["test/signature"] });
    expect(items).toEqual([
      {
        mediaType: signature.mediaType,
        digest: signature.digest,
        size: signature.bytes.length,
        artifactType: "test/signature",
        annotations: { by: "me" },
      },
    ]);
  });

  it("that filters nothing is filtered here", async () => {
    await using over = await holding(["referrers-unfiltered"]);
    await over.push(signature);
    await over.push(bill);
    const { items } = await over.client.manifests.referrers(subject, { limit: 100, artifactTypes: ["test/bill"] });
    expect(items.map(({ digest }) => digest)).toEqual([bill.digest]);
  });

  it("that pages its list is followed, on our own path and once around", async () => {
    const entry = (n: number) => ({ mediaType: "test/x", digest: digestOf(`${n}`), size: n });
    await using served = await serveHttp((request, response) => {
      const page = Number(new URL(request.url!, "http://x").searchParams.get("page") ?? 1);
      response.setHeader("content-type", ociIndex);
      response.setHeader("link", `<https://elsewhere.example/x?page=${(page % 3) + 1}>; rel="next"`);
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [entry(page), { digest: "bad" }, null] }));
    });
    await using over = clientOver(served.url);
    const { items } = await over.client.manifests.referrers(subject, { limit: 100 });
    expect(new Set(items.map(({ size }) => size))).toEqual(new Set([1, 2, 3]));
    expect(over.warnings).toHaveLength(1);
  });

  it("gives no entries for what it does not know, and one without the repository says so without a verdict", async () => {
    await using over = await holding();
    const nobody = { repository: "team/none" as RepositoryName, digest: whole.digest };
    expect(await over.client.manifests.referrers(nobody, { limit: 10 })).toEqual({ items: [], more: false });
    await using served = await serveHttp((_request, response) => {
      response.writeHead(404, { "content-type": "application/json" }).end('{"errors":[{"code":"NAME_UNKNOWN"}]}');
    });
    await using missing = clientOver(served.url);
    expect(await missing.client.manifests.referrers(subject, { limit: 10 })).toEqual({ items: [], more: false });
  });
});

describe("a registry without the API (1.14)", () => {
  it.each(absent)("%s: the fallback tag is written and read", async (manner) => {
    await using over = await holding(without(manner));
    await over.push(signature);
    await over.push(bill);
    expect(await over.digests()).toEqual([signature.digest, bill.digest].toSorted());
    const index = await over.fake.registry.manifests.get({ repository, tag: fallbackTag });
    expect(index.mediaType).toBe(ociIndex);
    expect(JSON.parse(Buffer.from(index.bytes).toString())).toMatchObject({
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [signature, bill]
        .toSorted((a, b) => (a.digest < b.digest ? -1 : 1))
        .map(({ bytes, digest, mediaType }) => ({ mediaType, digest, size: bytes.length })),
    });
  });

  it("the verdict is kept for five minutes for each repository", async () => {
    await using over = await holding(["referrers-404"]);
    for (let i = 0; i < 3; i++) await over.digests();
    expect(over.referrerRequests()).toBe(1);
    await over.client.manifests.referrers({ ...subject, repository: "team/other" as RepositoryName }, { limit: 1 });
    expect(over.referrerRequests()).toBe(2);
    await over.clock.sleep(5 * 60_000, undefined);
    await over.digests();
    expect(over.referrerRequests()).toBe(3);
  });

  it("that its profile knows is not asked at all", async () => {
    await using over = await holding([], { profile: { name: "x", hosts: [], noReferrers: true } });
    await over.push(signature);
    expect(await over.digests()).toEqual([signature.digest]);
    expect(over.referrerRequests()).toBe(0);
  });

  it("a plain 429 is a rate limit: waited for, and never taken for a verdict", async () => {
    await using over = await holding();
    await over.push(signature);
    over.fake.fail({ kind: "answer", status: 429, headers: { "retry-after": "7" } }, { path: /referrers/, times: 2 });
    expect(await over.digests()).toEqual([signature.digest]);
    expect(over.clock.waits).toEqual([7000]);
    over.fake.fail({ kind: "answer", status: 429, headers: { "retry-after": "3600" } }, { path: /referrers/, times: 2 });
    await expect(over.digests()).rejects.toMatchObject({ code: "TOOMANYREQUESTS", retryAt: expect.any(Date) });
    expect(await over.digests()).toEqual([signature.digest]);
  });

  it("where the fallback tag leads to the subject itself (GitLab) there is nothing, and nothing is lost by a push", async () => {
    await using over = await holding(["sha256-tag-trap", "referrers-404"]);
    expect(await over.digests()).toEqual([]);
    await over.push(signature);
    const index = await over.fake.registry.manifests.get({ repository, tag: fallbackTag });
    expect(JSON.parse(Buffer.from(index.bytes).toString())).toMatchObject({ manifests: [{ digest: signature.digest }] });
  });

  it("entries of others, and what they wrote beside the list, are kept", async () => {
    await using over = await holding(["referrers-404"]);
    const theirs = {
      schemaVersion: 2,
      mediaType: ociIndex,
      annotations: { made: "by others" },
      manifests: [{ mediaType: bill.mediaType, digest: bill.digest, size: bill.bytes.length, "x-own": 1 }],
    };
    await over.fake.registry.manifests.put({ repository, digest: bill.digest }, bill.bytes, bill.mediaType);
    await over.fake.registry.manifests.put({ repository, tag: fallbackTag }, Buffer.from(JSON.stringify(theirs)), ociIndex);
    await over.push(signature);
    await over.push(signature);
    const index = await over.fake.registry.manifests.get({ repository, tag: fallbackTag });
    const { annotations, manifests } = JSON.parse(Buffer.from(index.bytes).toString()) as typeof theirs;
    expect(annotations).toEqual({ made: "by others" });
    expect(manifests).toHaveLength(2);
    expect(manifests).toContainEqual(theirs.manifests[0]);
  });

  it("pushes at the same time all get into the index, from one client and from several", async () => {
    await using over = await holding(["referrers-404"]);
    const many = Array.from({ length: 8 }, (_, n) =>
      image({ layers: ["signature"], subject: whole, annotations: { n: `${n}` } }),
    );
    await Promise.all(many.map(over.push));
    await using second = clientOver(over.fake.url);
    const others = Array.from({ length: 8 }, (_, n) => image({ layers: ["bill"], subject: whole, annotations: { n: `${n}` } }));
    await Promise.all(
      others.map(({ bytes, digest, mediaType }, n) =>
        (n % 2 === 0 ? over : second).client.manifests.put({ repository, digest }, bytes, mediaType),
      ),
    );
    expect(await over.digests()).toEqual([...many, ...others].map(({ digest }) => digest).toSorted());
  });

  it("a deleted referrer leaves the index, and the tag goes with the last one", async () => {
    await using over = await holding(["referrers-404"]);
    await over.push(signature);
    await over.push(bill);
    await over.client.manifests.delete({ repository, digest: bill.digest });
    expect(await over.digests()).toEqual([signature.digest]);
    await over.client.manifests.delete({ repository, digest: signature.digest });
    expect((await over.fake.registry.tags(repository, { limit: 10 })).items).toEqual(["v1"]);
  });

  it("where the tag cannot be deleted the index stays, with an empty list and not null", async () => {
    await using over = await holding(["referrers-404", "tag-delete-405"]);
    await over.push(signature);
    await over.client.manifests.delete({ repository, digest: signature.digest });
    const index = await over.fake.registry.manifests.get({ repository, tag: fallbackTag });
    expect(JSON.parse(Buffer.from(index.bytes).toString())).toMatchObject({ manifests: [] });
    expect(await over.digests()).toEqual([]);
  });

  it("of a sha512 subject the tag has the first 64 characters, as long as tags may be", async () => {
    const strong = digestOf(whole.bytes, "sha512");
    const asked: string[] = [];
    await using served = await serveHttp((request, response) => {
      asked.push(request.url!);
      response.writeHead(404).end();
    });
    await using over = clientOver(served.url);
    expect(await over.client.manifests.referrers({ repository, digest: strong }, { limit: 1 })).toEqual({
      items: [],
      more: false,
    });
    expect(asked.at(-1)).toBe(`/v2/team/app/manifests/sha512-${digestHex(strong).slice(0, 64)}`);
  });

  it("an index that would be too large to push loses annotations and no entry", async () => {
    await using over = await holding(["referrers-404"]);
    for (let n = 0; n < 5; n++) {
      await over.push(
        image({ layers: ["signature"], subject: whole, annotations: { n: `${n}`, large: "x".repeat(1024 * 1024) } }),
      );
    }
    expect(await over.digests()).toHaveLength(5);
  });
});

describe("the page of a caller", () => {
  it("is sorted, begins after `last` and says whether more follow", async () => {
    await using over = await holding(["referrers-404"]);
    for (const what of [signature, bill]) await over.push(what);
    const [first, second] = [signature.digest, bill.digest].toSorted();
    const page = (more: object) => over.client.manifests.referrers(subject, { limit: 1, ...more });
    expect(await page({})).toMatchObject({ items: [{ digest: first }], more: true });
    expect(await page({ last: first })).toMatchObject({ items: [{ digest: second }], more: false });
    expect(await page({ limit: 0 })).toEqual({ items: [], more: false });
  });

  it("is an error where the registry fails, never an empty list", async () => {
    await using over = await holding([], { maxRetries: 0 });
    over.fake.fail({ kind: "answer", status: 500 });
    await expect(over.digests()).rejects.toEqual(code("UNKNOWN"));
  });
});
