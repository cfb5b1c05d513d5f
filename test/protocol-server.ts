// The distribution door over a real port with nothing else around it: what the protocol journeys talk to.

import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createListener, type ListenerLimits } from "../src/http/listener.ts";
import { createTraffic } from "../src/http/traffic.ts";
import type { Registry } from "../src/oci/registry.ts";
import { createLocalRegistry } from "../src/registry/local.ts";
import { openDiskBlobs } from "../src/store/blobs-disk.ts";
import { createCatalogue } from "../src/store/catalogue.ts";
import { openDatabase } from "../src/store/database.ts";
import { createUploads } from "../src/store/uploads.ts";
import { createV2 } from "../src/v2/door.ts";
import type { V2Options } from "../src/v2/exchange.ts";

export interface ProtocolServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly registry: Registry;
}

export interface ProtocolServerOptions extends Partial<Omit<V2Options, "report">> {
  readonly listener?: Partial<ListenerLimits>;
}

/**
 * Serves `options.registry`, or a local one with SQLite in a folder of its own. Disposing it throws what the door reported as its
 * own fault meanwhile, so that no test passes over a 5xx.
 */
export async function startProtocolServer(options: ProtocolServerOptions = {}): Promise<ProtocolServer> {
  const { listener: limits = {}, registry: given, ...rest } = options;
  const { close, registry } = given === undefined ? await openLocal() : { registry: given, close: async () => undefined };
  const reports: unknown[] = [];
  const report = (error: unknown): void => void reports.push(error);
  const traffic = createTraffic();
  const handler = traffic.counted("v2", createV2({ ...rest, registry, report }));
  const listener = await createListener({ host: "127.0.0.1", port: 0, handler, traffic, report, limits });
  return {
    port: listener.port,
    url: `http://127.0.0.1:${listener.port}`,
    registry,
    async [Symbol.asyncDispose]() {
      await listener.close(0);
      await close();
      if (reports.length > 0) throw new AggregateError(reports, "the server reported errors of its own");
    },
  };
}

async function openLocal(): Promise<{ registry: Registry; close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "hythe-protocol-"));
  const db = await openDatabase({ folder });
  const blobs = await openDiskBlobs(folder);
  const catalogue = createCatalogue(db, Date.now);
  const uploads = createUploads({ db, blobs, now: Date.now });
  return {
    registry: createLocalRegistry({ catalogue, blobs, uploads }),
    async close() {
      await db.close();
      await rm(folder, { recursive: true });
    },
  };
}
