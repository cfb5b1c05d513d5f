// Pulls of a time before a registry was started: its statistics are begun anew, as by processes that ran then. Between two of those nothing
// was counted, and the registry knows.

import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseRepositoryName, parseTag } from "../src/oci/reference.ts";
import { noteCountingOff } from "../src/pulls/off.ts";
import { countPast, type PastPulls } from "../src/pulls/past.ts";
import { defaultPullSettings } from "../src/pulls/settings.ts";
import { createLocalRegistry } from "../src/registry/local.ts";
import { openDiskBlobs } from "../src/store/blobs-disk.ts";
import { createCatalogue } from "../src/store/catalogue.ts";
import { openDatabase } from "../src/store/database.ts";
import { createUploads } from "../src/store/uploads.ts";
import type { House } from "./access-house.ts";

export interface CountedTime {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly pulls: readonly { readonly tag: string; readonly timeMs: number; readonly count: number }[];
}

/** The tags are those of one repository, which were pushed already. Times in order; the last ends before the registry's clock. */
export async function rewritePast(house: House, repository: string, times: readonly CountedTime[]): Promise<void> {
  await house.stop();
  for (const name of readdirSync(house.folder)) {
    if (name.startsWith("pulls.db") || name === "journal") await rm(join(house.folder, name), { recursive: true });
  }
  const idsOf = await readIds(house.folder, repository, new Set(times.flatMap(({ pulls }) => pulls.map(({ tag }) => tag))));
  for (const { fromMs, untilMs, pulls } of times) {
    const counted = pulls.map(({ tag, timeMs, count }): PastPulls => ({ way: "by tag", ids: idsOf.get(tag)!, timeMs, count }));
    const database = { folder: house.folder };
    await countPast({ folder: house.folder, database, keeping: defaultPullSettings, fromMs, untilMs }, counted);
    noteCountingOff(house.folder, untilMs);
  }
  await house.start();
}

async function readIds(folder: string, repository: string, tags: ReadonlySet<string>): Promise<Map<string, PastPulls["ids"]>> {
  const db = await openDatabase({ folder });
  try {
    const blobs = await openDiskBlobs(join(folder, "content"));
    const now = Date.now;
    const registry = createLocalRegistry({
      catalogue: createCatalogue(db, now),
      blobs,
      uploads: createUploads({ db, blobs, now }),
    });
    const ids = new Map<string, PastPulls["ids"]>();
    for (const tag of tags) {
      const reference = { repository: parseRepositoryName(repository), tag: parseTag(tag) };
      ids.set(tag, (await registry.manifests.head(reference)).ids!);
    }
    return ids;
  } finally {
    await db.close();
  }
}
