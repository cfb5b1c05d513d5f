// A client that was told "it is here" builds on it: HEAD, mount and PUT keep the sweep away from content for a grace time. The row is
// written only when a quarter of that has passed, so that a busy image costs a few writes a day.

import type { CatalogueParts } from "./catalogue.ts";
import { none } from "./catalogue-repository.ts";
import type { FoundBlob, FoundManifest } from "./catalogue-reads.ts";

export interface ContentLeases {
  /** Before the answer of a HEAD. Never fails: see below. */
  manifest(found: FoundManifest): Promise<void>;
  blob(found: FoundBlob, digest: string): Promise<void>;
}

export function createContentLeases({ db, now, leaseRefreshMs }: CatalogueParts): ContentLeases {
  /** One write at a time per row, however many ask. */
  const running = new Map<string, Promise<void>>();
  const once = (key: string, write: () => Promise<void>): Promise<void> => {
    let refresh = running.get(key);
    if (refresh === undefined) {
      // A HEAD is also how clients pull: it must be answered when the disk is full. Without the lease a push that relies on the answer
      // is refused at worst, because PUT looks again.
      refresh = write()
        .catch(() => undefined)
        .finally(() => running.delete(key));
      running.set(key, refresh);
    }
    return refresh;
  };
  const fresh = (leasedMs: number): boolean => leasedMs > now() - leaseRefreshMs;

  return {
    async manifest({ manifestId, leasedMs }) {
      if (fresh(leasedMs)) return;
      await once(`manifest ${manifestId}`, () =>
        db.transaction(
          async (tx) => {
            const live = tx.updateTable("manifest").where("id", "=", manifestId).where("trashed_ms", "=", none);
            await live.set({ leased_ms: now() }).execute();
          },
          { durable: false },
        ),
      );
    },
    async blob({ repositoryId, leasedMs }, digest) {
      if (fresh(leasedMs)) return;
      await once(`blob ${repositoryId} ${digest}`, () =>
        db.transaction(
          async (tx) => {
            const link = tx.updateTable("repository_blob").where("repository_id", "=", repositoryId).where("digest", "=", digest);
            await link.where("state", "=", "present").set({ leased_ms: now() }).execute();
          },
          { durable: false },
        ),
      );
    },
  };
}
