import { beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { ociIndex } from "../oci/media-types.ts";
import { generateContent, type DemoContent } from "./content.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { DemoManifest } from "./manifests.ts";
import { countedTimes } from "./pull-plan.ts";
import { createRandom } from "./random.ts";
import { repositoryPlans, type Use } from "./repositories.ts";
import { releasesOf } from "./versions.ts";

const untilMs = Date.parse("2026-11-21T12:00:00Z");
const dayMs = 86_400_000;
let content: DemoContent;

beforeAll(() => void (content = generateContent("hythe", untilMs)));

const all = ({ pushes }: DemoContent): DemoManifest[] => pushes.flatMap(({ manifest }) => [manifest, ...manifest.children]);
const parse = ({ bytes }: DemoManifest): Record<string, unknown> => JSON.parse(bytes.toString()) as Record<string, unknown>;
const tagsOf = (repository: string): Set<string> =>
  new Set(content.pushes.filter((push) => push.repository === repository).flatMap(({ tags }) => tags));

/** Releases alone: making all bytes takes a while. */
const burstsOf = (now: number): { atMs: number; use: Use }[] =>
  repositoryPlans
    .filter(({ use }) => use === "never" || use === "new")
    .flatMap((plan) => releasesOf(plan, createRandom(plan.name), now).map(({ atMs }) => ({ atMs, use: plan.use })));

describe("the content of the demo", () => {
  test("is the same for the same seed and time, and another for another seed", () => {
    const digests = (of: DemoContent): string[] => of.pushes.map(({ manifest }) => manifest.digest);
    expect(digests(generateContent("hythe", untilMs))).toEqual(digests(content));
    const other = new Set(digests(generateContent("other", untilMs)));
    expect(digests(content).filter((digest) => other.has(digest))).toEqual([]);
  });

  test("has more than 50 repositories of several teams, and some nested deeper", () => {
    const names = [...content.uses.keys()];
    expect(names.length).toBeGreaterThan(50);
    expect(new Set(names.map((name) => name.split("/")[0])).size).toBeGreaterThan(8);
    expect(names).toContain("data/ml/training");
    expect(new Set(content.uses.values())).toEqual(
      new Set(["hot", "busy", "steady", "quiet", "idle", "never", "unknown", "new"]),
    );
  });

  test("is pushed oldest first over more than two years, on weekdays, and never in the future", () => {
    const times = content.pushes.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeLessThan(untilMs - 730 * dayMs);
    expect(times.at(-1)).toBeLessThanOrEqual(untilMs);
    expect(times.at(-1)).toBeGreaterThan(untilMs - 4 * dayMs);
    expect(times.filter((atMs) => [0, 6].includes(new Date(atMs).getUTCDay()))).toEqual([]);
  });

  test("pushed what nobody ever asked for when it can be known: after the last gap and more than a week ago", () => {
    const lastGap = countedTimes(untilMs).at(-1)!;
    const ages = content.pushes
      .filter(({ repository }) => content.uses.get(repository) === "never")
      .map(({ atMs }) => [atMs > lastGap.fromMs, untilMs - atMs > 7 * dayMs]);
    expect(ages.length).toBeGreaterThan(5);
    expect(ages.flat().every(Boolean)).toBe(true);
  });

  test.each([0, 1, 2, 3, 4, 5, 6])("does so on every day of the week, %i days on, early and late", (days) => {
    for (const hour of [0.2, 23.8]) {
      const now = Date.UTC(2026, 10, 22 + days) + hour * 3_600_000;
      const lastGap = countedTimes(now).at(-1)!;
      for (const { atMs, use } of burstsOf(now)) {
        expect(atMs).toBeLessThan(now);
        if (use === "new") expect(now - atMs).toBeLessThan(7 * dayMs);
        else expect([atMs > lastGap.fromMs, now - atMs > 7 * dayMs]).toEqual([true, true]);
      }
    }
  });

  test("has its largest images where nobody pulls any more", () => {
    const sizes = new Map<string, number>();
    for (const { manifest, repository } of content.pushes) {
      const bytes = [manifest, ...manifest.children].flatMap(({ blobs }) => blobs).reduce((sum, { size }) => sum + size, 0);
      sizes.set(repository, Math.max(bytes, sizes.get(repository) ?? 0));
    }
    const largest = [...sizes].toSorted(([, a], [, b]) => b - a).slice(0, 2);
    expect(largest.map(([repository]) => content.uses.get(repository as RepositoryName))).toEqual(["idle", "idle"]);
    expect(largest[1]![1]).toBeGreaterThan(1.2 * [...sizes.values()].toSorted((a, b) => b - a)[2]!);
  });

  test("has one index of which a platform did not come", () => {
    const sparse = content.pushes.filter(({ absent }) => absent.length > 0);
    expect(sparse.map(({ repository, tags }) => [repository, tags.includes("latest" as Tag)])).toEqual([["vendor/redis", true]]);
    expect(sparse[0]!.manifest.children).toContain(sparse[0]!.absent[0]);
  });

  test("has tags by version, date and commit, some that move, and some of cosign", () => {
    const names = content.pushes.flatMap(({ tags }) => tags);
    for (const form of [
      /^v\d+\.\d+\.\d+$/,
      /^v\d+\.\d+\.\d+-rc\.1$/,
      /^\d{4}\.\d\d\.\d\d$/,
      /^sha-[0-9a-f]{7}$/,
      /^nightly-\d{8}$/,
    ])
      expect(names.filter((tag) => form.test(tag)).length, String(form)).toBeGreaterThan(3);
    expect(names.filter((tag) => /^sha256-[0-9a-f]{64}\.sig$/.test(tag)).length).toBeGreaterThan(3);
    expect(names.filter((tag) => tag === "latest").length).toBeGreaterThan(100);
    expect(tagsOf("base/node")).toContain("latest");
  });

  test("has images for one and for several platforms, attested ones, Docker's own, charts, modules and other artifacts", () => {
    const manifests = all(content);
    const indexes = manifests.filter(({ mediaType }) => mediaType === ociIndex);
    const sizes = new Set(indexes.map(({ children }) => children.length));
    expect([...sizes].toSorted((a, b) => a - b)).toEqual([2, 3, 4, 6]);
    const platforms = new Set(manifests.map(({ platform }) => platform));
    for (const one of ["linux/amd64", "linux/arm64", "linux/arm/v7", "windows/amd64"]) expect(platforms).toContain(one);
    const types = new Set(manifests.flatMap(({ blobs, mediaType }) => [mediaType, ...blobs.map((blob) => blob.mediaType)]));
    for (const type of ["docker.distribution.manifest.v2", "helm.config", "wasm", "in-toto", "cosign.simplesigning"]) {
      expect([...types].join(" ")).toContain(type);
    }
  });

  test("says of every manifest and blob the digest and size that it has, and uses names that exist", () => {
    const blobs = new Map(all(content).flatMap((manifest) => manifest.blobs.map((blob) => [blob.digest, blob])));
    for (const blob of blobs.values()) {
      const bytes = blob.bytes();
      expect([bytes.length, digestOf(bytes)]).toEqual([blob.size, blob.digest]);
    }
    for (const manifest of all(content)) {
      expect(digestOf(manifest.bytes)).toBe(manifest.digest);
      const named = parse(manifest) as {
        config?: { digest: string };
        layers?: { digest: string }[];
        manifests?: { digest: string }[];
      };
      const digests = [...(named.config ? [named.config] : []), ...(named.layers ?? []), ...(named.manifests ?? [])].map(
        (d) => d.digest,
      );
      expect(digests).toEqual([...manifest.blobs, ...manifest.children].map(({ digest }) => digest));
    }
  });

  test("shares base layers between repositories, and stays below 100 MB in all", () => {
    const users = new Map<string, Set<string>>();
    let bytes = 0;
    for (const { manifest, repository } of content.pushes) {
      for (const { blobs } of [manifest, ...manifest.children]) {
        for (const { digest, size } of blobs) {
          if (!users.has(digest)) bytes += size;
          users.set(digest, (users.get(digest) ?? new Set()).add(repository));
        }
      }
    }
    expect([...users.values()].filter(({ size }) => size > 3).length).toBeGreaterThan(10);
    expect(bytes).toBeLessThan(100_000_000);
  });

  test("has signatures and lists of contents that refer to images in the same repository", () => {
    const referrers = content.pushes.filter(({ manifest }) => parse(manifest)["subject"] !== undefined);
    expect(new Set(referrers.map(({ manifest }) => parse(manifest)["artifactType"]))).toEqual(
      new Set(["application/vnd.dev.sigstore.bundle.v0.3+json", "application/spdx+json"]),
    );
    for (const { manifest, repository, isAccessory } of referrers) {
      const { digest } = parse(manifest)["subject"] as { digest: string };
      expect(isAccessory).toBe(true);
      expect(content.pushes.some((push) => push.repository === repository && push.manifest.digest === digest)).toBe(true);
    }
  });
});
