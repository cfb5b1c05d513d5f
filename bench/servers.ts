// The servers of a benchmark, each holding the same fleet, all listening at the same time and asked in turn.

import { join } from "node:path";
import { startHythe, type Hythe } from "../test/peers/hythe.ts";
import { startNginx } from "../test/peers/nginx.ts";
import type { PeerServer } from "../test/peers/program.ts";
import { startDistribution, startDockerRegistry, type PeerRegistry } from "../test/peers/registries.ts";
import type { BenchContext } from "./bench.ts";
import { writeForDistribution, writeForNginx, type FleetSize } from "./fleet.ts";
import { writeForHythe } from "./fleet-rows.ts";

export interface OursOptions {
  readonly database?: string | undefined;
  readonly settings?: Readonly<Record<string, string>>;
  /** An existing data folder; absent: a new one with the fleet. */
  readonly data?: string;
}

/** Our server on a store that holds the fleet. */
export async function startOurs(context: BenchContext, name: string, size: FleetSize, options: OursOptions = {}): Promise<Hythe> {
  const data = options.data ?? join(context.folder, name);
  if (options.data === undefined) await writeForHythe(data, options.database, size);
  const { profile } = context;
  const nodeOptions = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${join(profile, name)}`];
  return startHythe({
    data,
    database: options.database,
    nodeOptions,
    settings: { HYTHE_LOG_LEVEL: "warn", ...options.settings },
  });
}

const peerStarts = { "distribution 3": startDistribution, "docker-registry 2.8": startDockerRegistry };
export type PeerName = keyof typeof peerStarts;

/** The registries that are installed here, with the fleet in their storage. */
export async function startPeers(context: BenchContext, size?: FleetSize): Promise<Map<PeerName, PeerRegistry>> {
  const peers = new Map<PeerName, PeerRegistry>();
  for (const name of Object.keys(peerStarts) as PeerName[]) {
    const peer = await peerStarts[name]();
    if (peer === undefined) context.print(`  ${name} is not installed here: left out`);
    else peers.set(name, peer);
    if (peer !== undefined && size !== undefined) writeForDistribution(peer.storage, size);
  }
  return peers;
}

/** nginx with the manifests of the fleet as files; undefined where it is not installed. */
export async function startFileServer(context: BenchContext, size: FleetSize): Promise<PeerServer | undefined> {
  const root = join(context.folder, "nginx");
  writeForNginx(root, size);
  const server = await startNginx(root);
  if (server === undefined) context.print("  nginx is not installed here: left out");
  return server;
}

/** Stops everything that was started, whatever happens in between. */
export async function withServers<T>(
  work: (keep: <S extends { stop(): Promise<unknown> } | undefined>(server: S) => S) => Promise<T>,
): Promise<T> {
  const kept: { stop(): Promise<unknown> }[] = [];
  try {
    return await work((server) => {
      if (server !== undefined) kept.push(server);
      return server;
    });
  } finally {
    for (const server of kept.toReversed()) await server.stop();
  }
}
