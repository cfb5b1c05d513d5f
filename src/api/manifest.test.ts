// One manifest over /api/v1, in a registry that was really pushed to.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pushBlob, pushImage } from "../../test/contract/pushing.ts";
import { attestation, image, index, raw, type Image } from "../../test/image.ts";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { openTestPulls } from "../../test/rows.ts";
import { createRights, type Grant } from "../access/rights.ts";
import { openAccess, type OpenedAccess } from "../app-access.ts";
import { createTraffic } from "../http/traffic.ts";
import { createJobs } from "../jobs/jobs.ts";
import { parseManifest } from "../oci/manifest.ts";
import { ociManifest } from "../oci/media-types.ts";
import type { Reference, RepositoryName, Tag } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import type { Pulls } from "../pulls/pulls.ts";
import { createLocalRegistry } from "../registry/local.ts";
import { openDiskBlobs } from "../store/blobs-disk.ts";
import { createCatalogue, type Catalogue } from "../store/catalogue.ts";
import { createUploads } from "../store/uploads.ts";
import { manifestAnswer, type ManifestAnswer } from "../wire/manifests.ts";
import { createApi, type ApiOptions } from "./api.ts";
import { createIdentify, type Identify } from "./identity.ts";

const startMs = Date.UTC(2026, 2, 1, 12);
const dayMs = 86_400_000;
const name = (text: string): RepositoryName => text as RepositoryName;

