// Builds the house and starts it: opens the stores, wires the rooms, starts the jobs, mounts the doors. Read this first: it is the
// only file that sees everything, and nothing here decides anything.

import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { pino, type Logger } from "pino";
import { assertMayListen, assertReachable } from "./access/open.ts";
import { loadRootKey } from "./access/root-key.ts";
import { createApi } from "./api/api.ts";
import { createIdentify } from "./api/identity.ts";
import type { ShownSetting } from "./api/route.ts";
import { loadWebFiles } from "./api/web-files.ts";
import { createSignIn, databaseOptions, openAccess } from "./app-access.ts";
import { createRemotes } from "./browse/remotes.ts";
import { makeFolder } from "./client/make-folder.ts";
import type { Config } from "./config.ts";
import { formatAddress } from "./config-values.ts";
import { openCertificate, type CertificateFiles } from "./http/certificate.ts";
import { createListener } from "./http/listener.ts";
import { acceptBody } from "./http/request-body.ts";
import { createTraffic } from "./http/traffic.ts";
import { createJobs } from "./jobs/jobs.ts";
import { createCensus } from "./pulls/census.ts";
import { noteCountingOff } from "./pulls/off.ts";
import { openPullLog } from "./pulls/pull-log.ts";
import { openPulls, type Pulls } from "./pulls/pulls.ts";
import { createLocalRegistry } from "./registry/local.ts";
import { openDiskBlobs } from "./store/blobs-disk.ts";
import { createCatalogue, type ContentEvent } from "./store/catalogue.ts";
import { openDatabase, type Database } from "./store/database.ts";
import { createUploads } from "./store/uploads.ts";
import { createV2Access } from "./v2/access.ts";
import { createV2 } from "./v2/door.ts";

export interface App {
  /** Where it answers, http://host:port or https://host:port */
  readonly url: string;
  /** Where clients reach it, an origin. */
  readonly externalUrl: string;
  /** Where the first user is made, once; undefined: nobody needs it any more. Holds a secret. */
  readonly setupUrl: string | undefined;
  /** Takes no new requests, lets running ones end, folds every pull, closes the stores. */
  close(): Promise<void>;
}

export interface AppOptions {
  /** Milliseconds. */
  readonly now?: () => number;
  /** What `config` was read from, for those who administer. */
  readonly settings?: readonly ShownSetting[] | undefined;
  /** Of web-build.ts; undefined: there is no UI. */
  readonly webFolder?: string | undefined;
  /** Everything in it was made up. */
  readonly isDemo?: boolean;
}

/** Starts a registry. @throws DENIED when it would be open to a network, UNAVAILABLE when the address or a store cannot be had */
export async function openApp(config: Config, options: AppOptions = {}): Promise<App> {
  const { now = Date.now, settings = [], webFolder, isDemo = false } = options;
  const log = pino({ level: config["log.level"] }, pino.destination({ dest: 2, sync: false }));
  const warn = (sentence: string, error?: unknown): void => log.warn({ err: error }, sentence);
  const certificate = await openTls(config, { now, log: warn });
  await makeFolder(config.data, 0o700);
  const db = await openDatabase(databaseOptions(config));
  const access = await openAccess(config, { db, now, log: warn });
  try {
    assertMayListen(config.listen.host, access.directory.isOpen());
    assertReachable(config.listen.host, config.externalUrl);
  } catch (error) {
    certificate?.close();
    await access.close();
    await db.close();
    throw error;
  }
  const blobs = await openDiskBlobs(join(config.data, "content"));
  const uploads = createUploads({ db, blobs, now, maxPerPrincipal: config["uploads.maxOpen"] });
  // Statistics hear of content from the catalogue and ask it for the children of an index, so one of the two comes first.
  const catalogue = createCatalogue(db, now, {
    graceMs: config["catalogue.grace"],
    changed: (events) => tellLives(pulls, events),
  });
  const pulls = await openCounting(config, { db, log, now, childrenOf: (id) => catalogue.manifests.childrenOf(id) });
  const pullLog = openPullLog({
    folder: join(config.data, "log"),
    isOn: config["pulls.log"] === "file",
    keepMs: config["pulls.logKeep"],
    now,
    log: warn,
  });
  const registry = createLocalRegistry({ catalogue, blobs, uploads });

  const jobs = createJobs({
    db,
    now,
    owner: hostname(),
    handlers: {
      "uploads/sweep": {
        everyMs: 10 * 60_000,
        run: async () => {
          await uploads.sweep({ before: now() - config["uploads.expireAfter"], limit: 1000 });
        },
      },
      "sessions/sweep": { everyMs: 60 * 60_000, run: () => access.sessions.sweep() },
      "audit/trim": { everyMs: 60 * 60_000, run: (_job, signal) => access.audit.trim(signal) },
    },
    report: ({ outcome, kind, key, error }) => {
      if (error !== undefined) log.warn({ err: error, kind, key }, `job ${outcome}`);
    },
  });

  const remotes = createRemotes({
    registries: config.registries,
    cachePath: join(config.data, "cache", "registries.db"),
    now,
    log: warn,
  });

  const idleAfterMs = config["usage.idleAfter"];
  const census = pulls && createCensus({ db, pulls, idleAfterMs, now, log: warn });
  const secret = await loadRootKey(config.data, config["access.secret"]);
  // Without a name of its own the registry is where it listens; a free port is known by then.
  let url = "";
  const externalUrl = (): string => config.externalUrl?.origin ?? url;
  const oidc = createSignIn(config, { ...access, secret, now, externalUrl });
  const traffic = createTraffic();
  const report = reporter(log);
  const api = await createApi({
    web: webFolder === undefined ? undefined : loadWebFiles(webFolder),
    db,
    content: catalogue.manifests,
    blobs: registry.blobs,
    settings,
    pulls,
    ...(census && { census }),
    disk: () => readDiskSpace(config.data),
    remotes,
    now,
    facts: { version: readVersion(), startedMs: now(), blobs: "disk", idleAfterMs, demo: isDemo },
    metrics: { traffic, jobs },
    access: { ...access, oidc },
    identify: createIdentify(access),
    report,
  });
  const v2Access = createV2Access({ ...access, secret, now, externalUrl });
  const v2 = traffic.counted(
    "v2",
    createV2({
      registry,
      access: v2Access,
      report,
      ...(pulls && { record: pulls.record }),
      ...(pullLog.write && { logPull: pullLog.write }),
    }),
  );
  const others = traffic.counted("api", (req, res) => {
    acceptBody(req, res);
    api.routing(req, res);
  });
  const listener = await createListener({
    ...config.listen,
    certificate,
    handler: (req, res) => (isDistribution(req.url) ? v2(req, res) : others(req, res)),
    traffic,
    report,
    limits: { keepAliveMs: config["http.keepAlive"], idleMs: config["http.idleTimeout"] },
  });
  url = `${certificate === undefined ? "http" : "https"}://${formatAddress(listener)}`;
  jobs.start();
  const { token } = access.setup;

  return {
    url,
    externalUrl: externalUrl(),
    setupUrl: token && `${externalUrl()}/setup?token=${token}`,
    async close() {
      await listener.close(config["http.stopTimeout"]);
      certificate?.close();
      await api.close();
      await remotes.close();
      await jobs.stop();
      await census?.close();
      await pulls?.close();
      await pullLog.close();
      await access.close();
      await db.close();
    },
  };
}

