// What the client does with every bad manner that registries are known for (test/fake/manners.ts shows each of them without a client): it
// works all the same, or says what cannot be had. A manner without a rule does not compile.

import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { ClientOptions, RegistryClient } from "../../src/client/client.ts";
import { standard, type HostProfile } from "../../src/client/host-profile.ts";
import { digestOf, type Digest } from "../../src/oci/digest.ts";
import type { ErrorCode } from "../../src/oci/errors.ts";
import type { DigestReference, RepositoryName, Tag } from "../../src/oci/reference.ts";
import { clientOver, collect, type ClientOver } from "../client-over.ts";
import { pushImage } from "../contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../fake/fake-registry.ts";
import { generateRegistry } from "../fake/generated.ts";
import { manners, type MannerName } from "../fake/manners.ts";
import { presets, type PresetName } from "../fake/presets.ts";
import { image, noise, type Image } from "../image.ts";

const mib = 1024 * 1024;
const repository = "team/app" as RepositoryName;
const other = "other/app" as RepositoryName;
const tags = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"];
const at = (tag: string): { repository: RepositoryName; tag: Tag } => ({ repository, tag: tag as Tag });

const whole = image({ layers: ["a"], layerBytes: 50_000 });
const replacement = image({ layers: ["a"], layerBytes: 50_000, annotations: { another: "one" } });
const signature = image({ layers: ["s"], subject: whole, artifactType: "test/signature" });
const layer = whole.blobs[1]!;
const layerAt: DigestReference = { repository, digest: layer.digest };
const big = noise("big", 6 * mib);
const small = noise("small", 1000);

interface World extends ClientOver {
  readonly fake: FakeRegistry;
}

interface Rule {
  /** Of the client. */
  readonly rule: string;
  readonly check: (world: World) => Promise<void>;
  readonly fake?: Omit<FakeOptions, "registry" | "manners">;
  /** Manners that go with it. */
  readonly manners?: readonly MannerName[];
  readonly client?: Partial<ClientOptions>;
}

const profile = (own: Partial<HostProfile>): { profile: HostProfile } => ({ profile: { ...standard, ...own } });
const robot = { username: "robot", password: "secret" };
const bearer = { fake: { login: "bearer" }, client: robot } as const;
const failing = (code: ErrorCode, words = /./): object =>
  expect.objectContaining({ code, message: expect.stringMatching(words) });

async function findsTags({ client }: World): Promise<void> {
  expect(await collect(client.walkTags(repository))).toEqual(tags);
  expect(await client.tags(repository, { limit: 3, last: "1.1" })).toEqual({ items: ["1.2", "1.3", "1.4"], more: true });
}
async function pulls({ client }: Pick<World, "client">): Promise<void> {
  const found = await client.manifests.get(at("1.0"));
  expect([found.digest, found.mediaType]).toEqual([whole.digest, whole.mediaType]);
  expect(Buffer.from(found.bytes).equals(whole.bytes)).toBe(true);
  const blob = await client.blobs.get(layerAt);
  expect(Buffer.concat(await (await blob.open()).toArray()).equals(layer.bytes)).toBe(true);
}
async function looksUp({ client }: World): Promise<void> {
  expect(await client.manifests.head(at("1.0"))).toMatchObject({
    digest: whole.digest,
    size: whole.bytes.length,
    mediaType: whole.mediaType,
  });
}
/** The usual way, and piece by piece. */
async function uploads(world: World, bytes: Uint8Array = big): Promise<void> {
  await putsBlob(world, bytes);
  await streamsBlob(world, bytes);
}
async function putsBlob({ client, fake }: World, bytes: Uint8Array): Promise<void> {
  const digest = digestOf(bytes);
  const open = async (from: number): Promise<Readable> => Readable.from([bytes.subarray(from)], { objectMode: false });
  await client.blobs.put!({ repository, digest }, { size: bytes.length, open });
  expect((await fake.registry.blobs.head({ repository, digest })).size).toBe(bytes.length);
}
async function streamsBlob({ client, fake }: World, content: Uint8Array): Promise<void> {
  const bytes = Buffer.concat([Buffer.from("streamed"), content]);
  const digest = digestOf(bytes);
  const upload = await client.blobs.upload(repository);
  await upload.append(Readable.from([bytes], { objectMode: false }), { length: bytes.length });
  await upload.commit(digest);
  expect((await fake.registry.blobs.head({ repository, digest })).size).toBe(bytes.length);
}
async function pushesTo(client: RegistryClient, what: Image, ...names: string[]): Promise<void> {
  for (const { bytes, digest } of what.blobs) {
    await client.blobs.put!({ repository, digest }, { size: bytes.length, open: async () => Readable.from([bytes]) });
  }
  await client.manifests.put({ repository, digest: what.digest }, what.bytes, what.mediaType, { tags: names as Tag[] });
}
async function findsReferrers({ client }: World): Promise<void> {
  await pushesTo(client, signature);
  const { items } = await client.manifests.referrers({ repository, digest: whole.digest }, { limit: 10 });
  expect(items).toMatchObject([{ digest: signature.digest, artifactType: "test/signature" }]);
}
/** Whether the blob was mounted; in any case it can be had afterwards. */
async function mountsOrUploads({ client, fake }: World): Promise<boolean> {
  const target = { repository: other, digest: layer.digest };
  const mounted = await client.blobs.mount(target, repository, () => true);
  if (mounted === undefined) {
    await client.blobs.put!(target, { size: layer.bytes.length, open: async () => Readable.from([layer.bytes]) });
  }
  expect((await fake.registry.blobs.head(target)).size).toBe(layer.bytes.length);
  return mounted !== undefined;
}
const tagsLeft = async ({ fake }: World): Promise<readonly string[]> =>
  (await fake.registry.tags(repository, { limit: 100 })).items;