describe.each(databases)("a manifest on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    const folder = mkdtempSync(join(tmpdir(), "hythe-manifest-"));
    let opened: TestDatabase;
    let catalogue: Catalogue;
    let registry: Registry;
    let pulls: Pulls;
    let access: OpenedAccess;
    let options: ApiOptions;
    let api: FastifyInstance;
    let clock = startMs;

    beforeAll(async () => {
      opened = await open();
      const now = (): number => clock;
      const { db } = opened;
      pulls = await openTestPulls(opened, now);
      const blobs = await openDiskBlobs(folder);
      catalogue = createCatalogue(db, now);
      registry = createLocalRegistry({ catalogue, blobs, uploads: createUploads({ db, blobs, now }) });
      access = await openAccess(
        { externalUrl: undefined, trustedProxies: [], "audit.keep": 1000, "limits.requestsPerSecond": 0 },
        { db, now, log: () => undefined },
      );
      options = {
        db,
        content: catalogue.manifests,
        blobs: registry.blobs,
        pulls,
        now,
        facts: { version: "1.2.3", startedMs: startMs, blobs: "disk", idleAfterMs: 30 * dayMs },
        metrics: { traffic: createTraffic(), jobs: createJobs({ db, now, handlers: {} }) },
        access,
        identify: createIdentify(access),
        report: (error) => {
          throw error;
        },
      };
      api = await createApi(options);
    });
    afterAll(async () => {
      await api?.close();
      await access?.close();
      await pulls?.close();
      await opened?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** The answer, which must fit its schema to the last field. */
    async function get(repository: string, reference: string, query = "", from = api): Promise<ManifestAnswer> {
      const response = await from.inject(`/api/v1/manifests/${reference}?repository=${repository}${query}`);
      expect(response.statusCode, response.body).toBe(200);
      return manifestAnswer.parse(response.json());
    }
    async function getProblem(repository: string, reference: string, from = api): Promise<{ status: number; detail: string }> {
      const response = await from.inject(`/api/v1/manifests/${reference}?repository=${repository}`);
      return response.json();
    }
    async function pull(method: "GET" | "HEAD", reference: Reference): Promise<void> {
      const { digest, ids } = await registry.manifests.head(reference);
      const request = { method, byTag: reference.tag !== undefined, status: 200, ids: ids!, digest, isIndex: false } as const;
      await pulls.record({ ...request, principal: 0, client: 1, address: "127.0.0.1", answerable: () => true });
    }
    const as = (...grants: Omit<Grant, "id" | "to" | "overwrite">[]): Promise<FastifyInstance> => {
      const rights = createRights(grants.map((grant, id) => ({ ...grant, id, to: "user u", overwrite: true })));
      const identify: Identify = async () => ({ principal: { id: 9, name: "u", kind: "user", rights } });
      return createApi({ ...options, identify });
    };

    test("is found by tag, digest and a beginning that no other digest has", async () => {
      const repository = name("found/app");
      const whole = image({ layers: ["found"] });
      await pushImage(registry, repository, whole, "v1");
      const hex = whole.digest.slice(7);
      const shown = await Promise.all(
        ["v1", whole.digest, whole.digest.slice(0, 30), hex.slice(0, 12), hex].map((reference) => get(repository, reference)),
      );
      expect(new Set(shown.map(({ digest }) => digest))).toEqual(new Set([whole.digest]));
      expect(shown.map(({ tag }) => tag?.name ?? null)).toEqual(["v1", null, null, null, null]);
      expect(shown[0]).toMatchObject({
        kind: "image",
        raw: Buffer.from(whole.bytes).toString(),
        rights: { pull: true, delete: true },
        tag: { name: "v1", pushedAt: "2026-03-01T12:00:00.000Z", immutable: false },
        tags: { count: 1, names: ["v1"] },
        missing: [],
        problem: null,
      });
    });

    test("a tag that looks like the beginning of a digest is the tag", async () => {
      const repository = name("commit/app");
      const [one, other] = [image({ layers: ["one"] }), image({ layers: ["other"] })];
      await pushImage(registry, repository, one);
      await pushImage(registry, repository, other, one.digest.slice(7, 19));
      expect((await get(repository, one.digest.slice(7, 19))).digest).toBe(other.digest);
      expect((await get(repository, one.digest.slice(7, 20))).digest).toBe(one.digest);
    });

    test("what is none says so, and a beginning of several digests asks for more", async () => {
      const repository = name("none/app");
      await pushImage(registry, repository, image({ layers: ["none"] }), "v1");
      expect(await getProblem(repository, "v2")).toMatchObject({ status: 404, code: "MANIFEST_UNKNOWN" });
      expect(await getProblem(repository, "0123456789ab")).toMatchObject({ status: 404, code: "MANIFEST_UNKNOWN" });
      expect(await getProblem(repository, "sha256:0123456789ab")).toMatchObject({ status: 404, code: "MANIFEST_UNKNOWN" });
      expect(await getProblem(repository, "sha256:0123")).toMatchObject({ status: 400, code: "DIGEST_INVALID" });
      expect(await getProblem(repository, "md5:0123456789ab")).toMatchObject({ status: 400, code: "DIGEST_INVALID" });
      expect(await getProblem(repository, "-x")).toMatchObject({ status: 400 });
      // Two digests that begin alike are not to be found by pushing.
      await opened.db.transaction(async (tx) => {
        const { id } = await tx.selectFrom("repository").select("id").where("name", "=", repository).executeTakeFirstOrThrow();
        for (const end of ["a", "b"]) {
          const row = {
            repository_id: id,
            digest: `sha256:${"c".repeat(63)}${end}`,
            media_type: ociManifest,
            size: 1,
            image_bytes: 1,
          };
          await tx
            .insertInto("manifest")
            .values({ ...row, pushed_ms: 1, leased_ms: 1 })
            .execute();
        }
      });
      const problem = await getProblem(repository, "c".repeat(12));
      expect(problem).toMatchObject({ status: 400, code: "REQUEST_INVALID", detail: expect.stringMatching(/^several digests/) });
    });

    test("its config and the steps that made its layers are told, and what looks secret only on request", async () => {
      const repository = name("config/app");
      const config = {
        author: "<img src=x onerror=alert(1)>",
        config: {
          User: "1000",
          Env: ["PATH=/bin", "API_TOKEN=hunter2", "EMPTY="],
          Entrypoint: ["/app"],
          ExposedPorts: { "8080/tcp": {} },
          Labels: { "org.example": "javascript:alert(1)" },
        },
        history: [
          { created: "2026-01-01T00:00:00Z", created_by: "ADD rootfs" },
          { created_by: "ENV API_TOKEN=hunter2", empty_layer: true },
          { created_by: "RUN make", comment: "buildkit" },
        ],
      };
      await pushImage(registry, repository, image({ layers: ["c1", "c2"], created: "2026-01-02T00:00:00Z", config }), "v1");
      const hidden = await get(repository, "v1");
      expect(hidden.image).toMatchObject({
        os: "linux",
        architecture: "amd64",
        author: "<img src=x onerror=alert(1)>",
        user: "1000",
        entrypoint: ["/app"],
        ports: ["8080/tcp"],
        labels: { "org.example": "javascript:alert(1)" },
        env: [
          { name: "PATH", value: "/bin" },
          { name: "API_TOKEN", value: null },
          { name: "EMPTY", value: "" },
        ],
      });
      expect(hidden.steps).toEqual([
        { createdBy: "ADD rootfs", createdAt: "2026-01-01T00:00:00.000Z", comment: null, layer: 0 },
        { createdBy: "ENV API_TOKEN=(hidden)", createdAt: null, comment: null, layer: null },
        { createdBy: "RUN make", createdAt: null, comment: "buildkit", layer: 1 },
      ]);
      expect(hidden.builtAt).toBe("2026-01-02T00:00:00.000Z");
      expect(JSON.stringify(hidden)).not.toContain("hunter2");
      const revealed = await get(repository, "v1", "&reveal=true");
      expect(revealed.image!.env[1]).toEqual({ name: "API_TOKEN", value: "hunter2" });
      expect(revealed.steps![1]!.createdBy).toBe("ENV API_TOKEN=hunter2");
    });

    test("a config that is no JSON, too large or of something else leaves the rest as it is", async () => {
      const repository = name("odd/app");
      const odd = async (bytes: Uint8Array, mediaType = "application/vnd.oci.image.config.v1+json"): Promise<ManifestAnswer> => {
        const digest = await pushBlob(registry, repository, bytes);
        const body = { schemaVersion: 2, mediaType: ociManifest, config: { mediaType, digest, size: bytes.length }, layers: [] };
        const made = raw(ociManifest, Buffer.from(JSON.stringify(body)));
        await registry.manifests.put({ repository, digest: made.digest }, made.bytes, made.mediaType);
        return get(repository, made.digest);
      };
      expect(await odd(Buffer.from("not json"))).toMatchObject({ image: null, steps: null, builtAt: null, problem: null });
      expect(await odd(Buffer.alloc(5 * 1024 * 1024, "{"))).toMatchObject({
        image: null,
        problem: "the config has 5242880 bytes and is not read",
      });
      const chart = await odd(Buffer.from('{"name":"app"}'), "application/vnd.cncf.helm.config.v1+json");
      expect(chart).toMatchObject({ kind: "chart", image: null, problem: null });
    });

    test("each layer says who else uses it, as far as the caller sees", async () => {
      const base = "sharing base";
      const mine = image({ layers: [base, "only mine"] });
      await pushImage(registry, name("sharing/app"), mine, "v1", "v2");
      await pushImage(registry, name("sharing/app"), image({ layers: [base, "next"] }), "v3");
      await pushImage(registry, name("sharing/other"), image({ layers: [base, "third"] }), "a", "b");
      const parts = ["linux/amd64", "linux/arm64"].map((platform) => image({ layers: [base, "fourth"], platform }));
      await pushImage(registry, name("hidden/app"), index(parts), "x");
      const { layers } = await get("sharing/app", "v1");
      expect(layers.map(({ sharedBy }) => sharedBy)).toEqual([
        // Both parts of the index are manifests of their own, and its tag is one.
        { manifests: 4, tags: 4, repositories: 3, more: false },
        { manifests: 0, tags: 0, repositories: 0, more: false },
      ]);
      const narrow = await as({ role: "pull", pattern: "sharing/*" });
      const seen = await get("sharing/app", "v1", "", narrow);
      expect(seen.layers[0]!.sharedBy).toEqual({ manifests: 2, tags: 3, repositories: 2, more: false });
      expect(seen.rights).toMatchObject({ pull: true, push: false, delete: false });
      expect(await getProblem("hidden/app", "x", narrow)).toMatchObject({ status: 404, code: "NAME_UNKNOWN" });
      await narrow.close();
      // The other part of one's own index is no tag of others.
      const part = await get("hidden/app", parts[0]!.digest);
      expect(part.layers[0]!.sharedBy).toEqual({ manifests: 4, tags: 5, repositories: 3, more: false });
    });

    test("what a layer is used by is counted to 200, and that there is more is said", async () => {
      const repository = name("many/app");
      const base = "many base";
      const whole = image({ layers: [base] });
      await pushImage(registry, repository, whole, "v1");
      const layer = whole.blobs[1]!.digest;
      await opened.db.transaction(async (tx) => {
        const { repository_id } = await tx
          .selectFrom("manifest")
          .select("repository_id")
          .where("digest", "=", whole.digest)
          .executeTakeFirstOrThrow();
        for (let i = 0; i < 210; i++) {
          const values = {
            repository_id,
            digest: `sha256:${String(i).padStart(64, "0")}`,
            media_type: ociManifest,
            size: 1,
            image_bytes: 1,
            pushed_ms: 1,
            leased_ms: 1,
          };
          const { id } = await tx.insertInto("manifest").values(values).returning("id").executeTakeFirstOrThrow();
          const used = { repository_id, manifest_id: id, digest: layer, role: "layer" as const, media_type: "x/y", size: 1 };
          await tx.insertInto("manifest_blob").values(used).execute();
        }
      });
      expect((await get(repository, "v1")).layers[0]!.sharedBy).toEqual({ manifests: 200, tags: 0, repositories: 1, more: true });
    });

    test("what would be free without it is what nothing else in the registry uses", async () => {
      const sizeOf = (part: Image, ...blobs: number[]): number =>
        part.bytes.length + blobs.reduce((sum, at) => sum + part.blobs[at]!.bytes.length, 0);
      const first = image({ layers: ["free base", "free own"] });
      const second = image({ layers: ["free base", "free other"] });
      await pushImage(registry, name("free/app"), first, "v1");
      await pushImage(registry, name("free/elsewhere"), second, "v1");
      expect((await get("free/app", "v1")).freesBytes).toBe(sizeOf(first, 0, 2));
      // An index takes those of its children with it that nothing else holds.
      const parts = ["linux/amd64", "linux/arm64"].map((platform) => image({ layers: [`free ${platform}`], platform }));
      const whole = index(parts);
      await pushImage(registry, name("free/index"), whole, "v1");
      expect((await get("free/index", "v1")).freesBytes).toBe(
        whole.bytes.length + parts.reduce((sum, part) => sum + sizeOf(part, 0, 1), 0),
      );
      const { digest, bytes, mediaType } = parts[0]!;
      await registry.manifests.put({ repository: name("free/index"), digest }, bytes, mediaType, { tags: ["amd64" as Tag] });
      expect((await get("free/index", "v1")).freesBytes).toBe(whole.bytes.length + sizeOf(parts[1]!, 0, 1));
    });

    test("the platforms of an index have their sizes; attestations are referrers of the image that they name", async () => {
      const repository = name("platforms/app");
      const created = "2026-02-01T00:00:00Z";
      const [amd, arm] = ["linux/amd64", "linux/arm64/v8"].map((platform) => image({ layers: [platform], platform, created }));
      const said = attestation(amd!);
      const whole = index([amd!, arm!, said]);
      await pushImage(registry, repository, whole, "v1");
      const shown = await get(repository, "v1");
      expect(shown).toMatchObject({ kind: "index", image: null, steps: null, layers: [], builtAt: "2026-02-01T00:00:00.000Z" });
      expect(shown.children).toMatchObject([
        { platform: "linux/amd64", digest: amd!.digest, present: true, bytes: (await get(repository, amd!.digest)).bytes },
        { platform: "linux/arm64/v8", digest: arm!.digest, present: true },
      ]);
      const referrer = { digest: said.digest, kind: "attestation", subject: amd!.digest, depth: 1, via: "index" };
      expect(shown.referrers).toMatchObject({ count: 1, items: [referrer] });
      const child = await get(repository, amd!.digest);
      expect(child.referrers).toMatchObject({ count: 1, items: [referrer] });
      expect(child.parents).toMatchObject({ count: 1, items: [{ digest: whole.digest, tags: { count: 1, names: ["v1"] } }] });
      expect((await get(repository, arm!.digest)).referrers).toEqual({ count: 0, items: [] });
    });

    test("a platform and a blob that are not here are told as absent, and the rest is shown", async () => {
      const repository = name("sparse/app");
      const [here, gone] = ["linux/amd64", "linux/arm64"].map((platform) => image({ layers: ["sparse", platform], platform }));
      await pushImage(registry, repository, image({ layers: ["sparse"] }), "other");
      const whole = index([here!, gone!]);
      const put = (part: Image, tags: Tag[] = []): Promise<void> =>
        catalogue.manifests.put({
          repository,
          digest: part.digest,
          bytes: part.bytes,
          parsed: parseManifest(part.bytes, part.mediaType),
          platforms: [],
          tags,
          by: "",
          sparse: true,
        });
      await put(here!);
      await put(whole, ["v1" as Tag]);
      const shown = await get(repository, "v1");
      expect(shown.children).toMatchObject([
        { platform: "linux/amd64", present: true },
        { platform: "linux/arm64", present: false, bytes: null, pulls: { count: null } },
      ]);
      const part = await get(repository, here!.digest);
      const [config, , layer] = here!.blobs;
      expect(part).toMatchObject({ complete: false, image: null, problem: expect.stringContaining("the config: ") });
      expect(part.missing!.toSorted()).toEqual([config!.digest, layer!.digest].toSorted());
    });

    test("what refers to it is a tree: a signature of an SBOM stands below the SBOM, and cosign's tags count", async () => {
      const repository = name("tree/app");
      const whole = image({ layers: ["tree"] });
      const refer = (layer: string, subject: Image, artifactType: string): Image =>
        image({ layers: [layer], subject, artifactType });
      const sbom = refer("sbom", whole, "application/spdx+json");
      const proof = refer("proof", sbom, "application/vnd.dev.sigstore.bundle.v0.3+json");
      const deeper = refer("deeper", proof, "application/vnd.in-toto+json");
      const tooDeep = refer("too deep", deeper, "application/vnd.example");
      const signature = image({ layers: ["cosign"] });
      await pushImage(registry, repository, whole, "v1");
      for (const one of [sbom, proof, deeper, tooDeep]) await pushImage(registry, repository, one);
      await pushImage(registry, repository, signature, `${whole.digest.replace(":", "-")}.sig`);
      const { count, items } = (await get(repository, "v1")).referrers!;
      expect(count).toBe(2);
      expect(items.map(({ digest, kind, depth, subject, via }) => [digest, kind, depth, subject, via])).toEqual([
        [sbom.digest, "sbom", 1, whole.digest, "subject"],
        [proof.digest, "signature", 2, sbom.digest, "subject"],
        [deeper.digest, "attestation", 3, proof.digest, "subject"],
        [signature.digest, "signature", 1, whole.digest, "tag"],
      ]);
      expect(items[0]!.size).toBe(sbom.bytes.length + sbom.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0));
    });

    test("its usage is that of the tag, the image and its platforms together", async () => {
      const repository = name("usage/app");
      const part = image({ layers: ["usage"] });
      await pushImage(registry, repository, index([part]), "v1");
      expect((await get(repository, "v1")).usage).toMatchObject({ state: "new", lastUsedAt: null });
      clock += 40 * dayMs;
      expect((await get(repository, "v1")).usage?.state).toBe("never");
      await pull("GET", { repository, digest: part.digest });
      const usedAt = new Date(clock).toISOString();
      expect((await get(repository, "v1")).usage).toEqual({ state: "used", lastUsedAt: usedAt, knownSince: null });
      clock += 31 * dayMs;
      expect((await get(repository, "v1")).usage).toEqual({ state: "idle", lastUsedAt: usedAt, knownSince: null });
      await pull("HEAD", { repository, tag: "v1" as Tag });
      const shown = await get(repository, "v1");
      expect(shown.usage?.state).toBe("used");
      expect(shown.tag!.pulls).toMatchObject({ count: 0, checks: 1 });
      const uncounted = await createApi({ ...options, pulls: undefined });
      expect((await get(repository, "v1", "", uncounted)).usage).toBeNull();
      await uncounted.close();
    });

    test("who fetches what a build says about an image uses the image", async () => {
      const repository = name("attested/app");
      const part = image({ layers: ["attested"] });
      const said = attestation(part);
      await pushImage(registry, repository, index([part, said]), "v1");
      clock += dayMs;
      await pull("GET", { repository, digest: said.digest });
      const usage = { state: "used", lastUsedAt: new Date(clock).toISOString(), knownSince: null };
      expect((await get(repository, "v1")).usage).toEqual(usage);
    });

    test("its bytes are saved as they were pushed, and shown by no browser", async () => {
      const repository = name("bytes/app");
      const whole = image({ layers: ["bytes"] });
      await pushImage(registry, repository, whole, "v1");
      const response = await api.inject(`/api/v1/manifests/v1/raw?repository=${repository}`);
      expect(response.statusCode).toBe(200);
      expect(response.rawPayload.equals(whole.bytes)).toBe(true);
      expect(response.headers).toMatchObject({
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename="app-${whole.digest.slice(7, 19)}.json"`,
        "content-length": String(whole.bytes.length),
        "docker-content-digest": whole.digest,
        "x-content-type-options": "nosniff",
      });
      expect((await api.inject(`/api/v1/manifests/v2/raw?repository=${repository}`)).statusCode).toBe(404);
    });

    test("looking at it is no pull", async () => {
      const repository = name("looked/app");
      await pushImage(registry, repository, image({ layers: ["looked"] }), "v1");
      for (let i = 0; i < 5; i++) {
        await get(repository, "v1");
        await api.inject(`/api/v1/manifests/v1/raw?repository=${repository}`);
      }
      expect((await get(repository, "v1")).pulls).toMatchObject({ count: 0, checks: 0 });
    });
  });
});
