import { expect, test } from "vitest";
import { pushImage } from "../../test/contract/pushing.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { image } from "../../test/image.ts";
import { walksOf, type Walks } from "../client/walks.ts";
import { createRegistryError, type ErrorCode } from "../oci/errors.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { watchHealth } from "./health.ts";

const repository = "team/app" as RepositoryName;
const v1 = { repository, tag: "v1" as Tag };

/** A registry with one image in it, and what is changed about it. */
async function open(change: (registry: Registry & Walks) => Partial<Registry & Walks> = () => ({})) {
  const memory = createMemoryRegistry();
  const whole = image();
  await pushImage(memory, repository, whole, "v1");
  const registry = { ...memory, ...walksOf(memory) };
  let nowMs = 1000;
  return { whole, ...watchHealth({ ...registry, ...change(registry) }, () => nowMs++) };
}
const fail = (code: ErrorCode) => async (): Promise<never> => {
  throw createRegistryError(code, { message: `it says ${code}` });
};

test("a registry that nobody asked is unknown, and one that answers is ok", async () => {
  const { latest, registry, whole } = await open();
  expect(latest()).toMatchObject({ state: "unknown", atMs: undefined });
  await registry.manifests.head(v1);
  expect(latest()).toEqual({ state: "ok", sentence: "it answers", atMs: 1000, retryAtMs: undefined });
  for await (const page of registry.walkTags(repository)) expect(page).toEqual(["v1"]);
  expect(latest().atMs).toBe(1001);
  const blob = await registry.blobs.get({ repository, digest: whole.blobs[0]!.digest });
  // Nothing is asked before the bytes are.
  expect(latest().atMs).toBe(1001);
  await (await blob.open()).toArray();
  expect(latest()).toMatchObject({ state: "ok", atMs: 1002 });
});

test("what is not there, or not done there, was answered", async () => {
  const { latest, registry } = await open((inner) => ({ manifests: { ...inner.manifests, referrers: fail("UNSUPPORTED") } }));
  await expect(registry.manifests.get({ repository, tag: "v2" as Tag })).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
  expect(latest()).toMatchObject({ state: "ok", atMs: 1000 });
  const { digest } = await registry.manifests.head(v1);
  await expect(registry.manifests.referrers({ repository, digest }, { limit: 1 })).rejects.toMatchObject({ code: "UNSUPPORTED" });
  expect(latest().state).toBe("ok");
});

test.each(["UNREACHABLE", "TIMEOUT", "UNAUTHORIZED", "TOOMANYREQUESTS", "PROTOCOL_VIOLATED"] as const)(
  "%s is failing, until something is answered again",
  async (code) => {
    const { latest, registry } = await open((inner) => ({ manifests: { ...inner.manifests, get: fail(code) } }));
    await expect(registry.manifests.get(v1)).rejects.toMatchObject({ code });
    expect(latest()).toMatchObject({ state: "failing", sentence: `it says ${code}` });
    await registry.manifests.head(v1);
    expect(latest().state).toBe("ok");
  },
);

test("a list of repositories that is for others is no failure; a list of tags is", async () => {
  const refuse = (): AsyncIterable<never> => ({ [Symbol.asyncIterator]: () => ({ next: fail("UNAUTHORIZED") }) });
  const { latest, registry } = await open(() => ({ walkRepositories: refuse, walkTags: refuse }));
  const walk = async (pages: AsyncIterable<unknown>): Promise<void> => {
    await expect(Array.fromAsync(pages)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  };
  await walk(registry.walkRepositories());
  expect(latest().state).toBe("ok");
  await walk(registry.walkTags(repository));
  expect(latest().state).toBe("failing");
});

test("whoever stops waiting says nothing about the registry", async () => {
  const { latest, registry } = await open((inner) => ({ manifests: { ...inner.manifests, get: fail("TIMEOUT") } }));
  const signal = AbortSignal.abort();
  await expect(registry.manifests.get(v1, { signal })).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(latest().state).toBe("unknown");
});
