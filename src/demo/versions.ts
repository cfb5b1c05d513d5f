// When a repository of the demo was pushed to, and under which tags: some tags move with every release, others stay.

import { between, hexOf, type Random } from "./random.ts";
import type { RepositoryPlan, TagStyle } from "./repositories.ts";

export interface Release {
  readonly atMs: number;
  /** For labels and files. */
  readonly version: string;
  readonly tags: readonly string[];
}

const dayMs = 86_400_000;
const mostYears = 3;

/** Oldest first. What is used is still released; what is idle or unknown came to an end long ago. */
export function releasesOf(plan: RepositoryPlan, random: Random, untilMs: number): Release[] {
  return styles[plan.tags](
    plan.use === "never" || plan.use === "new" ? burst(plan, random, untilMs) : years(plan, random, untilMs),
    random,
  );
}

/** Several on one day, and then no more: a week ago (not less, wherever the weekend lies), or yesterday. */
function burst({ releases, use }: RepositoryPlan, random: Random, untilMs: number): number[] {
  const day = untilMs - (use === "never" ? 8 : 1) * dayMs;
  return Array.from({ length: releases }, () => toWorkingHour(day, random)).toSorted((a, b) => a - b);
}

function years(plan: RepositoryPlan, random: Random, untilMs: number): number[] {
  const ended = plan.use === "idle" ? between(random, 400, 700) : plan.use === "unknown" ? between(random, 30, 300) : 0;
  const last = untilMs - ended * dayMs - Math.floor(random() * 5 * dayMs);
  const first = Math.max(untilMs - mostYears * 365 * dayMs, last - plan.releases * between(random, 40, 110) * dayMs);
  const step = (last - first) / Math.max(1, plan.releases - 1);
  return Array.from({ length: plan.releases }, (_, i) =>
    toWorkingHour(
      plan.releases === 1 ? last : first + i * step + (i === plan.releases - 1 ? 0 : (random() - 0.5) * step * 0.7),
      random,
    ),
  )
    .filter((atMs) => atMs < untilMs)
    .sort((a, b) => a - b);
}

/** People release on weekdays between 8 and 18 o'clock. */
function toWorkingHour(atMs: number, random: Random): number {
  const day = atMs - (atMs % dayMs);
  const weekday = new Date(day).getUTCDay();
  const workday = day - (weekday === 0 ? 2 : weekday === 6 ? 1 : 0) * dayMs;
  return workday + 8 * 3_600_000 + Math.floor(random() * 10 * 3_600_000);
}

type NameReleases = (times: readonly number[], random: Random) => Release[];

const dayOf = (atMs: number, separator: string): string => new Date(atMs).toISOString().slice(0, 10).replaceAll("-", separator);

const semver: NameReleases = (times, random) => {
  let [major, minor, patch] = [between(random, 0, 3), between(random, 0, 9), 0];
  let isCandidate = false;
  return times.map((atMs, i) => {
    const chance = random();
    const wasCandidate = isCandidate;
    // What was a candidate is released as it is.
    if (i === 0 || isCandidate) isCandidate = false;
    else if (chance < 0.08) [major, minor, patch] = [major + 1, 0, 0];
    else if (chance < 0.45) [minor, patch] = [minor + 1, 0];
    else patch++;
    const version = `${major}.${minor}.${patch}`;
    isCandidate = !wasCandidate && patch === 0 && i > 0 && i < times.length - 1 && random() < 0.4;
    if (isCandidate) return { atMs, version: `${version}-rc.1`, tags: [`v${version}-rc.1`] };
    return { atMs, version, tags: [`v${version}`, `v${major}.${minor}`, `v${major}`, "latest"] };
  });
};

const styles: Readonly<Record<TagStyle, NameReleases>> = {
  semver,
  calendar: (times) => times.map((atMs) => ({ atMs, version: dayOf(atMs, "."), tags: [dayOf(atMs, "."), "latest"] })),
  commits: (times, random) =>
    times.map((atMs, i) => {
      const commit = hexOf(random, 7);
      const stable = i % 6 === 5 ? ["stable"] : [];
      return { atMs, version: commit, tags: [`sha-${commit}`, "main", ...stable] };
    }),
  distribution: (times, random) => {
    const major = between(random, 3, 22);
    let [minor, patch] = [between(random, 1, 15), 0];
    return times.map((atMs, i) => {
      if (i > 0 && random() < 0.3) [minor, patch] = [minor + 1, 0];
      else if (i > 0) patch++;
      return {
        atMs,
        version: `${major}.${minor}.${patch}`,
        tags: [`${major}.${minor}.${patch}`, `${major}.${minor}`, `${major}`, "latest"],
      };
    });
  },
  nightly: (times) => times.map((atMs) => ({ atMs, version: dayOf(atMs, ""), tags: [`nightly-${dayOf(atMs, "")}`, "nightly"] })),
  // Every release but the last one loses its only tag.
  single: (times) => times.map((atMs, i) => ({ atMs, version: `build ${i + 1}`, tags: ["latest"] })),
};
