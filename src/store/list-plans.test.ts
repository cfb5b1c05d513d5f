import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { image, index } from "../../test/image.ts";
import { addManifest, addRepository, born, openTestPulls, putTag, record, type ManifestRow } from "../../test/rows.ts";
import type { Pulls } from "../pulls/pulls.ts";
import type { Database } from "./database.ts";
import { findCounted } from "./list-counted.ts";
import { showManifest } from "./list-manifest-details.ts";
import { listManifests, type ManifestSort } from "./list-manifests.ts";
import type { List } from "./list-page.ts";
import { listRepositories, type RepositorySort } from "./list-repositories.ts";
import { listTagHistory } from "./list-tag-history.ts";
import { listTags, type TagSort } from "./list-tags.ts";
import { usageRules } from "./usage.ts";

const repository = "plan/app";

describe("plans of SQLite", () => {
  let opened: TestDatabase;
  let pulls: Pulls;
  let digest = "";
  beforeAll(async () => {
    opened = await databases[0].open();
    let clock = 1_700_000_000_000;
    pulls = await openTestPulls(opened, () => clock++);
    const row = await addRepository(opened.db, repository);
    const { id } = await addRepository(opened.db, "plan/other");
    await pulls.born("repository", [{ id, repositoryId: id }]);
    const manifests: ManifestRow[] = [];
    for (let i = 0; i < 5; i++) {
      const manifest = await addManifest(opened.db, row, String(i));
      const tag = await putTag(opened.db, `v${i}`, manifest);
      manifests.push(manifest);
      await born(pulls, tag);
      await record(pulls, "GET", manifest, tag);
      if (i === 2) await pulls.foldNow();
    }
    await putTag(opened.db, "v0", manifests[1]!);
    const whole = index([image({ layers: ["a"] }), image({ layers: ["b"] })]);
    const listed = await addManifest(opened.db, row, "index", { body: whole.bytes, mediaType: whole.mediaType });
    await putTag(opened.db, "whole", listed);
    const [part] = whole.children;
    await putTag(opened.db, "part", await addManifest(opened.db, row, "part", { body: part!.bytes, mediaType: part!.mediaType }));
    digest = whole.digest;
  });
  afterAll(async () => {
    await pulls?.close();
    await opened?.close();
  });

  /** The lines of the plans of all statements that `work` runs. */
  async function plansOf(work: (db: Database) => Promise<unknown>): Promise<string[]> {
    const nodes: RootOperationNode[] = [];
    const collect: KyselyPlugin = {
      transformQuery: ({ node }) => {
        nodes.push(node);
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const { db } = opened;
    await work({ ...db, snapshot: (inner) => db.snapshot((tx) => inner(tx.withPlugin(collect))) });
    const lines: string[] = [];
    for (const node of nodes) {
      const { sql, parameters } = db.query.getExecutor().compileQuery(node, { queryId: "plan" });
      const plan = await db.query.executeQuery<{ detail: string }>(
        CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
      );
      lines.push(...plan.rows.map(({ detail }) => detail));
    }
    expect(lines.length).toBeGreaterThan(0);
    return lines;
  }

  /** A walk of a whole table; of an index only where the list is of the whole registry. */
  const isScan = (line: string): boolean =>
    /^SCAN (?!page|chosen|given|gone|theirs|freed|unfolded|found|few|named|walked|candidates|json_each|\(|CONSTANT|total USING INDEX|content USING (?:COVERING )?INDEX)/.test(
      line,
    );

  type Ask = (db: Database, cursor?: string) => Promise<List<unknown>>;
  const first = { descending: true, limit: 2 };
  const ofRepositories =
    (sort: RepositorySort): Ask =>
    (db, cursor) =>
      listRepositories(db, pulls.openUnfolded, { ...first, limit: 1, sort, cursor });
  const ofTags =
    (sort: TagSort): Ask =>
    (db, cursor) =>
      listTags(db, pulls.openUnfolded, { ...first, repository, sort, cursor });
  const ofManifests =
    (sort: ManifestSort): Ask =>
    (db, cursor) =>
      listManifests(db, pulls.openUnfolded, { ...first, repository, sort, cursor });

  const ofAllTags =
    (sort: TagSort): Ask =>
    (db, cursor) =>
      listTags(db, pulls.openUnfolded, { ...first, sort, cursor });

  const plain: readonly (readonly [string, Ask])[] = [
    ...(["name", "tags", "manifests", "bytes", "createdAt", "updatedAt"] as const).map(
      (sort) => [`repositories by ${sort}`, ofRepositories(sort)] as const,
    ),
    ...(["name", "natural", "version", "digest", "bytes", "pushedAt"] as const).map(
      (sort) => [`tags by ${sort}`, ofTags(sort)] as const,
    ),
    ...(["name", "natural", "version", "digest", "bytes", "pushedAt"] as const).map(
      (sort) => [`all tags by ${sort}`, ofAllTags(sort)] as const,
    ),
    ...(["digest", "mediaType", "artifactType", "bytes", "pushedAt", "tags"] as const).map(
      (sort) => [`manifests by ${sort}`, ofManifests(sort)] as const,
    ),
    ["the history of a tag", (db, cursor) => listTagHistory(db, { repository, tag: "v0", limit: 1, cursor })],
  ];
  const counts = ["pulls", "lastPulledAt", "checks", "lastCheckedAt"] as const;
  const counted: readonly (readonly [string, Ask])[] = [
    ...counts.map((sort) => [`repositories by ${sort}`, ofRepositories(sort)] as const),
    ...[...counts, "imagePulls" as const].map((sort) => [`tags by ${sort}`, ofTags(sort)] as const),
    ...[...counts, "imagePulls" as const].map((sort) => [`all tags by ${sort}`, ofAllTags(sort)] as const),
    ...counts.map((sort) => [`manifests by ${sort}`, ofManifests(sort)] as const),
  ];

  test.each(plain)("%s walk one index, sort nothing, and jump to the cursor", async (_, ask) => {
    const { nextCursor } = await ask(opened.db);
    expect(nextCursor).toBeDefined();
    const start = await plansOf((db) => ask(db));
    const middle = await plansOf((db) => ask(db, nextCursor));
    expect([...start, ...middle].filter(isScan)).toEqual([]);
    expect([...start, ...middle].filter((line) => line.includes("B-TREE"))).toEqual([]);
    expect(
      middle.some((line) => /^SEARCH content USING .*[<>]/.test(line)),
      middle.join("\n"),
    ).toBe(true);
  });

  test.each(counted)("%s walk the index of folded totals and jump to the cursor", async (_, ask) => {
    const { nextCursor } = await ask(opened.db);
    expect(nextCursor).toBeDefined();
    const start = await plansOf((db) => ask(db));
    const middle = await plansOf((db) => ask(db, nextCursor));
    expect([...start, ...middle].filter(isScan)).toEqual([]);
    const lookups = [...start, ...middle].filter((line) => line.startsWith("SEARCH content "));
    const byId =
      /^SEARCH content USING (?:INTEGER PRIMARY KEY|(?:COVERING )?INDEX tag_by_(?:epoch_there|epoch|manifest_id_name)) \([a-z_]+=\?\)$/;
    expect(lookups.filter((line) => !byId.test(line))).toEqual([]);
    expect(
      start.some((line) => /^(?:SEARCH|SCAN) total USING (?:COVERING )?INDEX pull_total_by_/.test(line)),
      start.join("\n"),
    ).toBe(true);
    expect(
      middle.some((line) => /^SEARCH total USING (?:COVERING )?INDEX pull_total_by_.*[<>]/.test(line)),
      middle.join("\n"),
    ).toBe(true);
  });

  test.each(["bytes", "pulls", "imagePulls"] as const)(
    "tags by %s that a search finds: the index of names is walked, then only what was found is looked up",
    async (sort) => {
      const ask = (db: Database) => listTags(db, pulls.openUnfolded, { ...first, repository, sort, search: "3" });
      expect((await ask(opened.db)).items).toHaveLength(1);
      const plans = await plansOf(ask);
      expect(plans.filter(isScan)).toEqual([]);
      expect(plans).toContain("SEARCH content USING COVERING INDEX tag_by_repository_id_name (repository_id=?)");
      const walks = plans.filter(
        (line) => /^(?:SEARCH|SCAN) (?:content|total) /.test(line) && !/rowid=\?|=\? AND id=\?/.test(line),
      );
      expect(walks.filter((line) => !line.includes("tag_by_repository_id_name"))).toEqual([]);
    },
  );

  test("filters look at the tags of a repository in slices along one index, and by index at all that they ask of each", async () => {
    const rules = usageRules({ nowMs: 2e12, idleAfterMs: 1, trackedSinceMs: 0 });
    const filters = { usage: ["idle", "new", "never"], platform: "linux/amd64", type: "image" } as const;
    const plans = await plansOf((db) =>
      listTags(db, pulls.openUnfolded, { ...first, repository, sort: "bytes", rules, ...filters }),
    );
    expect(plans.filter(isScan)).toEqual([]);
    expect(plans).toContain("SEARCH content USING COVERING INDEX tag_for_filters (repository_id=? AND id>?)");
    expect(
      plans.filter((line) => line.startsWith("SEARCH content ") && line.includes("id>?")),
      plans.join("\n"),
    ).toEqual([
      "SEARCH content USING COVERING INDEX tag_for_filters (repository_id=? AND id>?)",
      "SEARCH content USING COVERING INDEX tag_for_filters (repository_id=? AND id>? AND id<?)",
    ]);
    const ofAll = await plansOf((db) => listTags(db, pulls.openUnfolded, { ...first, sort: "bytes", rules, ...filters }));
    expect(ofAll.filter((line) => line.startsWith("SEARCH content ") && line.includes("rowid>?"))).toHaveLength(2);
  });

  test("manifests that nothing leads to are found along one index, and by index at the edges that lead to each", async () => {
    const ask = (db: Database) => listManifests(db, pulls.openUnfolded, { ...first, repository, sort: "bytes", untagged: true });
    expect((await ask(opened.db)).items).toHaveLength(1);
    const plans = await plansOf(ask);
    expect(plans.filter(isScan)).toEqual([]);
    expect(plans.filter((line) => line.startsWith("SEARCH edge "))).not.toEqual([]);
    expect(plans.filter((line) => line.startsWith("SEARCH edge ") && !line.includes("child_digest=?"))).toEqual([]);
  });

  test("the beginning of a digest is looked up in its index", async () => {
    for (const more of [{ digest: digest.slice(7, 15) }, { search: digest.slice(0, 20) }]) {
      const plans = await plansOf((db) => listTags(db, pulls.openUnfolded, { ...first, repository, sort: "bytes", ...more }));
      expect(plans.filter(isScan)).toEqual([]);
      expect(
        plans.some((line) => /^SEARCH content USING .*tag_by_repository_id_digest_id .*digest>\? AND digest<\?/.test(line)),
      ).toBe(true);
    }
  });

  test("rows that an offset leaves out are not looked up", async () => {
    for (const sort of [...counts, "bytes" as const]) {
      const plans = await plansOf((db) => listTags(db, pulls.openUnfolded, { ...first, repository, sort, offset: 2 }));
      expect(plans.filter(isScan), sort).toEqual([]);
      const walk = plans.findIndex((line) =>
        /^SEARCH (?:total|content) USING COVERING INDEX (?:pull_total|tag)_by_.*repository_id/.test(line),
      );
      expect(walk, plans.join("\n")).toBeGreaterThanOrEqual(0);
      expect(plans[walk + 1], sort).not.toMatch(/^SEARCH content/);
    }
  });

  test("details of a page scan nothing", async () => {
    const plans = await plansOf((db) => listTags(db, pulls.openUnfolded, { ...first, repository, sort: "name", detail: true }));
    expect(plans.filter(isScan)).toEqual([]);
  });

  test("one manifest with everything around it, and what statistics call a name, scan nothing", async () => {
    const plans = await plansOf(async (db) => {
      for (const reference of [digest, digest.slice(0, 30), "whole", "part"])
        await showManifest(db, pulls.openUnfolded, { repository, reference });
      for (const name of [{}, { tag: "v1" }, { digest }]) await findCounted(db, { repository, ...name });
    });
    expect(plans.filter(isScan)).toEqual([]);
  });
});
