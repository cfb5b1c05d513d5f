// One list of 1,000 tags of another registry, with digests, platforms, sizes and dates of images for two platforms: how many requests it
// costs and how long it takes, with an empty cache, again, and after a restart. The limit is the same requests sent bare.

import { join } from "node:path";
import { startFakeRegistry } from "../test/fake/fake-registry.ts";
import type { FakeRequest } from "../test/fake/fake-exchange.ts";
import { blobsOf, image, index, type Image } from "../test/image.ts";
import { KeepAliveConnection } from "../test/keep-alive.ts";
import { startHythe, type Hythe } from "../test/peers/hythe.ts";
import { pushBlob, pushImage, putManifest } from "../test/push.ts";
import type { TagsAnswer } from "../src/wire/tags.ts";
import { mapBounded } from "../src/client/map-bounded.ts";
import { ociIndex, ociManifest } from "../src/oci/media-types.ts";
import { compareTo, interleave, type Bench, type BenchContext, type Row } from "./bench.ts";
import { startPeers, withServers } from "./servers.ts";
import { getJson } from "./users.ts";

const repository = "bench/listing";
const platforms = ["linux/amd64", "linux/arm64"];
/** As many rows as the server reads at once. */
const lanes = 8;
const pushedAtOnce = 8;

export const listing: Bench = {
  name: "listing",
  sentence: "list of 1,000 tags of another registry with platforms, sizes and dates: requests, and seconds cold and warm",
  run: (context) =>
    withServers(async (keep) => {
      const tags = context.quick ? 100 : 1000;
      const fake = await startFakeRegistry();
      keep({ stop: () => fake.close() });
      const remotes: Record<string, string> = { "the fake registry": fake.url };
      for (const [name, peer] of await startPeers(context)) remotes[name] = keep(peer).url;
      for (const url of Object.values(remotes)) await fill(url, tags);
      const asked = fake.requests.length;
      const rows = await countRequests(context, fake, tags);
      const requests = fake.requests.slice(asked);
      for (const [name, url] of Object.entries(remotes)) rows.push(...(await time(context, { name, url, tags, requests })));
      return rows;
    }),
};

/** Each tag has an index of its own, each of its images a config of its own: nothing is saved because it was seen before. */
function nthIndex(n: number): Image {
  const created = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
  return index(platforms.map((platform) => image({ layers: ["base"], platform, created })));
}

async function fill(url: string, tags: number): Promise<void> {
  await pushImage(url, repository, nthIndex(0), "v1.0");
  const numbers = Array.from({ length: tags - 1 }, (_, n) => n + 1);
  await mapBounded(numbers, pushedAtOnce, async (n) => {
    const whole = nthIndex(n);
    for (const config of blobsOf(whole).filter(({ mediaType }) => mediaType.includes("config"))) {
      await pushBlob(url, repository, config);
    }
    for (const child of whole.children) await putManifest(url, repository, child.digest, child);
    await putManifest(url, repository, `v1.${n}`, whole);
  });
}

interface Counting {
  readonly url: string;
  readonly requests: readonly FakeRequest[];
}

async function countRequests(context: BenchContext, fake: Counting, tags: number): Promise<Row[]> {
  // The list, and for each tag: HEAD, its index, the index's images, the config of the first of them.
  const formula = 1 + tags * (1 + 1 + platforms.length + 1);
  const data = join(context.folder, "listing-requests");
  const count = async (ask: () => Promise<unknown>): Promise<number> => {
    const before = fake.requests.length;
    await ask();
    return fake.requests.length - before;
  };
  const first = await startOurs(context, data, fake.url);
  const cold = await count(() => list(first, tags));
  const warm = await count(() => list(first, tags));
  await first.stop();
  const second = await startOurs(context, data, fake.url);
  const again = await count(() => list(second, tags));
  await second.stop();
  const limit = ["1 + tags x (3 + platforms)", formula] as const;
  return [
    compareTo(`requests for ${tags} tags, cold`, "requests", cold, limit, { atMost: 1 }),
    compareTo(`requests for ${tags} tags, warm`, "requests", warm, ["cold", cold], { atMost: 0 }),
    compareTo(`requests for ${tags} tags, after a restart`, "requests", again, ["cold", cold], { atMost: 0 }),
  ];
}

