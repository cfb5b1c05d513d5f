import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import {
  addManifest,
  addRepository,
  born,
  openTestPulls,
  putTag,
  record,
  type ManifestRow,
  type TagRow,
} from "../../test/rows.ts";
import { chartConfigType } from "../oci/content-kinds.ts";
import { dockerList, ociIndex } from "../oci/media-types.ts";
import type { Pulls } from "../pulls/pulls.ts";
import { usageStates } from "../wire/usage.ts";
import type { Database } from "./database.ts";
import { fairShare } from "./list-index-children.ts";
import { listTags, type TagListRequest, type TagSort } from "./list-tags.ts";
import { usageRules } from "./usage.ts";

const day = 86_400_000;
const imageConfig = "application/vnd.oci.image.config.v1+json";

/** Makes one manifest a child of another. */
async function addChild(db: Database, parent: ManifestRow, child: Pick<ManifestRow, "digest">, platform: string): Promise<void> {
  const edge = { repository_id: parent.repositoryId, parent_id: parent.id, child_digest: child.digest, platform };
  await db.transaction((tx) =>
    tx
      .insertInto("manifest_edge")
      .values({ ...edge, kind: "child" })
      .execute(),
  );
}

/** Makes so many manifests that are not here children of an index. */
async function addAbsent(db: Database, parent: ManifestRow, count: number): Promise<void> {
  const edges = Array.from({ length: count }, (_, n) => ({
    repository_id: parent.repositoryId,
    parent_id: parent.id,
    child_digest: `sha256:${String(n).padStart(64, "0")}`,
    kind: "child" as const,
    platform: `linux/v${n}`,
  }));
  await db.transaction((tx) => tx.insertInto("manifest_edge").values(edges).execute());
}

/** Present blobs of a manifest, by name, of 1,000 bytes each. */
async function addBlobs(db: Database, manifest: ManifestRow, ...names: string[]): Promise<void> {
  const digests = names.map((name) => `sha256:${Buffer.from(name).toString("hex").padEnd(64, "0")}`);
  const { repositoryId: repository_id, id: manifest_id } = manifest;
  await db.transaction(async (tx) => {
    for (const digest of digests) {
      const blob = { digest, key: digest, size: 1000, state: "present" as const };
      await tx
        .insertInto("blob")
        .values(blob)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await tx
        .insertInto("repository_blob")
        .values({ repository_id, digest, state: "present" })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await tx
        .insertInto("manifest_blob")
        .values({ repository_id, manifest_id, digest, role: "layer", media_type: "x", size: 1000 })
        .execute();
    }
  });
}

