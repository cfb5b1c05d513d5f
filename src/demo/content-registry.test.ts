import { beforeAll, describe, expect, test } from "vitest";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { createContentRegistry } from "./content-registry.ts";
import { generateContent, type DemoContent } from "./content.ts";
import { fillRegistry } from "./fill.ts";

const repository = "platform/gateway" as RepositoryName;

describe("the content of the demo as a registry", () => {
  let content: DemoContent;
  /** The same content, and what it is compared with: a registry that it was pushed to. */
  let registry: Registry;
  let pushed: Registry;
  beforeAll(async () => {
    const all = generateContent("hythe", Date.parse("2026-11-21T12:00:00Z"));
    content = { ...all, pushes: all.pushes.filter((push) => /^(?:platform|charts)/.test(push.repository)) };
    registry = createContentRegistry(content.pushes);
    pushed = createMemoryRegistry();
    await fillRegistry({ registry: pushed, setTime: () => undefined }, content);
  });

  /** All pages of a list of three items each. */
  async function pages<Item extends string>(
    read: (page: { limit: number; last?: string }) => Promise<{ items: readonly Item[]; more: boolean }>,
  ): Promise<(readonly Item[])[]> {
    const found: (readonly Item[])[] = [];
    for (let last: string | undefined; ;) {
      const { items, more } = await read({ limit: 3, ...(last !== undefined && { last }) });
      found.push(items);
      last = items.at(-1);
      if (!more) return found;
    }
  }

  test("lists the same repositories and tags, page by page", async () => {
    expect(await pages((page) => registry.repositories(page))).toEqual(await pages((page) => pushed.repositories(page)));
    expect(await pages((page) => registry.tags(repository, page))).toEqual(await pages((page) => pushed.tags(repository, page)));
    expect(await registry.tags(repository, { limit: 0 })).toEqual({ items: [], more: false });
  });

  test("gives the same manifests, by tag and by digest, and the same referrers", async () => {
    for (const { manifest, repository: name, tags } of content.pushes) {
      for (const { bytes, digest } of [manifest, ...manifest.children]) {
        const found = await registry.manifests.get({ repository: name, digest });
        expect(Buffer.from(found.bytes).equals(bytes)).toBe(true);
      }
      for (const tag of tags) {
        const { digest, mediaType, size } = await pushed.manifests.head({ repository: name, tag });
        expect(await registry.manifests.head({ repository: name, tag })).toEqual({ digest, mediaType, size });
      }
      const subject = { repository: name, digest: manifest.digest };
      expect(await registry.manifests.referrers(subject, { limit: 10 })).toEqual(
        await pushed.manifests.referrers(subject, { limit: 10 }),
      );
    }
  });

  test("gives the same bytes of a blob, whole and a part of them", async () => {
    const { blobs } = content.pushes.find((push) => push.repository === repository)!.manifest.children[0]!;
    for (const { bytes, digest, size } of blobs) {
      const blob = await registry.blobs.get({ repository, digest });
      expect(blob.size).toBe(size);
      expect(Buffer.concat(await (await blob.open()).toArray()).equals(bytes())).toBe(true);
      const part = Buffer.concat(await (await blob.open({ start: 3, end: 9 })).toArray());
      expect(part.equals(bytes().subarray(3, 10))).toBe(true);
    }
  });

  test("says what is not there, and takes nothing", async () => {
    const digest = `sha256:${"0".repeat(64)}` as Digest;
    const code = (text: string): object => ({ code: text });
    await expect(registry.tags("no/such" as RepositoryName, { limit: 1 })).rejects.toMatchObject(code("NAME_UNKNOWN"));
    await expect(registry.manifests.get({ repository, digest })).rejects.toMatchObject(code("MANIFEST_UNKNOWN"));
    await expect(registry.manifests.head({ repository, tag: "none" as Tag })).rejects.toMatchObject(code("MANIFEST_UNKNOWN"));
    await expect(registry.blobs.head({ repository, digest })).rejects.toMatchObject(code("BLOB_UNKNOWN"));
    await expect(registry.manifests.put({ repository, digest }, Buffer.from("{}"), undefined)).rejects.toMatchObject(
      code("UNSUPPORTED"),
    );
    await expect(registry.blobs.upload(repository)).rejects.toMatchObject(code("UNSUPPORTED"));
  });
});