interface Timing {
  readonly name: string;
  readonly url: string;
  readonly tags: number;
  /** What a cold list asks, in order. */
  readonly requests: readonly FakeRequest[];
}

async function time(context: BenchContext, { name, url, tags, requests }: Timing): Promise<Row[]> {
  let made = 0;
  const one = requests.slice(0, 1 + tags * (3 + platforms.length));
  const seconds = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await work();
    return (performance.now() - began) / 1000;
  };
  const folder = (): string => join(context.folder, `listing-${new URL(url).port}-${++made}`);
  const withOurs = async (measure: (server: Hythe, data: string) => Promise<number>): Promise<number> => {
    const data = folder();
    const server = await startOurs(context, data, url);
    try {
      return await measure(server, data);
    } finally {
      await server.stop();
    }
  };
  const values = await interleave(context, "s", {
    bare: () => seconds(() => replay(url, one)),
    cold: () => withOurs((server) => seconds(() => list(server, tags))),
    warm: () =>
      withOurs(async (server) => {
        await list(server, tags);
        return seconds(() => list(server, tags));
      }),
    restarted: () =>
      withOurs(async (first, data) => {
        await list(first, tags);
        await first.stop();
        const second = await startOurs(context, data, url);
        try {
          return await seconds(() => list(second, tags));
        } finally {
          await second.stop();
        }
      }),
  });
  const { bare = Number.NaN, cold = Number.NaN, warm = Number.NaN, restarted = Number.NaN } = values;
  return [
    compareTo(`${tags} tags of ${name}, cold`, "s", cold, [`its ${one.length} requests bare`, bare]),
    compareTo(`${tags} tags of ${name}, warm`, "s", warm, ["cold", cold], { atMost: 0.1 }),
    compareTo(`${tags} tags of ${name}, after a restart`, "s", restarted, ["cold", cold], { atMost: 0.5 }),
  ];
}

function startOurs(context: BenchContext, data: string, url: string): Promise<Hythe> {
  const { profile } = context;
  const nodeOptions = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${join(profile, "listing")}`];
  return startHythe({ data, nodeOptions, settings: { HYTHE_LOG_LEVEL: "warn", HYTHE_REGISTRIES_REMOTE_URL: url } });
}

/** An answer ends at its deadline, so on a busy machine whoever wants every row asks again. */
const mostAsks = 10;

/** Throws when a row lacks what it should show. */
async function list(server: Hythe, tags: number): Promise<void> {
  let whole = 0;
  for (let ask = 0; ask < mostAsks && whole < tags; ask++) {
    const url = `${server.url}/api/v1/tags?registry=remote&repository=${repository}&limit=1000&sort=version`;
    const { items } = (await getJson(url)) as TagsAnswer;
    whole = items.filter((row) => row.bytes !== null && row.builtAt && row.platforms.length === platforms.length).length;
  }
  if (whole !== tags) throw new Error(`${whole} of ${tags} tags came with all facts`);
}

/** The same requests without looking at what comes. */
async function replay(url: string, requests: readonly FakeRequest[]): Promise<void> {
  const port = Number(new URL(url).port);
  const connections = await Promise.all(Array.from({ length: lanes }, () => KeepAliveConnection.open(port, "bench/listing")));
  const free = [...connections];
  await mapBounded(requests, lanes, async ({ method, path, query }) => {
    const asked = query === "" ? path : `${path}?${query}`;
    // Docker's registries send lists in chunks, which the bare connection does not read.
    if (path.endsWith("/tags/list")) return void (await (await fetch(`${url}${asked}`)).arrayBuffer());
    const connection = free.pop()!;
    await connection.request(method as "GET" | "HEAD", asked, `Accept: ${ociIndex}, ${ociManifest}\r\n`);
    free.push(connection);
  });
  for (const connection of connections) connection.close();
}
