import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { image, index } from "../../test/image.ts";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { addManifest, addRepository, born, openTestPulls, putTag, record } from "../../test/rows.ts";
import type { TagReference } from "../oci/reference.ts";
import { createCatalogue } from "../store/catalogue.ts";
import { createCensus, noTags, type Census } from "./census.ts";
import type { Pulls } from "./pulls.ts";

const day = 86_400_000;
const startMs = Date.UTC(2026, 2, 1);
const idleAfterMs = 30 * day;

describe.each(databases)("the census on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let pulls: Pulls;
    let census: Census;
    let clock = startMs;
    const failures: unknown[] = [];
    beforeEach(async () => {
      clock = startMs;
      failures.length = 0;
      opened = await open();
      pulls = await openTestPulls(opened, () => clock);
      const log = (_: string, error: unknown): void => void failures.push(error);
      census = createCensus({ db: opened.db, pulls, idleAfterMs, now: () => clock, log });
    });
    afterEach(async () => {
      await census.close();
      await pulls.close();
      await opened.close();
    });

    test("every tag is in one state with the bytes of its image, folded or not, by repository", async () => {
      const app = await addRepository(opened.db, "team/app");
      const other = await addRepository(opened.db, "team/other");
      const tagOn = async (name: string, bytes: number, pushedMs = clock) =>
        putTag(opened.db, name, await addManifest(opened.db, app, name, { bytes }), pushedMs);
      await tagOn("before-counting", 1, startMs - 1);
      const [folded, unfolded] = [await tagOn("folded", 20), await tagOn("unfolded", 300)];
      const [idle, never] = [await tagOn("idle", 4000), await tagOn("never", 50_000)];
      for (const tag of [folded, unfolded, idle, never]) await born(pulls, tag);
      await record(pulls, "GET", idle.manifest, idle);
      clock += 31 * day;
      await record(pulls, "HEAD", folded.manifest, folded);
      await pulls.foldNow();
      // By digest: the use of the image is that of its tags.
      await record(pulls, "GET", unfolded.manifest);
      await putTag(opened.db, "moved", await addManifest(opened.db, other, "1", { bytes: 1 }));
      await putTag(opened.db, "moved", await addManifest(opened.db, other, "2", { bytes: 7 }), clock);
      const { asOfMs, repositories } = await census.read();
      expect(asOfMs).toBe(clock);
      expect(repositories.get(app.id)).toMatchObject({
        tags: { used: 2, idle: 1, never: 1, new: 0, unknown: 1 },
        bytes: { used: 320, idle: 4000, never: 50_000, new: 0, unknown: 1 },
      });
      expect(repositories.get(app.id)!.idleLargest.map(({ name, state, lastUsedMs }) => [name, state, lastUsedMs])).toEqual([
        ["never", "never", 0],
        ["idle", "idle", startMs],
      ]);
      expect(repositories.get(other.id)).toMatchObject({ tags: { ...noTags, new: 1 }, bytes: { new: 7 } });
    });

    test("an index is used when one of its children is; a manifest that nothing leads to is untagged", async () => {
      const app = await addRepository(opened.db, "team/app");
      const children = [image({ layers: ["a"] }), image({ layers: ["b"] })];
      const whole = index(children);
      const parent = await addManifest(opened.db, app, "index", { body: whole.bytes, mediaType: whole.mediaType });
      const tag = await putTag(opened.db, "v1", parent, startMs);
      await born(pulls, tag);
      const [first, second] = await Promise.all(
        children.map((child) => addManifest(opened.db, app, "child", { body: child.bytes, mediaType: child.mediaType })),
      );
      await addManifest(opened.db, app, "left over");
      await addManifest(opened.db, app, "signature", { subject: parent.digest });
      await opened.db.transaction((tx) =>
        tx
          .insertInto("manifest_edge")
          .values(
            children.map(({ digest }) => ({ repository_id: app.id, parent_id: parent.id, child_digest: digest, kind: "child" })),
          )
          .execute(),
      );
      clock += 40 * day;
      expect((await census.read()).repositories.get(app.id)).toMatchObject({ tags: { never: 1 }, untagged: 1 });
      await record(pulls, "GET", first!);
      clock += 60_000;
      census.latest();
      await expect.poll(() => census.latest()?.repositories.get(app.id)?.tags).toEqual({ ...noTags, used: 1 });
      await pulls.foldNow();
      clock += 31 * day;
      await record(pulls, "HEAD", second!);
      census.latest();
      await expect.poll(() => census.latest()?.asOfMs).toBe(clock);
      expect(census.latest()?.repositories.get(app.id)?.tags).toEqual({ ...noTags, used: 1 });
      expect(failures).toEqual([]);
    });

    test("goes through more tags than a slice has, each once", async () => {
      for (const name of ["a", "b"]) {
        const repository = await addRepository(opened.db, name);
        const manifest = await addManifest(opened.db, repository, "m", { bytes: 1 });
        for (let i = 0; i < 250; i++) await putTag(opened.db, `t${i}`, manifest, startMs + (i % 3));
      }
      const { repositories } = await census.read();
      expect([...repositories.values()].map(({ tags }) => tags.new)).toEqual([250, 250]);
    });

    test("is counted when asked for, again when it is a minute old, and not twice at once", async () => {
      expect(census.latest()).toBeUndefined();
      const [one, other] = await Promise.all([census.read(), census.read()]);
      expect(one).toBe(other);
      clock += 59_999;
      expect(census.latest()).toBe(one);
      expect(await census.read()).toBe(one);
      clock += 1;
      // Nobody waits for a count while there is an older one.
      expect(census.latest()).toBe(one);
      await expect.poll(() => census.latest()).not.toBe(one);
      expect(census.latest()?.asOfMs).toBe(clock);
    });

    test("a repository in which something was deleted is counted again after a moment, and no other", async () => {
      const [app, other] = [await addRepository(opened.db, "team/app"), await addRepository(opened.db, "other/app")];
      for (const repository of [app, other]) {
        const manifest = await addManifest(opened.db, repository, "m", { bytes: 5 });
        for (const tag of ["gone", "stays"]) await putTag(opened.db, tag, manifest, startMs);
      }
      const remove = (tag: string): Promise<void> =>
        createCatalogue(opened.db, () => clock).manifests.delete({ repository: "team/app", tag } as TagReference);
      const one = await census.read();
      clock += 1_000;
      await remove("gone");
      clock += 999;
      expect(await census.soon(60_000)).toBe(one);
      clock += 1;
      // Nobody has to wait for it.
      expect(census.latest()).toBe(one);
      const next = (await census.soon(60_000))!;
      expect(next.repositories.get(app.id)).toMatchObject({ tags: { ...noTags, new: 1 }, untagged: 0 });
      expect(next.repositories.get(other.id)).toBe(one.repositories.get(other.id));
      expect(next.asOfMs).toBe(one.asOfMs);
      // One that is committed only after the look that its time lies before.
      clock -= 1_000;
      await remove("stays");
      clock += 3_000;
      const last = (await census.soon(60_000))!;
      expect(last.repositories.get(app.id)).toMatchObject({ tags: noTags, bytes: noTags, untagged: 1 });
      clock += 5_001;
      await census.soon(60_000);
      clock += 5_001;
      const quiet = await census.soon(60_000);
      clock += 2_000;
      expect(await census.soon(60_000)).toBe(quiet);
      expect(failures).toEqual([]);
    });

    test("what changed is counted soon where that is quick, else not before twenty times what it took have gone by", async () => {
      const app = await addRepository(opened.db, "team/app");
      let counts = 0;
      const gaps = async (): Promise<[]> => {
        counts += 1;
        clock += 500;
        return [];
      };
      const slow = createCensus({
        db: opened.db,
        pulls: { ...pulls, trackedSinceMs: startMs, gaps },
        idleAfterMs,
        now: () => clock,
        log: (_, error) => void failures.push(error),
      });
      await slow.read();
      const change = () => opened.db.transaction((tx) => tx.updateTable("repository").set({ updated_ms: clock }).execute());
      await change();
      clock += 1_999;
      await slow.soon(60_000);
      expect(counts).toBe(1);
      clock += 1;
      // How long it takes is not known yet, whatever all took.
      expect((await slow.soon(499))?.repositories.get(app.id)).toMatchObject({ tags: noTags });
      expect(counts).toBe(2);
      await change();
      clock += 9_999;
      await slow.soon(60_000);
      expect(counts).toBe(2);
      clock += 1;
      await change();
      // By now it is: that is not waited for.
      const before = await slow.soon(499);
      expect(slow.latest()).toBe(before);
      await expect.poll(() => slow.latest()).not.toBe(before);
      expect(counts).toBe(3);
      await slow.close();
      expect(failures).toEqual([]);
    });

    test("is waited for a moment where it comes soon", async () => {
      expect((await census.soon(60_000))?.asOfMs).toBe(clock);
      clock += 60_000;
      expect((await census.soon(60_000))?.asOfMs).toBe(clock);
      const stuck = { ...pulls, trackedSinceMs: startMs, gaps: () => new Promise<never>(() => undefined) };
      const never = createCensus({ db: opened.db, pulls: stuck, idleAfterMs, now: () => clock, log: () => undefined });
      expect(await never.soon(5)).toBeUndefined();
    });

    test("what it shows of idle images is the largest, each once, however many tags they have", async () => {
      const app = await addRepository(opened.db, "team/app");
      for (let i = 1; i <= 8; i++) {
        const manifest = await addManifest(opened.db, app, `m${i}`, { bytes: i * 10 });
        for (const suffix of ["a", "b"]) await putTag(opened.db, `v${i}${suffix}`, manifest, startMs);
      }
      clock += 8 * day;
      const { idleLargest } = (await census.read()).repositories.get(app.id)!;
      expect(idleLargest.map(({ bytes }) => bytes)).toEqual([80, 70, 60, 50, 40]);
    });

    test("a failure is told and tried again", async () => {
      const broken = createCensus({
        db: opened.db,
        pulls: { ...pulls, trackedSinceMs: startMs, gaps: () => Promise.reject(new Error("down")) },
        idleAfterMs,
        now: () => clock,
        log: (_, error) => void failures.push(error),
      });
      await expect(broken.read()).rejects.toThrow("down");
      await expect(broken.read()).rejects.toThrow("down");
      expect(failures).toHaveLength(2);
      await broken.close();
      expect(broken.latest()).toBeUndefined();
    });
  });
});
