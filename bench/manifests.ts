// GET of manifests by tag, each counted, against nginx with the same bytes as files and against other registries, which do not count.

import { compareTo, interleave, type Bench, type BenchContext, type Row, type Target } from "./bench.ts";
import { manifestPaths, type FleetSize } from "./fleet.ts";
import { startFileServer, startOurs, startPeers, withServers } from "./servers.ts";
import { runWrk } from "./wrk.ts";

const connections = 32;
const targets: Record<string, Target> = {
  nginx: { atLeast: 0.3 },
  "distribution 3": { atLeast: 4 },
  "docker-registry 2.8": { atLeast: 15 },
  "ours, counting off": { atLeast: 0.95 },
};

export const manifests: Bench = {
  name: "manifests",
  sentence: `manifest GET by tag, 20,000 tags in 1,000 repositories, ${connections} connections, requests/s`,
  run: (context) => withServers((keep) => measure(context, keep)),
};

async function measure(
  context: BenchContext,
  keep: <S extends { stop(): Promise<unknown> } | undefined>(server: S) => S,
): Promise<Row[]> {
  const size: FleetSize = { repositories: context.quick ? 50 : 1000, tagsPerRepository: 20 };
  const urls: Record<string, string> = {};
  urls["ours"] = keep(await startOurs(context, "counting", size)).url;
  urls["ours, counting off"] = keep(await startOurs(context, "off", size, { settings: { HYTHE_PULLS_ENABLED: "false" } })).url;
  const nginx = keep(await startFileServer(context, size));
  if (nginx !== undefined) urls["nginx"] = nginx.url;
  for (const [name, peer] of await startPeers(context, size)) urls[name] = keep(peer).url;

  const paths = manifestPaths(size);
  const load = (url: string, seconds: number) => runWrk({ url, paths, connections, seconds, folder: context.folder });
  for (const url of Object.values(urls)) await load(url, Math.min(3, context.seconds));
  const candidates = Object.fromEntries(
    Object.entries(urls).map(([name, url]) => [name, async () => (await load(url, context.seconds)).requestsPerSecond]),
  );
  const { ours = Number.NaN, ...others } = await interleave(context, "requests/s", candidates);
  return Object.entries(others).map(([name, value]) =>
    compareTo("manifest GET by tag, counted", "requests/s", ours, [name, value], targets[name]),
  );
}
