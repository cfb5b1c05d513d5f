// The bars as rows of a table, which is also what is downloaded. Pure.

import type { PullsAnswer } from "../../wire/pulls.ts";
import type { BarState } from "./series.ts";

export const stateWords: Readonly<Record<BarState, string>> = {
  complete: "complete",
  open: "so far",
  gap: "at least: a gap lies in it",
  untracked: "not tracked",
};

/** RFC 4180, one line a bucket; what is not tracked has no numbers. */
export function toCsv({ buckets, interval }: Pick<PullsAnswer, "buckets" | "interval">): string {
  const lines = buckets.map(({ start, pulls, checks, state }) =>
    state === "untracked" ? `${start},${interval},,,${state}` : `${start},${interval},${pulls},${checks},${state}`,
  );
  return `${["start,interval,pulls,checks,state", ...lines].join("\r\n")}\r\n`;
}

/** `team-app-v1-pulls.csv` */
export function csvName({ repository, tag, digest }: Pick<PullsAnswer, "repository" | "tag" | "digest">): string {
  const parts = [repository ?? "registry", tag, digest?.slice(0, 19)].filter((part) => part != null);
  return `${parts.join("-").replaceAll(/[^\w.-]+/g, "-")}-pulls.csv`;
}
