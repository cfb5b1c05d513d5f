import { beforeAll, expect, test } from "vitest";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { watchRegistry, type WatchedRegistry } from "../../test/fake/watched-registry.ts";
import { seededRandom } from "../../test/seeded-random.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Registry } from "../oci/registry.ts";
import { generateContent, type DemoContent } from "./content.ts";
import { demandOf, type RepositoryDemand } from "./demand.ts";
import { fillRegistry } from "./fill.ts";
import { startTraffic, type Traffic } from "./traffic.ts";

const nowMs = Date.parse("2026-11-20T10:20:00Z");
let registry: Registry;
let content: DemoContent;
let demands: RepositoryDemand[];
beforeAll(async () => {
  content = generateContent("hythe", nowMs);
  demands = demandOf(content, "hythe", nowMs);
  registry = createMemoryRegistry();
  await fillRegistry({ registry, setTime: () => undefined }, content);
});

interface Running {
  readonly traffic: Traffic;
  readonly watched: WatchedRegistry;
  readonly pauses: readonly number[];
  /** Resolves when there were so many pauses. */
  after(pauses: number): Promise<void>;
}

/** Pauses take no time until there were `limit` of them; then they last until the traffic is stopped. */
function start(limit: number, before?: WatchedRegistry["before"]): Running {
  const watched = watchRegistry(registry);
  if (before !== undefined) watched.before = before;
  const pauses: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    pauses.push(ms);
    if (pauses.length < limit) return;
    resolve();
    await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  };
  const traffic = startTraffic(demands, { registry: watched.registry, now: () => nowMs, random: seededRandom(1), sleep });
  return { traffic, watched, pauses, after: () => promise };
}

test("pulls what is used, by HEAD, by tag and as child, one after the other, and stops when it is told to", async () => {
  const { after, pauses, traffic, watched } = start(400);
  await after(400);
  await traffic.stop();
  const calls = watched.calls.length;
  expect(watched.count("manifests.head")).toBeGreaterThan(50);
  expect(watched.calls.filter((call) => /^manifests\.get .*@sha256:/.test(call)).length).toBeGreaterThan(50);
  expect(watched.mostAtOnce).toBe(1);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(150);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(5000);
  const repositories = new Set(watched.calls.map((call) => call.split(" ")[1]!.split(/[:@]/)[0]!));
  expect(repositories.size).toBeGreaterThan(10);
  for (const repository of repositories) expect(content.uses.get(repository as never)).not.toBe("never");
  await new Promise(setImmediate);
  expect(watched.calls.length).toBe(calls);
});

test("goes on when something that it wants is gone", async () => {
  const { after, traffic, watched } = start(50, async () => {
    throw new RegistryError("MANIFEST_UNKNOWN");
  });
  await after(50);
  await traffic.stop();
  expect(watched.calls.length).toBeGreaterThan(40);
});

test("a pull that is under way is broken off by the stop", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { traffic, watched } = start(1000, async (_call, signal) => {
    resolve();
    await new Promise((_resolve, reject) => signal!.addEventListener("abort", () => reject(signal!.reason as Error)));
  });
  await promise;
  await traffic.stop();
  expect(watched.calls).toHaveLength(1);
});
