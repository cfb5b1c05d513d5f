// What people ask the demo's repositories for: tags that move are always wanted, versions as long as they are new, a few of them for ever
// because somebody pinned them, and some never.

import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { DemoContent, DemoPush } from "./content.ts";
import type { DemoManifest } from "./manifests.ts";
import { createRandom } from "./random.ts";
import { createRhythm, dayMs, type Rhythm } from "./rhythm.ts";

export interface TagDemand {
  readonly tag: Tag;
  /** Undefined before its first push. */
  manifestAt(atMs: number): DemoManifest | undefined;
  /** Beside the other tags of its repository; 0: nobody wants it then. */
  weightAt(atMs: number): number;
}

export interface RepositoryDemand {
  readonly repository: RepositoryName;
  readonly rhythm: Rhythm;
  /** Of the pulls, by digest instead of the tag. */
  readonly byDigest: number;
  /** HEADs that no GET follows, for each pull. */
  readonly checks: number;
  readonly tags: readonly TagDemand[];
}

const movingNames: readonly string[] = ["latest", "main", "nightly", "stable"];
/** Tags such as v1.4 that nothing was pushed to for a while. */
const [seriesHalfMs, seriesEndMs] = [25 * dayMs, 100 * dayMs];

export function demandOf({ pushes, uses }: DemoContent, seed: string, untilMs: number): RepositoryDemand[] {
  const byRepository = Map.groupBy(pushes, ({ repository }) => repository);
  return [...byRepository].map(([repository, own]) => {
    const random = createRandom(`${seed} ${repository} demand`);
    const [firstPushMs, lastPushMs] = [own[0]!.atMs, own.at(-1)!.atMs];
    const use = uses.get(repository)!;
    return {
      repository,
      rhythm: createRhythm({ name: repository, seed, use, firstPushMs, lastPushMs, untilMs }),
      byDigest: random() < 0.3 ? random() * 0.2 : 0,
      checks: 0.1 + random() * 1.5,
      tags: tagsOf(own, `${seed} ${repository}`),
    };
  });
}

function tagsOf(pushes: readonly DemoPush[], seed: string): TagDemand[] {
  const releases = pushes.filter(({ isAccessory }) => !isAccessory).map(({ atMs }) => atMs);
  const byTag = Map.groupBy(
    pushes.flatMap((push) => push.tags.map((tag) => ({ tag, push }))),
    ({ tag }) => tag,
  );
  return [...byTag].map(([tag, list]) => {
    const own = list.map(({ push }) => push);
    const lastBefore = (atMs: number): DemoPush | undefined => own.findLast((push) => push.atMs <= atMs);
    const weigh = weigher(tag, own, releases, seed);
    return {
      tag,
      manifestAt: (atMs) => lastBefore(atMs)?.manifest,
      weightAt(atMs) {
        const last = lastBefore(atMs);
        return last === undefined ? 0 : weigh(atMs, last.atMs);
      },
    };
  });
}

type Weigh = (atMs: number, pushedMs: number) => number;

function weigher(tag: Tag, pushes: readonly DemoPush[], releases: readonly number[], seed: string): Weigh {
  const random = createRandom(`${seed} ${tag} weight`);
  const fate = random();
  if (movingNames.includes(tag)) return () => 5;
  if (pushes.length > 1)
    return (atMs, pushedMs) => (atMs - pushedMs > seriesEndMs ? 0 : 2 * 0.5 ** ((atMs - pushedMs) / seriesHalfMs));
  if (fate < 0.1) return () => 0;
  const pinned = fate > 0.95 ? 0.5 : 0;
  const worth = pushes[0]!.isAccessory ? 0.3 : tag.endsWith("-rc.1") ? 0.2 : 3;
  return (atMs, pushedMs) => {
    const newer = releases.filter((at) => at > pushedMs && at <= atMs).length;
    return newer > 2 ? pinned : worth * 0.4 ** newer + pinned;
  };
}
