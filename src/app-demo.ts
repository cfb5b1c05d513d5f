// `hythe serve --demo`: fills an empty folder with the demo's content and its two years of pulls, through the stores that app.ts opens
// and at past times, then starts the registry on it and goes on pulling.

import { randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertMayListen } from "./access/open.ts";
import { openApp, type App, type AppOptions } from "./app.ts";
import { createRegistryClient } from "./client/client.ts";
import type { Config } from "./config.ts";
import { openDemoRemote, type DemoRemote } from "./app-demo-remote.ts";
import { generateContent, type DemoContent, type DemoPush } from "./demo/content.ts";
import { demandOf, type RepositoryDemand } from "./demo/demand.ts";
import { fillRegistry } from "./demo/fill.ts";
import { countedTimes, planPulls, type PlannedPulls } from "./demo/pull-plan.ts";
import { startTraffic } from "./demo/traffic.ts";
import { createListener } from "./http/listener.ts";
import { createTraffic } from "./http/traffic.ts";
import { RegistryError } from "./oci/errors.ts";
import { parseManifest } from "./oci/manifest.ts";
import type { ContentIds, Registry } from "./oci/registry.ts";
import { countPast, type PastOptions, type PastPulls } from "./pulls/past.ts";
import { createLocalRegistry } from "./registry/local.ts";
import type { BlobStore } from "./store/blob-store.ts";
import { openDiskBlobs } from "./store/blobs-disk.ts";
import { createCatalogue, type Catalogue } from "./store/catalogue.ts";
import { openDatabase, type Database } from "./store/database.ts";
import { createUploads } from "./store/uploads.ts";

export interface DemoOptions {
  /** Else the demo makes a folder of its own, and removes it in the end. */
  readonly isFolderGiven: boolean;
  readonly settings?: AppOptions["settings"];
  readonly webFolder?: AppOptions["webFolder"];
  /** What is done so far, from 0 to 1. */
  readonly report: (done: number) => void;
  /** Ends the filling. */
  readonly signal: AbortSignal;
}

const seed = "hythe";
/** What the other registry is called: a name that the settings use stays theirs. */
const remoteName = "staging";

/** @throws REQUEST_INVALID when the folder is not empty or the settings name a database; what `openApp` throws; the signal's reason */
export async function openDemo(config: Config, options: DemoOptions): Promise<App> {
  if (config.database !== undefined) {
    throw new RegistryError("REQUEST_INVALID", { message: "--demo keeps its facts in SQLite: leave `database` out" });
  }
  assertMayListen(config.listen.host, true);
  await assertFree(config.listen);
  if (options.isFolderGiven) assertEmpty(config.data);
  const data = options.isFolderGiven ? config.data : await mkdtemp(join(tmpdir(), "hythe-demo-"));
  try {
    options.report(0);
    const untilMs = Date.now();
    const content = generateContent(seed, untilMs);
    const demands = await fillFolder({ ...config, data }, content, untilMs, options);
    const settings = options.settings?.map((shown) => (shown.key === "data" ? { ...shown, value: data } : shown));
    const { webFolder } = options;
    const demo = await startDemo({ ...config, data }, await openDemoRemote(content, untilMs), { settings, webFolder });
    const client = createRegistryClient({ registryUrl: demo.url });
    const traffic = startTraffic(demands, { registry: client, now: Date.now, random: Math.random });
    return {
      ...demo,
      async close() {
        await traffic.stop();
        await client.close();
        await demo.close();
        if (!options.isFolderGiven) await rm(data, { recursive: true, force: true });
      },
    };
  } catch (error) {
    // A folder that was given was empty, and is so again.
    const ours = options.isFolderGiven ? namesIn(data) : [""];
    for (const name of ours) await rm(join(data, name), { recursive: true, force: true });
    throw error;
  }
}

/** The registry with `remote` among those that it shows; closes both. */
async function startDemo(config: Config, remote: DemoRemote, options: Pick<AppOptions, "settings" | "webFolder">): Promise<App> {
  const { url } = remote;
  const nextDoor = { url, username: undefined, password: undefined, names: [], insecure: false };
  try {
    const registries = { [remoteName]: nextDoor, ...config.registries };
    const app = await openApp({ ...config, registries }, { ...options, isDemo: true });
    return {
      ...app,
      async close() {
        await app.close();
        await remote.close();
      },
    };
  } catch (error) {
    await remote.close();
    throw error;
  }
}

