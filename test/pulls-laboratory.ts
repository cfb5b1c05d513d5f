// Counting with a clock of its own and events from a few words, for tests of src/pulls.

import type { Database, DatabaseOptions } from "../src/store/database.ts";
import { clientHash, type PullEvent } from "../src/pulls/event.ts";
import { openPulls, type Pulls, type PullsOptions } from "../src/pulls/pulls.ts";
import { registryId } from "../src/store/pull-totals.ts";
import { defaultPullSettings, type PullSettings } from "../src/pulls/settings.ts";

export interface Clock {
  nowMs: number;
}

export interface Laboratory {
  readonly folder: string;
  readonly database: DatabaseOptions;
  readonly db: Database;
  readonly clock: Clock;
}

export type LaboratoryOptions = Omit<Partial<PullsOptions>, "failpoint"> & {
  readonly failpoint?: PullsOptions["failpoint"] | undefined;
};

/** The caller closes it. Folds happen when told to only, on this thread unless `failpoint` is undefined. */
export function openLaboratory(
  { folder, database, db, clock }: Laboratory,
  settings: Partial<PullSettings> = {},
  options: LaboratoryOptions = {},
): Promise<Pulls> {
  return openPulls({
    folder,
    database,
    db,
    settings: { ...defaultPullSettings, foldEvery: 3_600_000, ...settings },
    childrenOf: async (id) => children.get(id) ?? [],
    now: () => clock.nowMs,
    monotonic: () => clock.nowMs,
    log: () => undefined,
    failpoint: () => undefined,
    ...options,
  });
}

/** Repository 1: tag 11 on manifest 21, tag 12 on the index 22 with the children 23 and 24. */
const digestOf = (manifestId: number): string => `sha256:${manifestId}`;
const children = new Map([[22, [23, 24].map(digestOf)]]);
const manifestOfTag: Readonly<Record<number, number>> = { 11: 21, 12: 22 };

export interface Request {
  readonly method?: "GET" | "HEAD";
  readonly status?: 200 | 304;
  /** Epoch; else `digest`: a manifest id. */
  readonly tag?: number;
  readonly digest?: number;
  readonly client?: string;
  readonly answerable?: boolean;
}

export function event({ method = "GET", status = 200, tag, digest, client = "docker", answerable = true }: Request): PullEvent {
  const manifestId = digest ?? manifestOfTag[tag!] ?? 21;
  return {
    method,
    byTag: tag !== undefined,
    status,
    ids: { repositoryId: 1, manifestId, tagEpoch: tag ?? 0 },
    digest: digestOf(manifestId),
    isIndex: manifestId === 22,
    principal: 0,
    client: clientHash(0, "192.0.2.1", client),
    address: "192.0.2.1",
    answerable: () => answerable,
  };
}

/** One request after the other, each answered before the next is sent. */
export async function ask(pulls: Pulls, ...requests: readonly Request[]): Promise<void> {
  for (const request of requests) await pulls.record(event(request));
}

/** Pulls and checks, as `"2p 1c"`; manifests also by way: tag, direct, child. */
export async function numbers(pulls: Pulls): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [kind, ids] of [
    ["registry", [registryId]],
    ["repository", [1]],
    ["tag", [11, 12]],
    ["manifest", [21, 22, 23, 24]],
  ] as const) {
    for (const [id, counts] of await pulls.totals(kind, ids)) {
      const direct = counts.pulls - counts.tagPulls - counts.childPulls;
      const ways = kind === "manifest" ? ` (${counts.tagPulls}t ${direct}d ${counts.childPulls}c)` : "";
      found[`${kind} ${id}`] = `${counts.pulls}p ${counts.checks}c${ways}`;
    }
  }
  return found;
}