const everybody = (requests: readonly { readonly authorization: string }[]): string[] => [
  ...new Set(requests.map(({ authorization }) => authorization)),
];

const listing = (rule: string, ...also: MannerName[]): Rule => ({ rule, check: findsTags, manners: also });
const noCatalog = (reason: RegExp): Rule => ({
  rule: "says that repositories cannot be listed, and why",
  async check({ client }) {
    await expect(client.repositories({ limit: 10 })).rejects.toEqual(failing("UNSUPPORTED", reason));
  },
});
const fallback: Rule = { rule: "keeps and finds referrers under the fallback tag", check: findsReferrers };
const loggingIn = (rule: string): Rule => ({ rule, check: pulls, ...bearer });
const wrongPassword: Rule = {
  rule: "tells what the token server said, whatever form it has",
  fake: { login: "bearer" },
  client: { ...robot, password: "wrong" },
  async check({ client }) {
    await expect(client.manifests.get(at("1.0"))).rejects.toEqual(failing("UNAUTHORIZED", /incorrect username or password/));
  },
};
const withoutPost: Rule = {
  rule: "asks by GET when it has a password, and says that the token server gives nothing for an identity token",
  ...bearer,
  async check(world) {
    await pulls(world);
    expect(new Set(world.fake.tokens.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
    await using over = clientOver(world.fake.url, { identityToken: world.fake.tokens.identityToken("robot") });
    const refused = {
      message: expect.stringMatching(/^the token server 127\.0\.0\.1:\d+ (?:gave no token|refused the credentials) \(40[145]\)/),
    };
    // Whatever it answers: nothing is said of what the registry has, nor done about it.
    await expect(over.client.manifests.get(at("1.0"))).rejects.toMatchObject(refused);
    await expect(over.client.repositories({ limit: 1 })).rejects.toMatchObject(refused);
    await expect(over.client.manifests.delete(at("1.0"))).rejects.toMatchObject(refused);
  },
};
const chunked = (chunkBytes: number): { client: Partial<ClientOptions> } => ({
  client: profile({ upload: { way: "chunked", chunkBytes } }),
});

const rules: Readonly<Record<MannerName, Rule>> = {
  "catalog-forbidden": noCatalog(/this account may not see/),
  "catalog-not-found": noCatalog(/does not tell which repositories/),
  "catalog-partial": {
    rule: "takes what is told for what there is",
    async check({ client }) {
      expect((await client.repositories({ limit: 10 })).items).toEqual(["alpine", "team/app"]);
    },
  },
  "null-tags": {
    rule: "null is no tags",
    async check({ client }) {
      expect(await client.tags(repository, { limit: 5, last: "zzz" })).toEqual({ items: [], more: false });
    },
  },
  "empty-tag-names": listing("leaves out what is empty"),
  "digest-like-tags": listing("leaves out what is a digest"),
  "tags-unordered": {
    rule: "sorts by itself",
    async check({ client }) {
      expect((await client.tags(repository, { limit: 4 })).items).toEqual(tags.slice(0, 4));
      expect((await client.tags(repository, { limit: 4, last: "1.3" })).items).toEqual(tags.slice(4));
    },
  },
  "tags-with-manifest-map": listing("passes over what it does not know"),
  "tags-406-with-manifest-accept": listing("does not ask for lists as for manifests"),
  "small-pages": listing("goes on until nothing follows"),
  "ignores-n": listing("cuts pages by itself"),
  "n-above-1000-refused": {
    rule: "never asks for more than 1,000 at once",
    async check({ client }) {
      expect((await client.tags(repository, { limit: 5000 })).items).toEqual(tags);
    },
  },
  "link-missing": {
    rule: "asks once more after a full page",
    client: profile({ maxPage: 3 }),
    check: async ({ client }) => expect((await client.tags(repository, { limit: 100 })).items).toEqual(tags),
  },
  "link-wrong-path": listing("takes only the cursor of a Link", "small-pages"),
  "link-odd-path": listing("takes only the cursor of a Link", "small-pages"),
  "link-absolute": listing("reads Links that are whole URLs", "small-pages"),
  "link-unquoted": listing("reads Links without quotes, behind others", "small-pages"),
  "link-elsewhere": listing("never follows a Link to another host", "small-pages"),
  "link-loops": {
    rule: "ends, and warns",
    manners: ["small-pages"],
    async check(world) {
      expect(await collect(world.client.walkTags(repository))).toEqual(tags);
      expect(world.warnings).toHaveLength(1);
    },
  },
  "opaque-page-token": listing("brings the cursor back as it came", "small-pages"),

  "head-404": { rule: "reads the manifest instead, for the server says that it is a Nexus", check: looksUp },
  "head-405": { rule: "reads the manifest instead", check: looksUp },
  "head-403": { rule: "reads the manifest instead", check: looksUp },
  "head-without-length": { rule: "reads the manifest instead", check: looksUp },
  "no-docker-content-digest": { rule: "reads and hashes the manifest instead", check: looksUp },
  "lying-digest-header": {
    rule: "believes the bytes, and warns",
    async check(world) {
      await pulls(world);
      expect(world.warnings).toEqual([expect.stringContaining("but its bytes are those of")]);
    },
  },
  "wrong-content-type": { rule: "sees by the document what it is", check: pulls },
  "content-type-parameters": {
    rule: "passes over parameters",
    async check(world) {
      await looksUp(world);
      await pulls(world);
    },
  },
  "schema1-manifests": {
    rule: "says that schema 1 is not supported",
    async check({ client }) {
      await expect(client.manifests.get(at("schema1"))).rejects.toEqual(failing("UNSUPPORTED", /schema 1/));
    },
  },
  "gzip-length-mismatch": {
    rule: "asks for bytes as they are",
    async check(world) {
      await looksUp(world);
      await pulls(world);
    },
  },
  "pull-quota-headers": {
    rule: "knows how many pulls are left",
    async check(world) {
      await pulls(world);
      expect(world.client.rateLimit()).toMatchObject({ limit: 100, remaining: 76 });
    },
  },
  "missing-as-unknown": {
    rule: "knows what is missing by the status",
    async check({ client }) {
      await expect(client.manifests.get(at("none"))).rejects.toEqual(failing("MANIFEST_UNKNOWN"));
    },
  },
  "403-for-missing": {
    rule: "cannot tell it from a missing right, and does not pretend to",
    async check({ client }) {
      const missing = { repository: "nobody/here" as RepositoryName, tag: "v1" as Tag };
      await expect(client.manifests.get(missing)).rejects.toEqual(failing("DENIED"));
    },
  },
  "immutable-tags": {
    rule: "passes on why the tag cannot be moved",
    async check({ client }) {
      const moved = client.manifests.put(at("1.0"), replacement.bytes, replacement.mediaType);
      await expect(moved).rejects.toEqual(failing("REQUEST_INVALID", /immutable/));
    },
  },
  "media-type-required": {
    rule: "sends documents that say what they are",
    check: ({ client }) => pushesTo(client, replacement, "new"),
  },
  "delete-405": {
    rule: "says that nothing can be deleted",
    async check({ client }) {
      await expect(client.manifests.delete({ repository, digest: whole.digest })).rejects.toEqual(failing("UNSUPPORTED"));
    },
  },
  "tag-delete-405": {
    rule: "never deletes the image instead; where it may overwrite the tag, only that tag goes",
    async check(world) {
      await expect(world.client.manifests.delete(at("1.0"))).rejects.toEqual(failing("UNSUPPORTED"));
      expect(await tagsLeft(world)).toEqual(tags);
      await using over = clientOver(world.fake.url, { tagDeletion: "by overwriting" });
      await over.client.manifests.delete(at("1.0"));
      expect(await tagsLeft(world)).toEqual(tags.slice(1));
    },
  },
  "repository-must-exist": {
    rule: "says that there is no such repository",
    async check({ client }) {
      await expect(client.blobs.upload("new/app" as RepositoryName)).rejects.toEqual(failing("NAME_UNKNOWN"));
    },
  },
  "library-namespace": {
    rule: "passes the refusal of names with one part on (references of Docker Hub never have one)",
    async check(world) {
      const alpine = { repository: "alpine" as RepositoryName, tag: "latest" as Tag };
      await expect(world.client.manifests.get(alpine)).rejects.toMatchObject({ kind: "auth" });
      await pulls(world);
    },
  },

  "referrers-404": fallback,
  "referrers-400": fallback,
  "referrers-405": fallback,
  "referrers-406": fallback,
  "referrers-redirect-html": fallback,
  "referrers-redirect-429": fallback,
  "referrers-unfiltered": {
    rule: "filters by itself",
    async check(world) {
      await findsReferrers(world);
      const page = { limit: 10, artifactTypes: ["nothing/like-it"] };
      expect((await world.client.manifests.referrers({ repository, digest: whole.digest }, page)).items).toEqual([]);
    },
  },
  "subject-header-without-referrers": {
    rule: "does not take the header's word for it",
    manners: ["referrers-404"],
    check: findsReferrers,
  },
  "sha256-tag-trap": {
    rule: "does not take the image itself for the list of its referrers",
    manners: ["referrers-404"],
    async check({ client }) {
      expect((await client.manifests.referrers({ repository, digest: whole.digest }, { limit: 10 })).items).toEqual([]);
    },
  },

  "blob-redirects": {
    rule: "follows, and leaves its credentials at home",
    ...bearer,
    async check(world) {
      await pulls(world);
      expect(everybody(world.fake.storeRequests)).toEqual(["none"]);
    },
  },
  "range-ignored": {
    rule: "passes over what it did not ask for, also when it goes on after a cut",
    async check(world) {
      const blob = await world.client.blobs.get(layerAt);
      const part = Buffer.concat(await (await blob.open({ start: 10, end: 19 })).toArray());
      expect(part.equals(layer.bytes.subarray(10, 20))).toBe(true);
      world.fake.fail({ kind: "cut", at: 20_000 }, { method: "GET", path: /blobs/, times: 1 });
      await pulls(world);
    },
  },
  "range-shifted": {
    rule: "refuses another part than it asked for",
    async check({ client }) {
      const blob = await client.blobs.get(layerAt);
      await expect(blob.open({ start: 10, end: 19 })).rejects.toEqual(failing("PROTOCOL_VIOLATED", /another part/));
    },
  },
  "blob-head-405": {
    rule: "learns the size by GET",
    check: async ({ client }) => expect((await client.blobs.head(layerAt)).size).toBe(layer.bytes.length),
  },
  "blob-head-without-length": {
    rule: "learns the size by GET",
    check: async ({ client }) => expect((await client.blobs.head(layerAt)).size).toBe(layer.bytes.length),
  },

  "chunks-refused": { rule: "uploads in one piece", check: (world) => putsBlob(world, big) },
  "monolithic-refused": { rule: "uploads in chunks", check: uploads },
  "patch-201": { rule: "takes any answer that says that it went well", check: uploads, ...chunked(5 * mib) },
  "upload-statuses-vary": { rule: "takes any answer that says that it went well", check: uploads, ...chunked(5 * mib) },
  "patch-limit-4mib": { rule: "keeps to the chunks that the profile names", check: uploads, ...chunked(4 * mib) },
  "patch-min-5mib": { rule: "keeps to the chunks that the profile names", check: uploads, ...chunked(5 * mib) },
  "min-chunk-length": { rule: "makes chunks as large as the registry wants", check: uploads, ...chunked(1000) },
  "mount-without-from-400": {
    rule: "says where to mount from",
    check: async (world) => expect(await mountsOrUploads(world)).toBe(true),
  },
  "mount-never": {
    rule: "uploads instead, in the session that was opened for it",
    async check(world) {
      expect(await mountsOrUploads(world)).toBe(false);
      expect(world.fake.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
    },
  },
  "mount-401": { rule: "uploads instead", check: async (world) => expect(await mountsOrUploads(world)).toBe(false) },
  "location-absolute": { rule: "goes where it is sent", check: uploads },
  "location-scheme-relative": { rule: "goes where it is sent", check: uploads },
  "location-signed": {
    rule: "brings the signed query back letter for letter, the newest each time",
    check: uploads,
    ...chunked(2 * mib),
  },
  "location-elsewhere": {
    rule: "goes where it is sent, without its credentials",
    ...bearer,
    async check(world) {
      await uploads(world);
      expect(world.fake.storeRequests.length).toBeGreaterThan(1);
      expect(everybody(world.fake.storeRequests)).toEqual(["none"]);
    },
  },
  "upload-range-with-unit": { rule: "reads how far an upload is, with the unit too", check: uploads, ...chunked(2 * mib) },

  "two-challenges-one-header": {
    rule: "takes the Bearer one",
    ...bearer,
    async check(world) {
      await pulls(world);
      expect(everybody(world.fake.requests)).toEqual(["none", "bearer"]);
    },
  },
  "negotiate-first": loggingIn("passes over what it does not know"),
  "challenge-in-odd-case": loggingIn("knows schemes and names in any case"),
  "challenge-only-on-base": loggingIn("asks at /v2/ for the challenge"),
  "basic-realm-is-url": {
    rule: "sends Basic to the registry, nothing to the URL",
    fake: { login: "basic" },
    client: robot,
    check: pulls,
  },
  "realm-has-query": loggingIn("keeps the query of the realm"),
  "realm-is-relative": loggingIn("finds the realm at the registry"),
  "delete-needs-triple": {
    rule: "asks for what the challenge says is missing",
    ...bearer,
    async check({ client, fake }) {
      await client.manifests.delete({ repository, digest: whole.digest });
      expect((await fake.registry.tags(repository, { limit: 10 })).items).toEqual([]);
    },
  },

  "token-post-401": withoutPost,
  "token-post-404": withoutPost,
  "token-post-405": withoutPost,
  "token-password-grant-400": {
    rule: "asks by GET with a password, by POST with an identity token",
    ...bearer,
    async check(world) {
      await pulls(world);
      await using over = clientOver(world.fake.url, { identityToken: world.fake.tokens.identityToken("robot") });
      await pulls(over);
      expect(new Set(world.fake.tokens.requests.map(({ grant, status }) => `${grant} ${status}`))).toEqual(
        new Set(["basic 200", "refresh_token 200"]),
      );
    },
  },
  "token-called-token": loggingIn("reads either name"),
  "token-called-access-token": loggingIn("reads either name"),
  "token-without-expiry": {
    rule: "takes a token to live for 60 seconds",
    ...bearer,
    async check(world) {
      await pulls(world);
      await pulls(world);
      expect(world.fake.tokens.requests).toHaveLength(1);
      await world.clock.sleep(60_000, undefined);
      await pulls(world);
      expect(world.fake.tokens.requests).toHaveLength(2);
    },
  },
  "token-issued-in-future": loggingIn("counts from now"),
  "token-issued-long-ago": {
    rule: "counts from now, and does not fetch a token for each request",
    ...bearer,
    async check(world) {
      await pulls(world);
      await pulls(world);
      expect(world.fake.tokens.requests).toHaveLength(1);
    },
  },
  "tokens-live-five-minutes": {
    rule: "fetches a new one before the old one has expired",
    ...bearer,
    async check(world) {
      await pulls(world);
      await world.clock.sleep(297_000, undefined);
      await pulls(world);
      expect(world.fake.tokens.requests).toHaveLength(2);
      expect(world.fake.requests.filter(({ status }) => status === 401)).toHaveLength(1);
    },
  },
  "tokens-live-one-second": loggingIn("fetches a new one for what comes later"),
  "token-reads-first-scope-only": {
    rule: "puts the strongest first, and uploads what it cannot mount",
    ...bearer,
    check: async (world) => void (await mountsOrUploads(world)),
  },
  "token-refuses-repeated-repository": {
    rule: "names a repository once, with all that it needs",
    ...bearer,
    async check(world) {
      await pulls(world);
      await uploads(world, small);
    },
  },
  "token-for-one-repository": {
    rule: "uploads what it cannot mount",
    ...bearer,
    check: async (world) => void (await mountsOrUploads(world)),
  },
  "token-errors-in-message": wrongPassword,
  "token-errors-in-details": wrongPassword,
  "catalog-never-granted": {
    rule: "says that it has no right",
    ...bearer,
    async check({ client }) {
      await expect(client.repositories({ limit: 10 })).rejects.toMatchObject({ kind: "auth" });
    },
  },
  "delete-never-granted": {
    rule: "asks for push where the profile says so",
    fake: { login: "bearer" },
    client: { ...robot, ...profile({ deleteActions: ["pull", "push"] }) },
    async check({ client, fake }) {
      await client.manifests.delete({ repository, digest: whole.digest });
      expect((await fake.registry.tags(repository, { limit: 10 })).items).toEqual([]);
    },
  },

  "cuts-connections": {
    rule: "asks again",
    async check(world) {
      for (let i = 0; i < 8; i++) await pulls(world);
      await uploads(world, small);
    },
  },
};

async function meet({ manners: also = [], ...rule }: Rule, manner: MannerName): Promise<World> {
  const fake = await startFakeRegistry({ ...rule.fake, manners: [...also, manner] });
  await pushImage(fake.registry, repository, whole, ...tags);
  await pushImage(fake.registry, other, image({ layers: ["b"] }), "v1");
  await pushImage(fake.registry, "alpine" as RepositoryName, image({ layers: ["c"] }), "latest");
  const over = clientOver(fake.url, rule.client);
  return {
    ...over,
    fake,
    async [Symbol.asyncDispose]() {
      await over.client.close();
      await fake.close();
    },
  };
}

describe("the client, where a registry", () => {
  for (const [manner, rule] of Object.entries(rules) as [MannerName, Rule][]) {
    test(`has the manner ${manner} (${manners[manner]}): ${rule.rule}`, async () => {
      await using world = await meet(rule, manner);
      await rule.check(world);
      expect(world.fake.requests.length).toBeGreaterThan(0);
    });
  }
});

describe("the client, with more than sixty repositories and the manners of", async () => {
  const { registry, repositories } = await generateRegistry();

  test.each(Object.keys(presets) as PresetName[])(
    "%s: finds every repository and tag that it may see, and what they are",
    async (name) => {
      await using fake = await startFakeRegistry({ ...presets[name], registry });
      const [[username, password] = ["", ""]] = Object.entries<string>(presets[name].users);
      await using over = clientOver(fake.url, { username, password });
      const listed = await collect(over.client.walkRepositories()).catch((error: unknown) => {
        expect(error).toMatchObject({ kind: expect.stringMatching(/^(?:unsupported|auth)$/) });
        return undefined;
      });
      const has = (manner: MannerName): boolean => (presets[name].manners as readonly MannerName[]).includes(manner);
      const forbidden = has("catalog-forbidden") || has("catalog-never-granted");
      const visible = has("catalog-partial") ? repositories.filter((_name, i) => i % 2 === 0) : repositories;
      expect(listed).toEqual(forbidden ? undefined : visible);
      for (const each of repositories.filter((_name, i) => i % 6 === 0)) {
        const all = (await registry.tags(each, { limit: 1000 })).items;
        expect((await over.client.tags(each, { limit: 1000 })).items).toEqual(all);
        const [tag] = all;
        const { bytes, digest } = await over.client.manifests.get({ repository: each, tag: tag! });
        expect(digest).toBe(digestOf(bytes) satisfies Digest);
        expect(await over.client.manifests.get({ repository: each, digest })).toMatchObject({ digest });
      }
    },
  );
});
