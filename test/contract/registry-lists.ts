// The part of the registry contract about lists: tags, repositories, referrers.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Digest } from "../../src/oci/digest.ts";
import { ociIndex } from "../../src/oci/media-types.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";
import { image } from "../image.ts";
import { code, describeContent, fresh, manifest, pushBlob, pushImage } from "./pushing.ts";
import type { Subject } from "./registry.ts";

export function lists({ get, lacks }: Subject): void {
  describe("lists", () => {
    test("tags come in byte order, page by page, from any place on", async () => {
      const repository = fresh();
      const whole = image({ layers: ["listed"] });
      await pushImage(get(), repository, whole, "b", "_x", "A", "a", "B", "10", "9");
      const all = ["10", "9", "A", "B", "_x", "a", "b"];
      expect(await get().tags(repository, { limit: 100 })).toEqual({ items: all, more: false });
      expect(await get().tags(repository, { limit: 7 })).toEqual({ items: all, more: false });
      expect(await get().tags(repository, { limit: 3 })).toEqual({ items: ["10", "9", "A"], more: true });
      expect(await get().tags(repository, { limit: 3, last: "A" })).toEqual({ items: ["B", "_x", "a"], more: true });
      expect(await get().tags(repository, { limit: 3, last: "Azzz" })).toEqual({ items: ["B", "_x", "a"], more: true });
      expect(await get().tags(repository, { limit: 3, last: "b" })).toEqual({ items: [], more: false });
      expect(await get().tags(repository, { limit: 0 })).toEqual({ items: [], more: false });
    });

    test("tags of an unknown repository are an error, of one without tags an empty list", async () => {
      const repository = fresh();
      await expect(get().tags(repository, { limit: 1 })).rejects.toEqual(code("NAME_UNKNOWN"));
      await expect(get().tags(repository, { limit: 0 })).rejects.toEqual(code("NAME_UNKNOWN"));
      await pushImage(get(), repository, image({ layers: ["untagged"] }));
      const tags = get().tags(repository, { limit: 1 });
      if (lacks("repositories without tags")) await expect(tags).rejects.toEqual(code("NAME_UNKNOWN"));
      else expect(await tags).toEqual({ items: [], more: false });
    });

    test("repositories come in byte order, page by page, and only the visible ones", async () => {
      const base = fresh();
      const names = ["a", "a-b", "a/b", "a_b", "b.c"].map((end) => `${base}/${end}` as RepositoryName);
      for (const name of names) await pushImage(get(), name, image({ layers: ["listed"] }), "v1");
      const sorted = names.toSorted((x, y) => (x < y ? -1 : 1));
      const under = (...patterns: string[]) => patterns.map((pattern) => `${base}/${pattern}`);
      const list = (visible: string[], limit = 100, last?: string) =>
        get().repositories({ limit, visible, ...(last !== undefined && { last }) });
      expect(await list(under("*"))).toEqual({ items: sorted, more: false });
      expect(await list(under("*"), 2)).toEqual({ items: sorted.slice(0, 2), more: true });
      expect(await list(under("*"), 2, sorted[1])).toEqual({ items: sorted.slice(2, 4), more: true });
      expect((await list(under("a"))).items).toEqual([names[0]]);
      expect((await list(under("a_*", "b.c"))).items).toEqual([names[3], names[4]]);
      expect((await list(under("*b"))).items).toEqual(sorted.filter((name) => name.endsWith("b")));
      for (const nothing of [[], under("A*"), under("a?b"), under("[a]"), under("a%"), under("")]) {
        expect(await list(nothing)).toEqual({ items: [], more: false });
      }
      expect((await get().repositories({ limit: 1000, visible: ["*"] })).items).toEqual(expect.arrayContaining(names));
      expect((await get().repositories({ limit: 1 })).items).toHaveLength(1);
      expect(await get().repositories({ limit: 0 })).toEqual({ items: [], more: false });
    });
  });
}

