// What was pulled most in a stretch of time, exactly. What would surprise: nobody adds up everything. What was not pulled since the
// beginning of the time is not looked at; of the rest those with most pulls in all their life come first, and when the next one has fewer
// in its life than the last of the best has in this time, nobody behind it can be among them.

import { setImmediate } from "node:timers/promises";
import type { Database } from "../store/database.ts";
import { selectAppliedSegments } from "../store/pull-segments.ts";
import { selectPulled, selectPulledRepositories, selectSums } from "../store/pull-top.ts";
import type { ContentKind } from "../store/schema.ts";
import type { LiveView } from "./live.ts";

export interface TopRequest {
  readonly kind: ContentKind;
  /** Only in these repositories; undefined: in all. */
  readonly repositoryIds?: ReadonlySet<number> | undefined;
  /** Start of an hour, or of what numbers of that age are kept by. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly limit: number;
}
export interface TopItem {
  /** A tag's is its epoch. */
  readonly id: number;
  readonly pulls: number;
}

/** Candidates read, and sums made, in one turn of the event loop: a few milliseconds of SQLite each. */
const candidatesPerTurn = 2000;
const sumsPerTurn = 40;
/** A child can be pulled through its index a minute after the repository was last pulled. */
const slackMs = 3_600_000;
const noneApplied: ReadonlySet<string> = new Set();

/** The most pulled first; what was not pulled is left out. `view` was opened before. */
export async function readTop(db: Database, view: LiveView, request: TopRequest): Promise<TopItem[]> {
  const { kind, repositoryIds, fromMs, toMs, limit } = request;
  const bounds = await readCandidates(db, request);
  const best = new Best(limit);
  const dirty = await view.dirty(kind);
  for (let at = 0; at < dirty.length; at += candidatesPerTurn) {
    await setImmediate();
    const deltas = await view.deltas(kind, dirty.slice(at, at + candidatesPerTurn), noneApplied);
    for (const { id, repositoryId, pulls } of deltas.values()) {
      const bound = bounds.get(id);
      if (bound !== undefined) bounds.set(id, bound + pulls);
      else if (repositoryIds?.has(repositoryId) !== false) {
        // Nothing of it is folded in this time: else it would be among the candidates.
        best.add({ id, pulls: await unfoldedPulls(view, request, id, noneApplied) });
      }
    }
  }
  const candidates = [...bounds].sort(([a, x], [b, y]) => y - x || a - b);
  for (let at = 0; at < candidates.length && !best.isFinal(candidates[at]![1]); at += sumsPerTurn) {
    await setImmediate();
    const ids = candidates.slice(at, at + sumsPerTurn).map(([id]) => id);
    const items = await db.snapshot(async (tx) => {
      const applied = await selectAppliedSegments(tx, view.slices);
      const folded = new Map((await selectSums(tx, { kind, ids }, fromMs, toMs)).map(({ id, pulls }) => [id, pulls]));
      return Promise.all(
        ids.map(async (id) => ({ id, pulls: (folded.get(id) ?? 0) + (await unfoldedPulls(view, request, id, applied)) })),
      );
    });
    for (const item of items) best.add(item);
  }
  return best.items;
}

async function unfoldedPulls(
  view: LiveView,
  { kind, fromMs, toMs }: TopRequest,
  id: number,
  applied: ReadonlySet<string>,
): Promise<number> {
  let sum = 0;
  for (const { startMs, pulls } of await view.hours(kind, [id], applied)) if (startMs >= fromMs && startMs < toMs) sum += pulls;
  return sum;
}

/** By id the folded pulls of its life, of all that the database says was pulled since `fromMs`. */
async function readCandidates(db: Database, { kind, repositoryIds, fromMs }: TopRequest): Promise<Map<number, number>> {
  const all = await selectPulledRepositories(db.query, kind === "repository" ? fromMs : fromMs - slackMs);
  const repositories = all.filter(({ id }) => repositoryIds?.has(id) !== false);
  const bounds = new Map<number, number>();
  if (kind === "repository") {
    for (const { id, pulls } of repositories) bounds.set(id, pulls);
    return bounds;
  }
  for (const { id: repositoryId } of repositories) {
    for (const live of [1, 0] as const) {
      let after = { last_pulled_ms: fromMs, id: 0 };
      for (let isMore = true; isMore;) {
        const rows = await selectPulled(db.query, { kind, repositoryId, live }, after, candidatesPerTurn);
        for (const { id, pulls } of rows) bounds.set(id, pulls);
        isMore = rows.length === candidatesPerTurn;
        after = rows.at(-1) ?? after;
        await setImmediate();
      }
    }
  }
  return bounds;
}

/** The best so far, the best first; of equals the older one. */
class Best {
  readonly #limit: number;
  items: TopItem[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(item: TopItem): void {
    if (item.pulls <= 0) return;
    const last = this.items[this.#limit - 1];
    if (last !== undefined && compare(last, item) < 0) return;
    this.items = [...this.items, item].sort(compare).slice(0, this.#limit);
  }

  /** Whether nothing with so many pulls at most could still be among them. */
  isFinal(bound: number): boolean {
    const last = this.items[this.#limit - 1];
    return bound <= 0 || (last !== undefined && last.pulls > bound);
  }
}

function compare(a: TopItem, b: TopItem): number {
  return b.pulls - a.pulls || a.id - b.id;
}