/** Told before the filling and not after it. @throws UNAVAILABLE */
async function assertFree(listen: Config["listen"]): Promise<void> {
  const nothing = (): void => undefined;
  const listener = await createListener({ ...listen, handler: nothing, traffic: createTraffic(), report: nothing });
  await listener.close(0);
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function assertEmpty(folder: string): void {
  if (namesIn(folder).length === 0) return;
  throw new RegistryError("REQUEST_INVALID", {
    message: `--demo fills an empty folder and ${folder} is not empty: name another one with --data, or leave it out`,
  });
}

/** Pushing takes about so much of the time. */
const pushing = 0.75;

/** Returns what people will go on asking for. */
async function fillFolder(
  config: Config,
  content: DemoContent,
  untilMs: number,
  { report, signal }: DemoOptions,
): Promise<RepositoryDemand[]> {
  const demands = demandOf(content, seed, untilMs);
  const ids = await fillContent(config.data, content, (done) => {
    signal.throwIfAborted();
    report(pushing * done);
  });
  if (!config["pulls.enabled"]) return demands;
  const times = countedTimes(untilMs);
  for (const [i, time] of times.entries()) {
    signal.throwIfAborted();
    const pulls = withIds(planPulls(demands, { seed, untilMs, time }), ids);
    await countPast({ folder: config.data, database: { folder: config.data }, keeping: keepingOf(config), ...time }, pulls);
    report(pushing + ((1 - pushing) * (i + 1)) / times.length);
  }
  return demands;
}

const keepingOf = (config: Config): PastOptions["keeping"] => ({
  segmentKeep: config["pulls.segmentKeep"],
  segmentRowKeep: config["pulls.segmentRowKeep"],
  hoursKeep: config["pulls.hoursKeep"],
  daysKeep: config["pulls.daysKeep"],
});

/** By `repository:tag` and `repository@digest`. */
type IdsByReference = ReadonlyMap<string, ContentIds>;

async function fillContent(folder: string, content: DemoContent, progress: (done: number) => void): Promise<IdsByReference> {
  const opened = await openDatabase({ folder });
  try {
    let [clockMs, pushed] = [0, 0];
    const now = (): number => clockMs;
    // Nobody was answered anything yet: a demo that a power cut interrupts is filled anew.
    const db: Database = { ...opened, transaction: (work) => opened.transaction(work, { durable: false }) };
    const blobs = await openDiskBlobs(join(folder, "content"));
    const catalogue = createCatalogue(db, now);
    const local = createLocalRegistry({ catalogue, blobs, uploads: createUploads({ db, blobs, now }) });
    const registry: Registry = { ...local, blobs: { ...local.blobs, put: putWhole(catalogue, blobs) } };
    const setTime = (atMs: number): void => {
      progress(Math.min(1, pushed++ / content.pushes.length));
      clockMs = atMs;
    };
    const putSparse = ({ by, manifest: { bytes, digest, mediaType }, repository, tags }: DemoPush): Promise<void> =>
      catalogue.manifests.put({
        repository,
        digest,
        bytes,
        parsed: parseManifest(bytes, mediaType),
        platforms: [],
        tags,
        by,
        sparse: true,
      });
    await fillRegistry({ registry, setTime, putSparse }, content);
    return await readIds(registry, content);
  } finally {
    await opened.close();
  }
}

/** A blob without the sessions that clients need: a third of the transactions. */
function putWhole(catalogue: Catalogue, blobs: BlobStore): NonNullable<Registry["blobs"]["put"]> {
  return async ({ digest, repository }, { open, size }) => {
    const staged = await blobs.create(randomUUID());
    await staged.append(await open(0), 0, size);
    await catalogue.blobs.link({ repository, digest, size, key: await staged.commit(digest) });
    return { digest, size };
  };
}

async function readIds(registry: Registry, { pushes }: DemoContent): Promise<IdsByReference> {
  const ids = new Map<string, ContentIds>();
  for (const { absent, manifest, repository, tags } of pushes) {
    for (const part of [manifest, ...manifest.children]) {
      if (absent.includes(part)) continue;
      const { digest } = part;
      ids.set(`${repository}@${digest}`, (await registry.manifests.head({ repository, digest })).ids!);
    }
    for (const tag of tags) ids.set(`${repository}:${tag}`, (await registry.manifests.head({ repository, tag })).ids!);
  }
  return ids;
}

function* withIds(planned: Iterable<PlannedPulls>, ids: IdsByReference): Generator<PastPulls> {
  for (const { count, digest, repository, tag, timeMs, way } of planned) {
    // The tag's own ids tell where it points now; what was pulled then is what it pointed at then.
    const found = ids.get(`${repository}@${digest}`);
    // A child that is not here was never pulled.
    if (found === undefined) continue;
    const { manifestId, repositoryId } = found;
    const tagEpoch = tag === undefined ? 0 : ids.get(`${repository}:${tag}`)!.tagEpoch;
    yield { way, count, timeMs, ids: { repositoryId, manifestId, tagEpoch } };
  }
}
