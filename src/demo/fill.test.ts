import { expect, test } from "vitest";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { generateContent, type DemoPush } from "./content.ts";
import { fillRegistry } from "./fill.ts";

test("everything that was generated is in the registry afterwards, and tags are where their last push put them", async () => {
  const content = generateContent("hythe", Date.parse("2026-11-21T12:00:00Z"));
  const registry = createMemoryRegistry();
  const times: number[] = [];
  await fillRegistry({ registry, setTime: (atMs) => void times.push(atMs) }, content);
  expect(new Set(times)).toEqual(new Set(content.pushes.map(({ atMs }) => atMs)));
  expect((await registry.repositories({ limit: 1000 })).items).toEqual([...content.uses.keys()].toSorted());
  const last = new Map(
    content.pushes.flatMap(({ manifest, repository, tags }) => tags.map((tag) => [`${repository}:${tag}`, manifest.digest])),
  );
  for (const repository of content.uses.keys()) {
    for (const tag of (await registry.tags(repository, { limit: 1000 })).items) {
      const { digest } = await registry.manifests.head({ repository, tag });
      expect(digest).toBe(last.get(`${repository}:${tag}`));
      last.delete(`${repository}:${tag}`);
    }
  }
  expect([...last.keys()]).toEqual([]);
});

test("a registry that takes it gets the index alone, without the platform that did not come and its blobs", async () => {
  const content = generateContent("hythe", Date.parse("2026-11-21T12:00:00Z"));
  const pushes = content.pushes.filter(({ repository }) => repository === "vendor/redis");
  const sparse = pushes.find(({ absent }) => absent.length > 0)!;
  const registry = createMemoryRegistry();
  const put: DemoPush[] = [];
  await fillRegistry(
    { registry, setTime: () => undefined, putSparse: async (push) => void put.push(push) },
    { ...content, pushes },
  );
  expect(put).toEqual([sparse]);
  const { repository } = sparse;
  const [here, absent] = sparse.manifest.children;
  await registry.manifests.head({ repository, digest: here!.digest });
  await expect(registry.manifests.head({ repository, digest: absent!.digest })).rejects.toMatchObject({
    code: "MANIFEST_UNKNOWN",
  });
  const own = absent!.blobs.find(({ digest }) => !here!.blobs.some((blob) => blob.digest === digest))!;
  await expect(registry.blobs.head({ repository, digest: own.digest })).rejects.toMatchObject({ code: "BLOB_UNKNOWN" });
});
