// Builds the house and starts it: opens the stores, wires the rooms, starts the jobs, mounts the doors. Read this first: it is the
// only file that sees everything, and nothing here decides anything.

import { hostname } from "node:os";
import { join } from "node:path";
import { pino, type Logger } from "pino";
import { assertMayListenOpen, decideOpen } from "./access/open.ts";
import type { Config } from "./config.ts";
import { formatAddress } from "./config-values.ts";
import { createListener } from "./http/listener.ts";
import { createTraffic } from "./http/traffic.ts";
import { createJobs } from "./jobs/jobs.ts";
import { createLocalRegistry } from "./registry/local.ts";
import { openDiskBlobs } from "./store/blobs-disk.ts";
import { createCatalogue } from "./store/catalogue.ts";
import { openDatabase } from "./store/database.ts";
import { createUploads } from "./store/uploads.ts";
import { createV2 } from "./v2/door.ts";

export interface App {
  /** Where it answers, http://host:port */
  readonly url: string;
  /** Takes no new requests, lets running ones end, folds every pull, closes the stores. */
  close(): Promise<void>;
}

/** Starts a registry. @throws DENIED when it would be open to a network, UNAVAILABLE when the address or a store cannot be had */
export async function openApp(config: Config): Promise<App> {
  assertMayListenOpen(config.listen.host);
  const log = pino({ level: config["log.level"] }, pino.destination({ dest: 2, sync: false }));
  const now = Date.now;
  const db = await openDatabase({ folder: config.data, ...(config.database !== undefined && { url: config.database }) });
  const blobs = await openDiskBlobs(join(config.data, "content"));
  const uploads = createUploads({ db, blobs, now, maxPerPrincipal: config["uploads.maxOpen"] });
  const catalogue = createCatalogue(db, now, { graceMs: config["catalogue.grace"] });
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
    },
    report: ({ outcome, kind, key, error }) => {
      if (error !== undefined) log.warn({ err: error, kind, key }, `job ${outcome}`);
    },
  });

  const traffic = createTraffic();
  const report = reporter(log);
  const v2 = traffic.counted("v2", createV2({ registry, decide: decideOpen, report }));
  const listener = await createListener({
    ...config.listen,
    handler: v2,
    traffic,
    report,
    limits: { keepAliveMs: config["http.keepAlive"], idleMs: config["http.idleTimeout"] },
  });
  jobs.start();

  return {
    url: `http://${formatAddress(listener)}`,
    async close() {
      await listener.close(config["http.stopTimeout"]);
      await jobs.stop();
      await db.close();
    },
  };
}

function reporter(log: Logger): (error: unknown, request: object) => void {
  return (error, request) => log.error({ err: error, request }, "a request failed");
}