/** Undefined: plain HTTP. @throws REQUEST_INVALID when a file cannot be used */
async function openTls(
  { "tls.certificate": certificateFile, "tls.key": keyFile }: Config,
  parts: { now: () => number; log: (sentence: string) => void },
): Promise<CertificateFiles | undefined> {
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  return openCertificate({ certificateFile, keyFile, ...parts });
}

/** The border between the two doors: the first segment of the path. */
function isDistribution(url = ""): boolean {
  return url.startsWith("/v2") && (url.length === 3 || url[3] === "/" || url[3] === "?");
}

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

interface CountingParts {
  readonly db: Database;
  readonly log: Logger;
  readonly now: () => number;
  readonly childrenOf: (manifestId: number) => Promise<readonly string[]>;
}

/** Undefined: `pulls.enabled: false`. */
async function openCounting(config: Config, { db, log, now, childrenOf }: CountingParts): Promise<Pulls | undefined> {
  if (!config["pulls.enabled"]) {
    noteCountingOff(config.data, now());
    return undefined;
  }
  return openPulls({
    folder: config.data,
    database: databaseOptions(config),
    db,
    childrenOf,
    now,
    monotonic: () => performance.now(),
    log: (sentence, error) => log.warn({ err: error }, sentence),
    settings: {
      durability: config["pulls.durability"],
      attribution: config["pulls.attribution"],
      pendingHeads: config["pulls.pendingHeads"],
      pendingHeadsPerAddress: config["pulls.pendingHeadsPerAddress"],
      foldEvery: config["pulls.foldEvery"],
      foldLatest: config["pulls.foldLatest"],
      foldRatio: config["pulls.foldRatio"],
      foldBytes: config["pulls.foldBytes"],
      segmentKeep: config["pulls.segmentKeep"],
      segmentRowKeep: config["pulls.segmentRowKeep"],
      hoursKeep: config["pulls.hoursKeep"],
      daysKeep: config["pulls.daysKeep"],
    },
  });
}

/** What began and ended to exist, as births and deaths in the journal. */
function tellLives(pulls: Pulls | undefined, events: readonly ContentEvent[]): void {
  for (const { type, repositoryId, tagEpoch, manifestId } of events) {
    const [kind, id] =
      tagEpoch !== 0
        ? (["tag", tagEpoch] as const)
        : manifestId !== 0
          ? (["manifest", manifestId] as const)
          : (["repository", repositoryId] as const);
    const tell = type === "birth" ? pulls?.born : pulls?.died;
    void tell?.(kind, [{ id, repositoryId }]);
  }
}

async function readDiskSpace(folder: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

function reporter(log: Logger): (error: unknown, request: object) => void {
  return (error, request) => log.error({ err: error, request }, "a request failed");
}
