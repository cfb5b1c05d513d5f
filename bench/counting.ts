// What counting costs: the same server with it on and off, as fast as it goes and at half of that. The peer of each figure is ourselves.

import { compareTo, interleave, type Bench, type BenchContext, type Row } from "./bench.ts";
import { manifestPaths, type FleetSize } from "./fleet.ts";
import { runPaced } from "./paced.ts";
import { startOurs, withServers } from "./servers.ts";
import { median } from "./statistics.ts";
import { runWrk } from "./wrk.ts";

const connections = 32;
const off = { HYTHE_PULLS_ENABLED: "false" };
const pacedPerSecond = 5000;

export const counting: Bench = {
  name: "counting",
  sentence: "counting on against off: throughput at full load, latency at full load and at 5,000 pulls/s",
  run: (context) =>
    withServers(async (keep) => {
      const size: FleetSize = { repositories: context.quick ? 50 : 1000, tagsPerRepository: 20 };
      const on = keep(await startOurs(context, "counting-on", size)).url;
      const without = keep(await startOurs(context, "counting-off", size, { settings: off })).url;
      return [
        ...(await fullLoad(context, size, { on, off: without })),
        ...(await pacedLoad(context, size, { on, off: without })),
      ];
    }),
};

interface Pair {
  readonly on: string;
  readonly off: string;
}

async function fullLoad(context: BenchContext, size: FleetSize, urls: Pair): Promise<Row[]> {
  const paths = manifestPaths(size);
  const p99: Record<keyof Pair, number[]> = { on: [], off: [] };
  const load = async (name: keyof Pair): Promise<number> => {
    const result = await runWrk({ url: urls[name], paths, connections, seconds: context.seconds, folder: context.folder });
    p99[name].push(result.p99);
    return result.requestsPerSecond;
  };
  await load("on");
  await load("off");
  p99.on = [];
  p99.off = [];
  const throughput = await interleave(context, "requests/s", { on: () => load("on"), off: () => load("off") });
  return [
    compareTo("throughput with counting", "requests/s", throughput["on"]!, ["counting off", throughput["off"]!], {
      atLeast: 0.95,
    }),
    compareTo("p99 with counting, full load", "ms", median(p99.on), ["counting off", median(p99.off)], { atMost: 1.1 }),
  ];
}

async function pacedLoad(context: BenchContext, size: FleetSize, urls: Pair): Promise<Row[]> {
  const paths = manifestPaths(size);
  const load = async (name: keyof Pair): Promise<number> => {
    const pick = (): string => paths[Math.floor(Math.random() * paths.length)]!;
    return (await runPaced({ url: urls[name], pick, perSecond: pacedPerSecond, seconds: context.seconds, connections })).p99();
  };
  const p99 = await interleave(context, "ms", { on: () => load("on"), off: () => load("off") });
  return [compareTo("p99 with counting, 5,000 pulls/s", "ms", p99["on"]!, ["counting off", p99["off"]!], { atMost: 1.1 })];
}
