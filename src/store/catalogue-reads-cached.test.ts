import { describe, expect, test } from "vitest";
import type { Digest } from "../oci/digest.ts";
import type { Reference, RepositoryName, Tag } from "../oci/reference.ts";
import { cacheReads } from "./catalogue-reads-cached.ts";
import type { FoundBody, Reads } from "./catalogue-reads.ts";

const tag = (name: string): Reference => ({ repository: "a/b" as RepositoryName, tag: name as Tag });

function counting(bodyBytes = 10) {
  const state = { version: 1, asked: 0, digest: "sha256:1" };
  const reads: Reads = {
    manifest: async () => undefined,
    blob: async () => undefined,
    async manifestWithBody(reference) {
      state.asked++;
      if (reference.tag === "missing") return undefined;
      const body = new Uint8Array(bodyBytes);
      return {
        body,
        digest: state.digest as Digest,
        repositoryId: 1,
        manifestId: 1,
        tagEpoch: 1,
        mediaType: "m",
        size: bodyBytes,
        leasedMs: 0,
      };
    },
  };
  return { state, reads };
}

describe("remembered look-ups", () => {
  test("are asked once as long as nothing was committed", async () => {
    const { state, reads } = counting();
    const cached = cacheReads(reads, () => state.version);
    const first = await cached.manifestWithBody(tag("v1"));
    expect(await cached.manifestWithBody(tag("v1"))).toBe(first);
    expect(state.asked).toBe(1);
    await cached.manifestWithBody(tag("v2"));
    expect(state.asked).toBe(2);
  });

  test("are forgotten with the next commit of anyone", async () => {
    const { state, reads } = counting();
    const cached = cacheReads(reads, () => state.version);
    await cached.manifestWithBody(tag("v1"));
    state.version++;
    state.digest = "sha256:2";
    expect((await cached.manifestWithBody(tag("v1")))?.digest).toBe("sha256:2");
  });

  test("a commit while a look-up is under way does not leave its answer behind", async () => {
    const { state, reads } = counting();
    const slow: Reads = {
      ...reads,
      async manifestWithBody(reference) {
        const row = (await reads.manifestWithBody(reference)) as FoundBody;
        state.version++;
        return row;
      },
    };
    const cached = cacheReads(slow, () => state.version);
    await cached.manifestWithBody(tag("v1"));
    await cached.manifestWithBody(tag("v1"));
    expect(state.asked).toBe(2);
  });

  test("what is not there is asked for each time", async () => {
    const { state, reads } = counting();
    const cached = cacheReads(reads, () => state.version);
    await cached.manifestWithBody(tag("missing"));
    await cached.manifestWithBody(tag("missing"));
    expect(state.asked).toBe(2);
  });

  test("are bounded: the oldest go first, a huge one is not kept at all", async () => {
    const { state, reads } = counting(100);
    const cached = cacheReads(reads, () => state.version, 612 * 10);
    for (let i = 0; i < 11; i++) await cached.manifestWithBody(tag(`v${i}`));
    await cached.manifestWithBody(tag("v10"));
    expect(state.asked).toBe(11);
    await cached.manifestWithBody(tag("v0"));
    expect(state.asked).toBe(12);

    const huge = counting(1000);
    const small = cacheReads(huge.reads, () => huge.state.version, 8000);
    await small.manifestWithBody(tag("v1"));
    await small.manifestWithBody(tag("v1"));
    expect(huge.state.asked).toBe(2);
  });
});
