import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryAttribution, type AttributionOptions, type Sighting, type Taking } from "./attribution.ts";

function open(options: Partial<AttributionOptions> = {}) {
  const clock = { ms: 1_000_000 };
  const evicted: number[] = [];
  const attribution = new MemoryAttribution({
    childrenOf: async () => [],
    monotonic: () => clock.ms,
    limit: 1000,
    limitPerAddress: 1000,
    onEvicted: () => evicted.push(clock.ms),
    ...options,
  });
  const head = (fields: Partial<Sighting> = {}): void =>
    attribution.remember({
      kind: "head",
      client: 5,
      address: "a",
      manifestId: 2,
      tagEpoch: 3,
      timeMs: clock.ms,
      ageMs: 0,
      ...fields,
    });
  const index = (fields: Partial<Sighting> = {}): void => head({ kind: "index", manifestId: 100, ...fields });
  const get = (fields: Partial<Taking> = {}) =>
    attribution.take({ client: 5, manifestId: 2, digest: "d2", tagEpoch: 0, ...fields });
  return { attribution, clock, evicted, head, index, get };
}
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a HEAD is taken by one GET only", () => {
  const { head, get, clock, attribution } = open();
  head();
  expect(get()).toEqual({ head: { tagEpoch: 3, timeMs: clock.ms } });
  expect(get()).toEqual({});
  expect(attribution.size).toBe(0);
});

test("a hundred nodes behind one address are a hundred HEADs, and the newest is taken first", () => {
  const { head, get, clock } = open();
  const start = clock.ms;
  for (let i = 0; i < 100; i++, clock.ms++) head();
  for (let i = 99; i >= 0; i--) expect(get()).toEqual({ head: { tagEpoch: 3, timeMs: start + i } });
  expect(get()).toEqual({});
});

test("only the same client, manifest and tag take a HEAD; a GET by digest takes that of any tag", () => {
  const { head, get } = open();
  head({ tagEpoch: 3 });
  expect(get({ client: 6 })).toEqual({});
  expect(get({ manifestId: 9 })).toEqual({});
  expect(get({ tagEpoch: 4 })).toEqual({});
  expect(get({ tagEpoch: 3 })).toMatchObject({ head: { tagEpoch: 3 } });
  head({ tagEpoch: 4 });
  expect(get({ tagEpoch: 0 })).toMatchObject({ head: { tagEpoch: 4 } });
});

test("a HEAD waits for sixty seconds by the monotonic clock", () => {
  const { head, get, clock, attribution } = open();
  head();
  clock.ms += 60_000;
  expect(get()).toMatchObject({ head: {} });
  head();
  clock.ms += 60_001;
  expect(get()).toEqual({});
  head({ manifestId: 9 });
  expect(attribution.size).toBe(1);
});

test("a HEAD given back after an unanswered GET is taken by the next, with its own time and age", () => {
  const { head, get, clock } = open();
  head({ timeMs: 77, ageMs: 59_000 });
  expect(get()).toEqual({ head: { tagEpoch: 3, timeMs: 77 } });
  head({ timeMs: 77, ageMs: 59_000 });
  clock.ms += 1001;
  expect(get()).toEqual({});
});

test("beyond the bound the oldest is forgotten and reported", () => {
  const { head, get, evicted } = open({ limit: 3 });
  for (let manifestId = 1; manifestId <= 4; manifestId++) head({ manifestId, address: `a${manifestId}` });
  expect(evicted.length).toBe(1);
  expect(get({ manifestId: 1 })).toEqual({});
  expect(get({ manifestId: 2 })).toMatchObject({ head: {} });
});

test("one address cannot push out what others wait for", () => {
  const { head, get, evicted, attribution } = open({ limit: 100, limitPerAddress: 10 });
  head({ address: "quiet", client: 1 });
  for (let manifestId = 1; manifestId <= 500; manifestId++) head({ manifestId, address: "loud" });
  expect(evicted.length).toBe(490);
  expect(attribution.size).toBe(11);
  expect(get({ client: 1 })).toMatchObject({ head: {} });
});

test("what has expired is no eviction", () => {
  const { head, evicted, clock } = open({ limit: 2 });
  for (let i = 0; i < 50; i++, clock.ms += 30_001) head({ manifestId: i });
  expect(evicted).toEqual([]);
});

test("a child asked for right after its index belongs to it, as often as it is asked for", async () => {
  const { index, get, clock } = open({ childrenOf: async (id) => (id === 100 ? ["d2", "d4"] : []) });
  index();
  await later();
  expect(get()).toEqual({ parentId: 100 });
  expect(get({ digest: "d4", manifestId: 4 })).toEqual({ parentId: 100 });
  expect(get({ digest: "d5", manifestId: 5 })).toEqual({});
  expect(get({ client: 6 })).toEqual({});
  expect(get({ tagEpoch: 3 })).toEqual({});
  clock.ms += 60_001;
  expect(get()).toEqual({});
});

test("of several indexes with the same child the one pulled last counts", async () => {
  const { index, get, clock } = open({ childrenOf: async () => ["d2"] });
  for (const manifestId of [100, 101, 102, 101]) {
    index({ manifestId });
    await later();
    clock.ms++;
  }
  expect(get()).toEqual({ parentId: 101 });
});

test("a child asked for while its index is still being looked up waits for that, but not long", async () => {
  const answer = Promise.withResolvers<readonly string[]>();
  const { index, get } = open({ childrenOf: () => answer.promise });
  index();
  const taken = get();
  expect(taken).toBeInstanceOf(Promise);
  answer.resolve(["d2"]);
  expect(await taken).toEqual({ parentId: 100 });

  const silent = open({ childrenOf: () => new Promise(() => undefined) });
  silent.index();
  expect(await silent.get()).toEqual({});
});

test("when the children cannot be looked up, the pull counts as direct and the next pull of the index asks again", async () => {
  let asked = 0;
  const { index, get } = open({
    childrenOf: async () => {
      if (++asked === 1) throw new Error("down");
      return ["d2"];
    },
  });
  index();
  await later();
  expect(get()).toEqual({});
  index();
  await later();
  expect(get()).toEqual({ parentId: 100 });
});

test("heads are a multiset: as many are handed out as were remembered, never more, in any order of requests", () => {
  const step = fc.record({
    get: fc.boolean(),
    client: fc.nat({ max: 2 }),
    manifestId: fc.nat({ max: 2 }),
    tagEpoch: fc.integer({ min: 1, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { head, get, attribution } = open();
      const waiting: string[] = [];
      for (const { get: isGet, client, manifestId, tagEpoch } of steps) {
        const key = `${client} ${manifestId} ${tagEpoch}`;
        if (!isGet) {
          waiting.push(key);
          head({ client, manifestId, tagEpoch });
          continue;
        }
        const at = waiting.lastIndexOf(key);
        expect(get({ client, manifestId, tagEpoch })).toEqual(at < 0 ? {} : { head: expect.objectContaining({ tagEpoch }) });
        if (at >= 0) waiting.splice(at, 1);
      }
      expect(attribution.size).toBe(waiting.length);
    }),
  );
});
