import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { image, type Image } from "../image.ts";
import { startHythe, type Hythe } from "../peers/hythe.ts";
import { hasPostgres, usePostgres } from "../peers/postgres.ts";
import { pushBlob, pushImage, putManifest } from "../push.ts";
import { freshBlob } from "./pushes-client.ts";
import { runPushes, verifyFiles } from "./pushes.ts";

const timeout = 90_000;
const engines = [
  { name: "SQLite", database: async () => ({ url: undefined, drop: async () => undefined }), skip: false },
  { name: hasPostgres ? "PostgreSQL" : "PostgreSQL (skipped: not installed here)", database: usePostgres, skip: !hasPostgres },
];

describe.each(engines)("pushes on $name", ({ database, skip }) => {
  describe.skipIf(skip)("", () => {
    let data: string;
    let url: string | undefined;
    let drop: () => Promise<void>;
    beforeAll(async () => {
      data = mkdtempSync(join(tmpdir(), "hythe-pushes-"));
      ({ url, drop } = await database());
    });
    afterAll(async () => {
      await drop();
      rmSync(data, { recursive: true, force: true });
    });

    test("a kill at any instant loses nothing that was acknowledged and leaves nothing that is half", { timeout }, async () => {
      const { images } = await runPushes({ data: join(data, "killed"), database: url, kills: 8, pushers: 8, seed: 7 });
      expect(images).toBe(8);
    });

    describe("many at once", () => {
      let server: Hythe;
      const folder = (): string => join(data, "many");
      beforeAll(async () => {
        server = await startHythe({ data: folder(), database: url });
      });
      afterAll(() => server.stop());

      test("a hundred concurrent pushes of the same blob all succeed", { timeout }, async () => {
        const blob = freshBlob("a hundred times", 400_000);
        const repositories = Array.from({ length: 100 }, (_, i) => (i < 50 ? "many/same" : `many/other-${i}`));
        await Promise.all(repositories.map((repository) => pushBlob(server.url, repository, blob)));
        for (const repository of new Set(repositories)) {
          const answer = await fetch(`${server.url}/v2/${repository}/blobs/${blob.digest}`);
          expect(Buffer.from(await answer.arrayBuffer()).equals(blob.bytes)).toBe(true);
        }
        const copies = readdirSync(join(folder(), "content", "blobs"), { recursive: true, encoding: "utf8" }).filter((name) =>
          name.includes(blob.digest.slice(7)),
        );
        expect(copies).toHaveLength(1);
        expect(await verifyFiles(join(folder(), "content", "blobs"))).toBeGreaterThan(0);
      });

      test("concurrent moves of a tag leave an unbroken history with one end", { timeout }, async () => {
        const repository = "many/moves";
        const images: Image[] = Array.from({ length: 5 }, (_, i) => image({ layers: [`move-${i}`] }));
        for (const each of images) await pushImage(server.url, repository, each);
        const moves = Array.from({ length: 60 }, (_, i) => images[i % images.length]!);
        await Promise.all(moves.map((each) => putManifest(server.url, repository, "moving", each)));

        const now = await fetch(`${server.url}/v2/${repository}/manifests/moving`, { method: "HEAD" });
        const answer = await fetch(`${server.url}/api/v1/tags/moving/history?repository=${repository}&limit=1000`);
        const { items } = (await answer.json()) as { items: { digest: string; startedAt: string; endedAt: string | null }[] };
        // Newest first; a tag may move several times within one millisecond.
        const history = items.toReversed();
        expect(history.filter(({ endedAt }) => endedAt === null).map(({ digest }) => digest)).toEqual([
          now.headers.get("docker-content-digest"),
        ]);
        for (const [i, row] of history.entries()) {
          if (i > 0) expect(row.startedAt).toBe(history[i - 1]!.endedAt);
        }
      });
    });
  });
});