describe.each(databases)("rows and filters of tags on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let pulls: Pulls;
    const nowMs = 1_000 * day;
    let clock = nowMs - 100 * day;
    beforeAll(async () => {
      opened = await open();
      pulls = await openTestPulls(opened, () => clock);
      await pulls.foldNow();
    });
    afterAll(async () => {
      await pulls?.close();
      await opened?.close();
    });
    const rules = usageRules({ nowMs, idleAfterMs: 30 * day, trackedSinceMs: nowMs - 100 * day });
    const ask = async (request: Partial<TagListRequest>, sort: TagSort = "name") =>
      listTags(opened.db, pulls.openUnfolded, { sort, descending: false, limit: 1000, rules, ...request });
    const names = async (request: Partial<TagListRequest>, sort: TagSort = "name"): Promise<string[]> =>
      (await ask(request, sort)).items.map(({ name }) => name);

    describe("usage", () => {
      const repository = "usage/app";
      const at: Record<string, TagRow> = {};
      beforeAll(async () => {
        const row = await addRepository(opened.db, repository);
        const add = async (name: string, pushedDaysAgo: number, manifest?: ManifestRow) => {
          const pushedMs = nowMs - pushedDaysAgo * day;
          at[name] = await putTag(opened.db, name, manifest ?? (await addManifest(opened.db, row, name, { pushedMs })), pushedMs);
          await born(pulls, at[name]);
        };
        const use = async (daysAgo: number, manifest: ManifestRow, tag?: TagRow, method: "GET" | "HEAD" = "GET") => {
          clock = nowMs - daysAgo * day;
          await record(pulls, method, manifest, tag);
        };
        await add("idle", 90);
        await add("checked", 90);
        await add("by-digest", 90);
        await add("never", 90);
        await add("fresh", 3);
        await add("before", 101);
        const index = await addManifest(opened.db, row, "index", { mediaType: ociIndex });
        const child = await addManifest(opened.db, row, "child");
        await addChild(opened.db, index, child, "linux/amd64");
        await pulls.born("manifest", [{ id: child.id, repositoryId: row.id }]);
        await add("by-child", 90, index);
        await use(50, at["idle"]!.manifest, at["idle"]);
        await use(40, at["by-digest"]!.manifest);
        await use(40, child);
        await use(40, at["checked"]!.manifest, at["checked"]);
        await pulls.foldNow();
        await use(2, at["checked"]!.manifest, at["checked"], "HEAD");
        await use(2, at["by-digest"]!.manifest);
        await use(2, child);
      });

      const expected = {
        used: ["by-child", "by-digest", "checked"],
        idle: ["idle"],
        never: ["never"],
        new: ["fresh"],
        unknown: ["before"],
      };

      test("every way counts, a check and a child too, folded or not", async () => {
        const { items } = await ask({ repository });
        for (const state of usageStates) {
          expect(
            items.filter(({ usage }) => usage?.state === state).map(({ name }) => name),
            state,
          ).toEqual(expected[state]);
        }
        expect(items.find(({ name }) => name === "by-child")!.usage!.lastUsedMs).toBe(nowMs - 2 * day);
        expect(items.find(({ name }) => name === "before")!.usage!.knownSinceMs).toBe(rules.countedSinceMs);
      });

      test("the filter lets through what the rows say, alone and together, in any order, with the total, folded or not", async () => {
        for (const sort of ["pushedAt", "pulls", "lastPulledAt", "checks"] as const) {
          for (let bits = 1; bits < 2 ** usageStates.length; bits++) {
            const usage = usageStates.filter((_, n) => (bits & (1 << n)) !== 0);
            const found = await ask({ repository, usage, limit: 2, total: true }, sort);
            const wanted = usage.flatMap((state) => expected[state]);
            expect(found.total, `${sort} ${usage.join()}`).toBe(wanted.length);
            const all = await names({ repository, usage }, sort);
            expect(all.toSorted()).toEqual(wanted.toSorted());
          }
        }
        await pulls.foldNow();
        for (const state of usageStates) expect(await names({ repository, usage: [state] })).toEqual(expected[state]);
      });

      test("without counting there is no usage, and a filter by it is refused", async () => {
        const off = { repository, sort: "name", descending: false, limit: 1 } as const;
        expect((await listTags(opened.db, undefined, off)).items[0]!.usage).toBeUndefined();
        await expect(listTags(opened.db, undefined, { ...off, usage: ["idle"] })).rejects.toThrow(/does not count pulls/);
      });
    });

    describe("filters by what an image is", () => {
      const repository = "kinds/app";
      beforeAll(async () => {
        const row = await addRepository(opened.db, repository);
        const add = async (name: string, options: object) =>
          born(pulls, await putTag(opened.db, name, await addManifest(opened.db, row, name, options)));
        await add("arm", { artifactType: imageConfig, platforms: ["linux/arm64/v8"] });
        await add("amd", { artifactType: imageConfig, platforms: ["linux/amd64"] });
        await add("both", { mediaType: ociIndex, platforms: ["linux/amd64", "linux/arm64"] });
        await add("list", { mediaType: dockerList, platforms: ["linux/arm"] });
        await add("chart", { artifactType: chartConfigType, platforms: [] });
        await add("wasm", { artifactType: "application/wasm", platforms: [] });
      });

      test("by kind", async () => {
        expect(await names({ repository, type: "image" })).toEqual(["amd", "arm"]);
        expect(await names({ repository, type: "index" })).toEqual(["both", "list"]);
        expect(await names({ repository, type: "chart" })).toEqual(["chart"]);
        expect(await names({ repository, type: "artifact" })).toEqual(["wasm"]);
        expect((await ask({ repository })).items.map(({ kind }) => kind)).toEqual([
          "image",
          "image",
          "index",
          "chart",
          "index",
          "artifact",
        ]);
      });

      test("by platform: without a variant any of them, but no other architecture that begins so", async () => {
        expect(await names({ repository, platform: "linux/arm64" })).toEqual(["arm", "both"]);
        expect(await names({ repository, platform: "linux/arm64/v8" })).toEqual(["arm"]);
        expect(await names({ repository, platform: "linux/arm" })).toEqual(["list"]);
        expect(await names({ repository, platform: 'linux/%" or "' })).toEqual([]);
      });

      test("by the beginning of a digest, with its algorithm or without; a search finds one too, beside names", async () => {
        const { items } = await ask({ repository });
        const arm = items.find(({ name }) => name === "arm")!;
        const hex = arm.digest.slice(7);
        for (const digest of [arm.digest, hex, hex.slice(0, 12), `sha256:${hex.slice(0, 12)}`]) {
          expect(await names({ repository, digest }), digest).toEqual(["arm"]);
        }
        expect(await names({ repository, digest: "sha512:0" })).toEqual([]);
        expect(await names({ repository, digest: hex, search: "amd" })).toEqual([]);
        for (const sort of ["name", "bytes", "pulls"] as const) {
          expect(await names({ repository, search: hex.slice(0, 8).toUpperCase() }, sort)).toEqual(["arm"]);
          expect(await names({ repository, search: arm.digest.slice(0, 20), digest: hex.slice(0, 7) }, sort)).toEqual(["arm"]);
        }
        const row = { id: (await findId(repository))!, name: repository };
        await born(pulls, await putTag(opened.db, hex.slice(0, 9), await addManifest(opened.db, row, "named")));
        expect(await names({ repository, search: hex.slice(0, 9) })).toEqual([hex.slice(0, 9), "arm"]);
        expect((await ask({ repository, search: hex.slice(0, 9), total: true, limit: 1 })).total).toBe(2);
        expect(await names({ repository, search: hex.slice(0, 5) })).toEqual([hex.slice(0, 9)]);
      });
    });

    async function findId(name: string): Promise<number | undefined> {
      const row = await opened.db.query.selectFrom("repository").select("id").where("name", "=", name).executeTakeFirst();
      return row?.id;
    }

    describe("of all repositories", () => {
      const sorts = [
        "name",
        "natural",
        "version",
        "digest",
        "bytes",
        "pushedAt",
        "pulls",
        "lastPulledAt",
        "checks",
        "imagePulls",
      ] as const;
      beforeAll(async () => {
        for (const name of ["all/one", "all/two", "hidden/three"]) {
          const row = await addRepository(opened.db, name);
          for (const n of [0, 1, 2]) {
            const tag = await putTag(
              opened.db,
              `all-v${n}`,
              await addManifest(opened.db, row, `${n}`, { bytes: 7 + n }),
              5_000 + n,
            );
            await born(pulls, tag);
            if (n === 1) await record(pulls, "GET", tag.manifest, tag);
          }
          if (name === "all/one") await pulls.foldNow();
        }
        await opened.db.transaction((tx) =>
          tx.updateTable("repository").set({ tag_count: 3 }).where("name", "like", "all/%").execute(),
        );
      });

      test("every order lists each tag once, with its repository, in pages, and only those that the caller may see", async () => {
        for (const sort of sorts) {
          for (const descending of [false, true]) {
            const seen: string[] = [];
            let cursor: string | undefined;
            do {
              const page = await ask({ search: "all-v", visible: ["all/*"], descending, limit: 4, cursor }, sort);
              seen.push(...page.items.map((item) => `${item.repository}:${item.name}`));
              cursor = page.nextCursor;
            } while (cursor !== undefined);
            expect(seen.toSorted(), sort).toEqual(
              ["one", "two"].flatMap((name) => [0, 1, 2].map((n) => `all/${name}:all-v${n}`)),
            );
          }
        }
        expect((await ask({ search: "all-v", total: true, limit: 1 })).total).toBe(9);
        expect((await ask({ visible: ["all/*"], total: true, limit: 1 })).total).toBe(6);
        const most = await ask({ visible: ["all/*"], descending: true, limit: 2 }, "pulls");
        expect(most.items.map(({ repository, name }) => `${repository}:${name}`).toSorted()).toEqual([
          "all/one:all-v1",
          "all/two:all-v1",
        ]);
        expect(await names({ visible: [] })).toEqual([]);
      });
    });

    describe("details", () => {
      const repository = "detail/app";
      test("children by platform with their pulls, absent ones too; attestations are referrers, as what has it as subject or by name", async () => {
        const row = await addRepository(opened.db, repository);
        const index = await addManifest(opened.db, row, "index", { mediaType: ociIndex, bytes: 900 });
        const [amd, attestation] = [
          await addManifest(opened.db, row, "amd", { bytes: 300 }),
          await addManifest(opened.db, row, "att"),
        ];
        await addChild(opened.db, index, { digest: `sha256:${"e".repeat(64)}` as ManifestRow["digest"] }, "linux/arm64");
        await addChild(opened.db, index, amd, "linux/amd64");
        await addChild(opened.db, index, attestation, "unknown/unknown");
        await pulls.born("manifest", [{ id: amd.id, repositoryId: row.id }]);
        await born(pulls, await putTag(opened.db, "v1", index));
        await record(pulls, "GET", amd);
        for (const [n, artifactType] of ["application/vnd.dev.cosign.artifact.sig.v1+json", "text/spdx+json", "x/y"].entries()) {
          await addManifest(opened.db, row, `r${n}`, { subject: index.digest, artifactType });
        }
        await putTag(opened.db, `${index.digest.replace(":", "-")}.sig`, await addManifest(opened.db, row, "sig"));
        const [item] = (await ask({ repository, search: "v1", detail: true })).items;
        expect(item!.detail!.children).toMatchObject([
          { platform: "linux/amd64", digest: amd.digest, bytes: 300, pulls: { pulls: 1 } },
          { platform: "linux/arm64", bytes: undefined, pulls: undefined },
        ]);
        expect(item!.detail!.referrers).toEqual({ signature: 2, sbom: 1, attestation: 1, other: 1 });
        const size = index.digest.length;
        expect(size).toBeGreaterThan(0);
        expect(item!.pullBytes!.min).toBe(item!.pullBytes!.max);
        expect(item!.pullBytes!.min).toBeGreaterThan(300);
        expect((await ask({ repository, search: "v1" })).items[0]!.detail).toBeUndefined();
      });

      test("of very many children only some are listed, and all of them count", async () => {
        const row = await addRepository(opened.db, "many/app");
        clock = nowMs - 5 * day;
        for (const tag of ["v1", "v2"]) {
          const index = await addManifest(opened.db, row, tag, { mediaType: ociIndex });
          await addAbsent(opened.db, index, 4_093);
          const children = [
            await addManifest(opened.db, row, `${tag} small`, { bytes: 300 }),
            await addManifest(opened.db, row, `${tag} large`, { bytes: 900 }),
            await addManifest(opened.db, row, `${tag} said`, { bytes: 9 }),
          ];
          for (const [n, platform] of ["linux/a", "linux/b", "unknown/unknown"].entries()) {
            await addChild(opened.db, index, children[n]!, platform);
          }
          await pulls.born(
            "manifest",
            children.map(({ id }) => ({ id, repositoryId: row.id })),
          );
          await born(pulls, await putTag(opened.db, tag, index));
          await record(pulls, "GET", children[1]!);
          await pulls.foldNow();
          clock += day;
          if (tag === "v2") await record(pulls, "HEAD", children[2]!);
        }
        const { items } = await ask({ repository: "many/app", detail: true });
        expect(items.map(({ name, usage }) => [name, usage?.lastUsedMs])).toEqual([
          ["v1", nowMs - 5 * day],
          ["v2", nowMs - 3 * day],
        ]);
        for (const { pullBytes, detail } of items) {
          expect(pullBytes!.max - pullBytes!.min).toBe(600);
          expect(detail!.children).toHaveLength(100);
          expect(detail!.childCount).toBe(4_095);
          expect(detail!.referrers.attestation).toBe(1);
          expect(detail!.uniqueBytes).toBeUndefined();
        }
      });

      test("the rows of a page share what is read of their children", () => {
        const sums = (indexes: number, platforms: number) =>
          new Map(Array.from({ length: indexes }, (_, id) => [id, { platforms }]));
        expect(fairShare(sums(50, 4_096), 100, 5_000)).toBe(100);
        expect(fairShare(sums(1_000, 5), 100, 5_000)).toBe(100);
        expect(fairShare(sums(1_000, 4_096), 100, 5_000)).toBe(5);
      });

      test("unique bytes: the image, children that nothing else holds, and blobs that nothing else in the registry uses", async () => {
        const here = await addRepository(opened.db, "unique/here");
        const there = await addRepository(opened.db, "unique/there");
        const add = async (name: string, blobs: string[], options: object = {}) => {
          const manifest = await addManifest(opened.db, here, name, options);
          await addBlobs(opened.db, manifest, ...blobs);
          return manifest;
        };
        const sizeOf = async ({ id }: ManifestRow): Promise<number> =>
          (await opened.db.query.selectFrom("manifest").select("size").where("id", "=", id).executeTakeFirstOrThrow()).size;
        const [own, shared, far] = [
          await add("own", ["u1", "u2"]),
          await add("shared", ["u3", "base"]),
          await add("far", ["far", "u4"]),
        ];
        await addBlobs(opened.db, await addManifest(opened.db, here, "other"), "base");
        await addBlobs(opened.db, await addManifest(opened.db, there, "other"), "far");
        const index = await add("index", [], { mediaType: ociIndex });
        const [held, tagged] = [await add("held", ["u5"]), await add("tagged", ["u6"])];
        await addChild(opened.db, index, held, "linux/amd64");
        await addChild(opened.db, index, tagged, "linux/arm64");
        for (const [name, manifest] of Object.entries({ own, again: own, shared, far, index, tagged }))
          await putTag(opened.db, name, manifest);
        const { items } = await ask({ repository: "unique/here", detail: true });
        const unique = Object.fromEntries(items.map(({ name, detail }) => [name, detail!.uniqueBytes]));
        expect(unique).toEqual({
          own: 2000 + (await sizeOf(own)),
          again: 2000 + (await sizeOf(own)),
          shared: 1000 + (await sizeOf(shared)),
          far: 1000 + (await sizeOf(far)),
          index: 1000 + (await sizeOf(index)) + (await sizeOf(held)),
          // The index lists it.
          tagged: 0,
        });
      });
    });
  });
});
