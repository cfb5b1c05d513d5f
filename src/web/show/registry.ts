// What another registry can and cannot do, in sentences. Pure.

import type { RegistriesAnswer } from "../../wire/registries.ts";
import { formatCount } from "./count.ts";
import { lowerFirst } from "./sentence.ts";
import { formatAge } from "./time.ts";

export type RegistryItem = RegistriesAnswer["items"][number];

const lacks: Readonly<Record<keyof RegistryItem["capabilities"], string>> = {
  catalog: "Repositories are not listed",
  pushTimes: "When a tag was pushed is not known",
  pulls: "Pulls are not known",
  referrers: "Signatures and SBOMs are not listed",
  delete: "Images cannot be deleted",
  tagDelete: "Tags cannot be deleted",
};

/** What it cannot give, and why; what has the same reason is said once. */
export function lacksOf({ capabilities }: Pick<RegistryItem, "capabilities">): string[] {
  const reasons = new Map<string, string[]>();
  for (const [name, what] of Object.entries(lacks)) {
    const why = capabilities[name as keyof typeof capabilities];
    if (why !== "ok") reasons.set(why, [...(reasons.get(why) ?? []), what]);
  }
  return [...reasons].map(([why, all]) => `${all.map((what, at) => (at === 0 ? what : lowerFirst(what))).join(", ")}: ${why}`);
}

/** `87 of 100 pulls left`, by the window that it told; undefined: it has told nothing. */
export function formatBudget({ limit }: Pick<RegistryItem, "limit">): string | undefined {
  if (limit?.remaining == null) return undefined;
  const { remaining, limit: most, windowSeconds } = limit;
  const window = windowSeconds === null ? undefined : formatAge(windowSeconds * 1000);
  const left =
    most === null ? `${formatCount(remaining)} pulls left` : `${formatCount(remaining)} of ${formatCount(most)} pulls left`;
  return window === undefined ? left : `${left} in ${window}`;
}
