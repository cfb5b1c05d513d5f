// What the catalogue promises on every database: histories, edges, leases, completeness, and numbers that are always right, whoever
// writes at the same time. No bytes of blobs are involved.

import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { digestOf, type Digest } from "../../src/oci/digest.ts";
import { RegistryError } from "../../src/oci/errors.ts";
import { ociIndex } from "../../src/oci/media-types.ts";
import type { RepositoryName, Tag } from "../../src/oci/reference.ts";
import { createCatalogue, type Catalogue } from "../../src/store/catalogue.ts";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { blobsOf, image, index, raw, type Image } from "../image.ts";
import type { TestDatabase } from "../peers/databases.ts";
import { fresh, link, Lives, push, put } from "./catalogue-content.ts";
import { code, tag } from "./pushing.ts";
import { recount } from "./recount.ts";

const hour = 3_600_000;

export function catalogueContract(name: string, open: () => Promise<TestDatabase>): void {
  describe(name, () => {
    let opened: TestDatabase;
    let db: Database;
    let other: Database;
    let catalogue: Catalogue;
    /** On a connection of its own, as another process would be. */
    let elsewhere: Catalogue;
    let now = Date.UTC(2026, 0, 1);
    const lives = new Lives();
    beforeAll(async () => {
      opened = await open();
      db = opened.db;
      other = await openDatabase(opened.options);
      catalogue = createCatalogue(db, () => now, { changed: lives.take, graceMs: 4 * hour });
      elsewhere = createCatalogue(other, () => now, { changed: lives.take, graceMs: 4 * hour });
    });
    afterEach(async () => {
      expect(await recount(db, lives.alive)).toEqual([]);
    });
    afterAll(async () => {
      await other?.close();
      await opened?.close();
    });

    const rowOf = (repository: RepositoryName, digest: Digest) =>
      db.query
        .selectFrom("manifest")
        .innerJoin("repository", "repository.id", "manifest.repository_id")
        .selectAll("manifest")
        .where("repository.name", "=", repository)
        .where("manifest.digest", "=", digest)
        .executeTakeFirstOrThrow();
    const historyOf = (repository: RepositoryName, tagName: string) =>
      db.query
        .selectFrom("tag")
        .innerJoin("repository", "repository.id", "tag.repository_id")
        .selectAll("tag")
        .where("repository.name", "=", repository)
        .where("tag.name", "=", tagName)
        .orderBy("tag.id")
        .execute();
    const edgesOf = async (repository: RepositoryName, kind: "child" | "subject" | "fallback" | "cosign") =>
      db.query
        .selectFrom("manifest_edge as edge")
        .innerJoin("repository", "repository.id", "edge.repository_id")
        .innerJoin("manifest", "manifest.id", "edge.parent_id")
        .select(["manifest.digest as parent", "edge.child_digest as child", "edge.platform"])
        .where("repository.name", "=", repository)
        .where("edge.kind", "=", kind)
        .execute();

    describe("tags", () => {
      test("a move ends one row and starts another of the same epoch; a delete ends the epoch", async () => {
        const repository = fresh();
        const [a, b] = [image({ layers: ["a"] }), image({ layers: ["b"] })];
        await push(catalogue, repository, a, "v1");
        const started = now;
        now += 1000;
        await push(catalogue, repository, b, "v1");
        now += 1000;
        await push(catalogue, repository, b, "v1");
        await catalogue.manifests.delete({ repository, tag: tag("v1") });
        now += 1000;
        await push(catalogue, repository, a, "v1");
        const [first, second, third, ...more] = await historyOf(repository, "v1");
        expect(more).toEqual([]);
        expect(first).toMatchObject({
          digest: a.digest,
          start_ms: started,
          end_ms: started + 1000,
          end_reason: "moved",
          by: "someone",
        });
        expect(second).toMatchObject({ digest: b.digest, epoch: first!.epoch, end_ms: started + 2000, end_reason: "deleted" });
        expect(third).toMatchObject({ digest: a.digest, end_ms: 0, end_reason: "" });
        expect(third!.epoch).not.toBe(first!.epoch);
        expect((await catalogue.manifests.get({ repository, tag: tag("v1") })).ids?.tagEpoch).toBe(third!.epoch);
      });

      test("births and deaths are told once each, and nothing is told when nothing changes", async () => {
        const repository = fresh();
        const whole = image({ layers: ["events"] });
        const from = lives.seen.length;
        await push(catalogue, repository, whole, "a");
        const told = lives.seen.slice(from).map(({ type, tagEpoch, manifestId }) => [type, tagEpoch !== 0, manifestId !== 0]);
        expect(told).toEqual([
          ["birth", false, false],
          ["birth", false, true],
          ["birth", true, false],
        ]);
        await push(catalogue, repository, whole, "a");
        expect(lives.seen).toHaveLength(from + 3);
        await catalogue.manifests.delete({ repository, digest: whole.digest });
        const deaths = lives.seen.slice(from + 3);
        expect(deaths.map(({ type }) => type)).toEqual(["death", "death"]);
      });

      test("one that may not leave keeps its image, whole, and nothing else of the change happens either", async () => {
        const repository = fresh();
        const [a, b] = [image({ layers: ["kept a"] }), image({ layers: ["kept b"] })];
        const whole = index([a, b]);
        await push(catalogue, repository, index([whole]), "outer");
        await push(catalogue, repository, whole, "fixed", "free");
        const asked: string[] = [];
        const assertMayLeave = (leaving: Tag): void => {
          asked.push(leaving);
          if (leaving === "fixed" || leaving === "outer") throw new RegistryError("DENIED");
        };
        const moved = put(catalogue, repository, a, { tags: ["new", "free", "fixed"], assertMayLeave });
        await expect(moved).rejects.toEqual(code("DENIED"));
        expect(asked).toEqual(["free", "fixed"]);
        expect((await historyOf(repository, "free")).length).toBe(1);
        expect(await historyOf(repository, "new")).toEqual([]);
        // Where it stands already it may be put again.
        await put(catalogue, repository, whole, { tags: ["fixed"], assertMayLeave });
        const remove = (reference: { tag: Tag } | { digest: Digest }): Promise<void> =>
          catalogue.manifests.delete({ repository, ...reference }, { assertMayLeave });
        await expect(remove({ tag: tag("fixed") })).rejects.toEqual(code("DENIED"));
        for (const part of [whole, a, b]) await expect(remove({ digest: part.digest })).rejects.toEqual(code("DENIED"));
        expect(await catalogue.manifests.head({ repository, digest: b.digest })).toMatchObject({ digest: b.digest });
        await remove({ tag: tag("free") });
        await catalogue.manifests.delete({ repository, digest: a.digest });
      });

      test("one that was deleted comes back where it was, in its old life, also when its image went to the trash", async () => {
        const repository = fresh();
        const [a, b] = [image({ layers: ["restored a"] }), image({ layers: ["restored b"] })];
        await push(catalogue, repository, a, "v1", "other");
        now += 1000;
        await push(catalogue, repository, b, "v1");
        const pushedMs = now;
        now += 1000;
        const before = await historyOf(repository, "v1");
        const epoch = before[0]!.epoch;
        const v1 = { repository, tag: tag("v1") };
        const restore = (): Promise<Digest> => catalogue.manifests.restore(v1);
        await expect(restore()).rejects.toEqual(code("CONFLICT"));
        await catalogue.manifests.delete(v1);
        expect(await restore()).toBe(b.digest);
        expect((await catalogue.manifests.head(v1)).ids?.tagEpoch).toBe(epoch);
        // Push time and pusher, too: who undid it pushed nothing.
        expect(await historyOf(repository, "v1")).toEqual(before);
        expect(before.map((row) => [row.epoch, row.start_ms, row.by, row.end_reason])).toEqual([
          [epoch, pushedMs - 1000, "someone", "moved"],
          [epoch, pushedMs, "someone", ""],
        ]);
        expect((await rowOf(repository, b.digest)).tag_count).toBe(1);
        await catalogue.manifests.delete({ repository, digest: b.digest });
        now += 1000;
        expect(await restore()).toBe(b.digest);
        expect(await historyOf(repository, "v1")).toEqual(before);
        expect(await rowOf(repository, b.digest)).toMatchObject({ tag_count: 1, pushed_ms: pushedMs, trashed_ms: 0 });
        const again = await catalogue.manifests.get(v1);
        expect([again.digest, Buffer.from(again.bytes).equals(b.bytes)]).toEqual([b.digest, true]);
        await expect(catalogue.manifests.restore({ repository, tag: tag("never") })).rejects.toEqual(code("MANIFEST_UNKNOWN"));
        await expect(catalogue.manifests.restore({ repository: fresh(), tag: tag("v1") })).rejects.toEqual(code("NAME_UNKNOWN"));
      });

      test("one that was pushed again since is not replaced, and when that is deleted, too, it is that which comes back", async () => {
        const repository = fresh();
        const [a, b] = [image({ layers: ["first life"] }), image({ layers: ["second life"] })];
        const v1 = { repository, tag: tag("v1") };
        await push(catalogue, repository, a, "v1");
        now += 1000;
        await catalogue.manifests.delete(v1);
        now += 1000;
        await push(catalogue, repository, b, "v1");
        const before = await historyOf(repository, "v1");
        await expect(catalogue.manifests.restore(v1)).rejects.toEqual(code("CONFLICT"));
        expect(await historyOf(repository, "v1")).toEqual(before);
        now += 1000;
        await catalogue.manifests.delete(v1);
        expect(await catalogue.manifests.restore(v1)).toBe(b.digest);
        expect(await historyOf(repository, "v1")).toEqual(before);
        expect(before[1]!.start_ms).toBeGreaterThan(before[0]!.end_ms);
      });

      test("one whose image has lost a part does not come back", async () => {
        const repository = fresh();
        const part = image({ layers: ["lost part"] });
        const whole = index([part]);
        await push(catalogue, repository, whole, "v1");
        await catalogue.manifests.delete({ repository, digest: whole.digest });
        await catalogue.manifests.delete({ repository, digest: part.digest });
        await expect(catalogue.manifests.restore({ repository, tag: tag("v1") })).rejects.toEqual(code("MANIFEST_BLOB_UNKNOWN"));
        expect((await historyOf(repository, "v1")).length).toBe(1);
      });

      test("names of fallback and cosign tags become edges, as long as the tag is there", async () => {
        const repository = fresh();
        const subject = image({ layers: ["subject"] });
        const signature = image({ layers: ["signature"] });
        const hex = subject.digest.slice("sha256:".length);
        await push(catalogue, repository, subject, "v1");
        await push(
          catalogue,
          repository,
          signature,
          `sha256-${hex}`,
          `sha256-${hex}.sig`,
          `sha256-${hex}.att`,
          `sha256-${hex}.other`,
        );
        const edge = { parent: signature.digest, child: subject.digest, platform: "" };
        expect(await edgesOf(repository, "fallback")).toEqual([edge]);
        expect(await edgesOf(repository, "cosign")).toEqual([edge]);
        await catalogue.manifests.delete({ repository, tag: tag(`sha256-${hex}`) });
        await catalogue.manifests.delete({ repository, tag: tag(`sha256-${hex}.sig`) });
        expect(await edgesOf(repository, "fallback")).toEqual([]);
        expect(await edgesOf(repository, "cosign")).toEqual([edge]);
        await catalogue.manifests.restore({ repository, tag: tag(`sha256-${hex}`) });
        expect(await edgesOf(repository, "fallback")).toEqual([edge]);
        await push(catalogue, repository, subject, `sha256-${hex}.att`);
        expect(await edgesOf(repository, "cosign")).toEqual([{ ...edge, parent: subject.digest }]);
      });
    });

    describe("manifests", () => {
      test("an index knows its children, their platforms and the sum of their bytes", async () => {
        const repository = fresh();
        const [amd, arm] = [image({ layers: ["base", "x"] }), image({ layers: ["base", "y"], platform: "linux/arm64/v8" })];
        const attestation = image({ layers: ["attestation"], platform: "unknown/unknown" });
        const whole = index([amd, arm, attestation]);
        await push(catalogue, repository, whole, "v1");
        const row = await rowOf(repository, whole.digest);
        expect(JSON.parse(row.platforms)).toEqual(["linux/amd64", "linux/arm64/v8"]);
        const bytesOf = ({ bytes, blobs }: Image) => blobs.reduce((sum, blob) => sum + blob.bytes.length, bytes.length);
        expect(row.image_bytes).toBe(
          whole.bytes.length + [amd, arm, attestation].reduce((sum, child) => sum + bytesOf(child), 0),
        );
        expect((await catalogue.manifests.childrenOf(row.id)).toSorted()).toEqual(
          whole.children.map((child) => child.digest).toSorted(),
        );
        expect(await catalogue.manifests.childrenOf((await rowOf(repository, amd.digest)).id)).toEqual([]);
        expect(await edgesOf(repository, "child")).toHaveLength(3);
      });

      test("an index that does not say has the platforms of its children", async () => {
        const repository = fresh();
        const child = image({ layers: ["says it itself"] });
        const { digest, mediaType, bytes } = child;
        for (const blob of child.blobs) await link(catalogue, repository, blob);
        await put(catalogue, repository, child, { platforms: ["linux/riscv64"] });
        const manifests = [{ mediaType, digest, size: bytes.length }];
        const whole = raw(ociIndex, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests })));
        await put(catalogue, repository, whole);
        expect(JSON.parse((await rowOf(repository, whole.digest)).platforms)).toEqual(["linux/riscv64"]);
      });

      test("a deleted manifest goes to the trash and is revived in place, under its old id", async () => {
        const repository = fresh();
        const whole = image({ layers: ["revived"] });
        await push(catalogue, repository, whole, "v1");
        const before = await rowOf(repository, whole.digest);
        now += 1000;
        await catalogue.manifests.delete({ repository, digest: whole.digest });
        expect(await rowOf(repository, whole.digest)).toMatchObject({ id: before.id, trashed_ms: now, tag_count: 0 });
        now += 1000;
        await put(catalogue, repository, whole);
        expect(await rowOf(repository, whole.digest)).toMatchObject({ id: before.id, trashed_ms: 0, pushed_ms: now });
      });

      test("a sum of sizes that no number holds stays within what a number holds", async () => {
        const repository = fresh();
        const { config } = JSON.parse(Buffer.from(image().bytes).toString());
        const layers = ["a", "b"].map((end) => ({ mediaType: "a/b", digest: digestOf(end), size: Number.MAX_SAFE_INTEGER }));
        const huge = raw(image().mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers })));
        await put(catalogue, repository, huge, { sparse: true });
        expect((await rowOf(repository, huge.digest)).image_bytes).toBe(Number.MAX_SAFE_INTEGER);
      });
    });

    describe("completeness", () => {
      test("a manifest whose blobs come later is complete with the last of them, in its own repository only", async () => {
        const [here, there] = [fresh(), fresh()];
        const whole = image({ layers: ["late 1", "late 2"] });
        for (const repository of [here, there]) await put(catalogue, repository, whole, { tags: ["v1"], sparse: true });
        const complete = async (repository: RepositoryName) => (await rowOf(repository, whole.digest)).complete_ms;
        const [first, ...rest] = whole.blobs;
        for (const blob of rest) await link(catalogue, here, blob);
        expect(await complete(here)).toBe(0);
        await expect(catalogue.blobs.get({ repository: here, digest: first!.digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
        now += 1000;
        await link(catalogue, here, first!);
        expect(await complete(here)).toBe(now);
        expect(await complete(there)).toBe(0);
        for (const blob of whole.blobs) {
          expect(await catalogue.blobs.mount({ repository: there, digest: blob.digest }, here, () => true)).toBeDefined();
        }
        expect(await complete(there)).toBe(now);
      });

      test("a manifest that comes back from the trash without its blobs is not complete", async () => {
        const repository = fresh();
        const whole = image({ layers: ["lost meanwhile"] });
        await push(catalogue, repository, whole);
        await catalogue.manifests.delete({ repository, digest: whole.digest });
        await catalogue.blobs.remove({ repository, digest: whole.blobs[1]!.digest });
        await expect(put(catalogue, repository, whole)).rejects.toEqual(code("MANIFEST_BLOB_UNKNOWN"));
        await put(catalogue, repository, whole, { sparse: true });
        expect((await rowOf(repository, whole.digest)).complete_ms).toBe(0);
        await link(catalogue, repository, whole.blobs[1]!);
        expect((await rowOf(repository, whole.digest)).complete_ms).toBe(now);
      });

      test("a blob that is foreign to one manifest can be missing to another, and missing wins", async () => {
        const repository = fresh();
        const { blobs, mediaType } = image({ layers: ["far away"] });
        const [config, layer] = blobs.map(({ digest, bytes }) => ({ digest, size: bytes.length, mediaType: "application/x" }));
        const foreign = {
          ...layer,
          mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar",
          urls: ["https://example.com/"],
        };
        const body = (layers: object[]) =>
          raw(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers })));
        await link(catalogue, repository, blobs[0]!);
        const [windows, needy] = [body([foreign]), body([layer!])];
        await put(catalogue, repository, windows);
        expect((await rowOf(repository, windows.digest)).complete_ms).toBe(now);
        await put(catalogue, repository, needy, { sparse: true });
        await put(catalogue, repository, body([foreign, config!]));
        expect((await rowOf(repository, needy.digest)).complete_ms).toBe(0);
        await link(catalogue, repository, blobs[1]!);
        expect((await rowOf(repository, needy.digest)).complete_ms).toBe(now);
      });

      test("blobs and manifests that race from two connections leave every manifest complete", async () => {
        for (let round = 0; round < 8; round++) {
          const [repository, second] = [fresh(), fresh()];
          const images = [image({ layers: [`${round}a`, `${round}b`] }), image({ layers: [`${round}b`, `${round}c`] })];
          await Promise.all([
            ...images.map((whole, i) => put(i === 0 ? catalogue : elsewhere, repository, whole, { sparse: true })),
            ...images.map((whole, i) => put(i === 0 ? elsewhere : catalogue, second, whole, { sparse: true })),
            ...images.flatMap(blobsOf).map((blob, i) => link(i % 2 === 0 ? catalogue : elsewhere, repository, blob)),
            ...images.flatMap(blobsOf).map((blob, i) => link(i % 2 === 0 ? elsewhere : catalogue, second, blob)),
          ]);
          for (const whole of images) {
            expect((await rowOf(repository, whole.digest)).complete_ms).toBe(now);
            expect((await rowOf(second, whole.digest)).complete_ms).toBe(now);
          }
        }
      });
    });

    describe("blobs", () => {
      test("the first one to store the bytes decides where they are", async () => {
        const [here, there] = [fresh(), fresh()];
        const digest = digestOf("first");
        const blob = { digest, size: 5 };
        expect(await catalogue.blobs.link({ ...blob, repository: here })).toBeUndefined();
        await expect(catalogue.tags(here, { limit: 1 })).rejects.toEqual(code("NAME_UNKNOWN"));
        expect(await catalogue.blobs.link({ ...blob, repository: here, key: "first key" })).toEqual({
          key: "first key",
          size: 5,
        });
        expect(await elsewhere.blobs.link({ ...blob, repository: there, key: "second key" })).toEqual({
          key: "first key",
          size: 5,
        });
        expect(await catalogue.blobs.link({ ...blob, repository: fresh() })).toEqual({ key: "first key", size: 5 });
      });

      test("of a hundred who store the same blob at once, all are told the same place", async () => {
        const blob = { digest: digestOf("a hundred"), size: 9 };
        const names = Array.from({ length: 10 }, fresh);
        const rows = await Promise.all(
          Array.from({ length: 100 }, (_, i) =>
            (i % 2 === 0 ? catalogue : elsewhere).blobs.link({ ...blob, repository: names[i % 10]!, key: `hundred ${i}` }),
          ),
        );
        expect(new Set(rows.map((row) => row?.key)).size).toBe(1);
      });

      test("a HEAD renews the lease only when a quarter of the grace has passed", async () => {
        const repository = fresh();
        const whole = image({ layers: ["leased"] });
        await push(catalogue, repository, whole, "v1");
        const { digest } = whole.blobs[1]!;
        const leases = async () => [
          (await rowOf(repository, whole.digest)).leased_ms,
          (
            await db.query
              .selectFrom("repository_blob")
              .innerJoin("repository", "repository.id", "repository_blob.repository_id")
              .select("leased_ms")
              .where("repository.name", "=", repository)
              .where("digest", "=", digest)
              .executeTakeFirstOrThrow()
          ).leased_ms,
        ];
        const head = () =>
          Promise.all([
            ...Array.from({ length: 5 }, () => catalogue.manifests.head({ repository, tag: tag("v1") })),
            ...Array.from({ length: 5 }, () => catalogue.blobs.head({ repository, digest })),
          ]);
        const started = now;
        now += hour - 1;
        await head();
        expect(await leases()).toEqual([started, started]);
        now += 1;
        await catalogue.manifests.get({ repository, tag: tag("v1") });
        await catalogue.blobs.get({ repository, digest });
        expect(await leases()).toEqual([started, started]);
        await head();
        expect(await leases()).toEqual([now, now]);
      });
    });

    test("whatever happens, in any order and at the same time, the kept numbers are those of a recount", async () => {
      const layers = ["p", "q", "r"];
      const images = [...layers, ...layers.map((layer) => [layer, "p"])].map((names) => image({ layers: [names].flat() }));
      const all: Image[] = [...images, index(images.slice(0, 2)), index([index(images.slice(1, 3)), images[3]!])];
      const blobs = [...new Map(images.flatMap(blobsOf).map((blob) => [blob.digest, blob])).values()];
      const hex = images[0]!.digest.slice("sha256:".length);
      const tags = ["v1", "latest", `sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`];
      const where = fc.record({ repository: fc.constantFrom("x", "y", "z"), second: fc.boolean() });
      const act = fc.oneof(
        fc.record({ kind: fc.constant("link" as const), where, blob: fc.nat(blobs.length - 1) }),
        fc.record({ kind: fc.constant("mount" as const), where, blob: fc.nat(blobs.length - 1) }),
        fc.record({ kind: fc.constant("unlink" as const), where, blob: fc.nat(blobs.length - 1) }),
        fc.record({
          kind: fc.constant("put" as const),
          where,
          content: fc.nat(all.length - 1),
          tags: fc.subarray(tags),
          sparse: fc.boolean(),
        }),
        fc.record({ kind: fc.constant("delete" as const), where, content: fc.nat(all.length - 1) }),
        fc.record({ kind: fc.constant("untag" as const), where, tag: fc.constantFrom(...tags) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { maxLength: 12 }), async (turns) => {
          const base = fresh();
          for (const turn of turns) {
            now += 1;
            const results = await Promise.allSettled(
              turn.map((step) => {
                const to = step.where.second ? elsewhere : catalogue;
                const repository = `${base}/${step.where.repository}` as RepositoryName;
                switch (step.kind) {
                  case "link":
                    return link(to, repository, blobs[step.blob]!);
                  case "mount":
                    return to.blobs.mount({ repository, digest: blobs[step.blob]!.digest }, undefined, () => true);
                  case "unlink":
                    return to.blobs.remove({ repository, digest: blobs[step.blob]!.digest });
                  case "put":
                    // An index of absent children has no sum of bytes yet: only images may come before their content.
                    return put(to, repository, all[step.content]!, {
                      tags: step.tags,
                      sparse: step.sparse && all[step.content]!.children.length === 0,
                    });
                  case "delete":
                    return to.manifests.delete({ repository, digest: all[step.content]!.digest });
                  case "untag":
                    return to.manifests.delete({ repository, tag: tag(step.tag) });
                }
              }),
            );
            for (const result of results) {
              if (result.status === "rejected") expect(result.reason).toBeInstanceOf(RegistryError);
            }
          }
          expect(await recount(db, lives.alive)).toEqual([]);
        }),
        { numRuns: 40, endOnFailure: true },
      );
    });
  });
}
