// What one client knows: for each of its targets, how many requests it sent and how many answers it received whole. What the server
// has counted must lie between the two; where nothing was under way during a kill, both are equal.

import { image, index, type Image } from "../image.ts";

/** What a client does to a target, again and again. */
export const acts = ["tag", "digest", "head-digest-get", "head-tag-get", "head", "head-digest", "conditional", "index"] as const;
export type Act = (typeof acts)[number];

export interface Tally {
  sent: number;
  answered: number;
}
const tally = (): Tally => ({ sent: 0, answered: 0 });

export interface Target {
  readonly act: Act;
  readonly repository: string;
  readonly tag: string;
  readonly image: Image;
  readonly gets: Tally;
  readonly heads: Tally;
  /** GETs of each child, in the order of the index. */
  readonly childGets: readonly Tally[];
}

/** The targets of one client, one for each act, in a repository of its own. */
export function makeTargets(client: number): Target[] {
  const repository = `oracle/client-${client}`;
  return acts.map((act) => {
    const part = (platform: string): Image => image({ platform, annotations: { client: String(client), act, platform } });
    const children = act === "index" ? [part("linux/amd64"), part("linux/arm64")] : [];
    const whole = act === "index" ? index(children) : part("linux/amd64");
    return { act, repository, tag: `by-${act}`, image: whole, gets: tally(), heads: tally(), childGets: children.map(tally) };
  });
}

export interface Range {
  readonly least: number;
  readonly most: number;
}
export interface ExpectedCounts {
  readonly pulls: Range;
  readonly checks: Range;
}

const exactly = (value: number): Range => ({ least: value, most: value });
const between = ({ answered, sent }: Tally): Range => ({ least: answered, most: sent });

/** A GET takes back the check of the HEAD before it. */
const checksOfPairs = ({ heads, gets }: Target): Range => ({
  least: Math.max(0, heads.answered - gets.sent),
  most: Math.max(0, heads.sent - gets.answered),
});

/** What the tag of a target must show (design.md section 7). */
export function expectedOfTag(target: Target): ExpectedCounts {
  switch (target.act) {
    case "tag":
    case "index":
      return { pulls: between(target.gets), checks: exactly(0) };
    case "digest":
    case "head-digest":
      return { pulls: exactly(0), checks: exactly(0) };
    case "head-digest-get":
    case "head-tag-get":
      return { pulls: between(target.gets), checks: checksOfPairs(target) };
    case "head":
      return { pulls: exactly(0), checks: between(target.heads) };
    case "conditional":
      return { pulls: exactly(0), checks: between(target.gets) };
  }
}

/** What its manifest must show: like its tag, and what was asked by digest. */
export function expectedOfManifest(target: Target): ExpectedCounts {
  if (target.act === "digest") return { pulls: between(target.gets), checks: exactly(0) };
  if (target.act === "head-digest") return { pulls: exactly(0), checks: between(target.heads) };
  return expectedOfTag(target);
}

/** What the repository must show: every image is one pull, the children of an index are none. */
export function expectedOfRepository(targets: readonly Target[]): ExpectedCounts {
  const parts = targets.map(expectedOfManifest);
  const sum = (of: (part: ExpectedCounts) => Range): Range => ({
    least: parts.reduce((total, part) => total + of(part).least, 0),
    most: parts.reduce((total, part) => total + of(part).most, 0),
  });
  return { pulls: sum(({ pulls }) => pulls), checks: sum(({ checks }) => checks) };
}

export function expectedOfChild(target: Target, child: number): ExpectedCounts {
  return { pulls: between(target.childGets[child]!), checks: exactly(0) };
}
