// Pulls that go on while the demo runs, over HTTP through the front door, about as many as the plan of the past would have: one after
// the other, so that they can never pile up.

import { setTimeout as wait } from "node:timers/promises";
import type { DigestReference, RepositoryName, Tag } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import type { RepositoryDemand } from "./demand.ts";
import type { Random } from "./random.ts";
import { dayMs, hourMs } from "./rhythm.ts";

export interface TrafficOptions {
  /** Closed by whoever opened it. */
  readonly registry: Registry;
  readonly now: () => number;
  readonly random: Random;
  /** Resolves later; rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Traffic {
  /** Resolves when the pull that is under way has ended. */
  stop(): Promise<void>;
}

/** However busy or idle the plan is. */
const [leastPauseMs, mostPauseMs] = [150, 5000];

export function startTraffic(demands: readonly RepositoryDemand[], options: TrafficOptions): Traffic {
  const { now, random, registry, sleep = (ms, signal) => wait(ms, undefined, { signal, ref: false }) } = options;
  const controller = new AbortController();
  const { signal } = controller;

  async function go(): Promise<void> {
    while (!signal.aborted) {
      const { perHour, choose } = wishesAt(demands, now());
      const pauseMs = (-Math.log(1 - random()) * hourMs) / perHour;
      await sleep(Math.min(mostPauseMs, Math.max(leastPauseMs, pauseMs)), signal);
      const wish = choose(random);
      if (wish !== undefined) await pull(wish);
    }
  }

  async function pull({ checks, child, repository, tag }: Wish): Promise<void> {
    if (random() < checks / (1 + checks)) return void (await registry.manifests.head({ repository, tag }, { signal }));
    await registry.manifests.get({ repository, tag }, { signal });
    if (child !== undefined && random() < 0.8) await registry.manifests.get(child, { signal });
  }

  const running = (async () => {
    while (!signal.aborted) {
      // Deleted meanwhile by whoever looks around, or stopped: neither is anybody's trouble.
      await go().catch(() => undefined);
    }
  })();
  return {
    async stop() {
      controller.abort();
      await running;
    },
  };
}

interface Wish {
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly checks: number;
  /** Of an index: the image for the usual platform. */
  readonly child: DigestReference | undefined;
}

interface Wishes {
  readonly perHour: number;
  choose(random: Random): Wish | undefined;
}

function wishesAt(demands: readonly RepositoryDemand[], nowMs: number): Wishes {
  const day = nowMs - (nowMs % dayMs);
  const hour = Math.floor((nowMs - day) / hourMs);
  const rates = demands.map(({ rhythm }) => (rhythm.onDay(day) / 24) * rhythm.inHour(hour));
  return {
    perHour: rates.reduce((sum, rate) => sum + rate, 0),
    choose(random) {
      const demand = demands[pickWeighted(rates, random)];
      const found =
        demand?.tags[
          pickWeighted(
            demand.tags.map((tag) => tag.weightAt(nowMs)),
            random,
          )
        ];
      const manifest = found?.manifestAt(nowMs);
      if (demand === undefined || found === undefined || manifest === undefined) return undefined;
      const { checks, repository } = demand;
      const usual = manifest.children.find(({ platform }) => platform !== undefined);
      return { repository, tag: found.tag, checks, child: usual && { repository, digest: usual.digest } };
    },
  };
}

/** A place in `weights`; -1 when all are 0. */
function pickWeighted(weights: readonly number[], random: Random): number {
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return weights.findIndex((weight) => (left -= weight) < 0);
}