export function referrers({ get }: Subject): void {
  describe("referrers", () => {
    test("those of an unknown repository or subject are an empty list", async () => {
      const repository = fresh();
      const subject = { repository, digest: `sha256:${"0".repeat(64)}` as Digest };
      expect(await get().manifests.referrers(subject, { limit: 10 })).toEqual({ items: [], more: false });
      await pushBlob(get(), repository, Buffer.from("x"));
      expect(await get().manifests.referrers(subject, { limit: 10 })).toEqual({ items: [], more: false });
    });

    test("they carry type, artifact type and annotations, in digest order, filtered and paged", async () => {
      const repository = fresh();
      const subject = image({ layers: ["subject"] });
      await pushImage(get(), repository, subject, "v1");
      const signature = image({ layers: ["s"], subject, artifactType: "application/x.sig", annotations: { by: "me", "": "" } });
      const sbom = image({ layers: ["b"], subject });
      for (const part of [signature, sbom]) await pushImage(get(), repository, part);
      const empty = manifest({ manifests: [], subject: describeContent(subject), annotations: null }, ociIndex);
      await get().manifests.put({ repository, digest: empty.digest }, empty.bytes, ociIndex);

      const expected = [
        { ...describeContent(signature), artifactType: "application/x.sig", annotations: { by: "me", "": "" } },
        { ...describeContent(sbom), artifactType: "application/vnd.oci.image.config.v1+json" },
        describeContent(empty),
      ].toSorted((x, y) => (x.digest < y.digest ? -1 : 1));
      const reference = { repository, digest: subject.digest };
      const list = (page: object) => get().manifests.referrers(reference, { limit: 10, ...page });
      expect(await list({})).toEqual({ items: expected, more: false });
      expect(await list({ limit: 2 })).toEqual({ items: expected.slice(0, 2), more: true });
      expect(await list({ limit: 2, last: expected[1]!.digest })).toEqual({ items: expected.slice(2), more: false });
      expect(await list({ limit: 0 })).toEqual({ items: [], more: false });
      const ofType = (...artifactTypes: string[]) => list({ artifactTypes });
      expect((await ofType("application/x.sig")).items.map(({ digest }) => digest)).toEqual([signature.digest]);
      const both = await ofType("application/x.sig", "application/vnd.oci.image.config.v1+json");
      expect(both.items).toHaveLength(2);
      expect(await ofType("application/other")).toEqual({ items: [], more: false });
    });

    test("a deleted referrer is no longer listed, those of a deleted subject are", async () => {
      const repository = fresh();
      const subject = image({ layers: ["gone"] });
      const referrer = image({ layers: ["stays"], subject });
      await pushImage(get(), repository, subject);
      await pushImage(get(), repository, referrer);
      const list = async () => (await get().manifests.referrers({ repository, digest: subject.digest }, { limit: 10 })).items;
      await get().manifests.delete({ repository, digest: subject.digest });
      expect(await list()).toHaveLength(1);
      await get().manifests.delete({ repository, digest: referrer.digest });
      expect(await list()).toEqual([]);
    });

    test("many referrers with long annotations come in pages that clients can read", async () => {
      const repository = fresh();
      const subject = image({ layers: ["much"] });
      const digests: Digest[] = [];
      for (let i = 0; i < 6; i++) {
        const annotations = { long: createHash("sha512").update(`${i}`).digest("hex").repeat(8000) };
        const bytes = { manifests: [], subject: describeContent(subject), annotations };
        const referrer = manifest(bytes, ociIndex);
        await get().manifests.put({ repository, digest: referrer.digest }, referrer.bytes, ociIndex);
        digests.push(referrer.digest);
      }
      const seen: Digest[] = [];
      for (let more = true; more;) {
        const last = seen.at(-1);
        const page = await get().manifests.referrers(
          { repository, digest: subject.digest },
          { limit: 100, ...(last !== undefined && { last }) },
        );
        expect(JSON.stringify(page.items).length).toBeLessThan(4 * 1024 * 1024);
        seen.push(...page.items.map(({ digest }) => digest));
        more = page.more;
      }
      expect(seen).toEqual(digests.toSorted());
    });
  });
}
