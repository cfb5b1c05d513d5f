// For which platform two things are compared, when one of them or both are indexes. Pure.

import type { ManifestAnswer } from "../../wire/manifests.ts";

type Child = ManifestAnswer["children"][number];
type Whole = Pick<ManifestAnswer, "children" | "platforms">;

export const usual = "linux/amd64";

/** All that one of them has, those that both have first; empty where there is nothing to choose. */
export function platformChoices(a: Whole, b: Whole): string[] {
  if (a.children.length === 0 && b.children.length === 0) return [];
  const [one, other] = [platformsOf(a), platformsOf(b)];
  const both = one.filter((name) => other.includes(name));
  return [...new Set([...(both.includes(usual) ? [usual] : []), ...both, ...one, ...other])];
}

/** The image for this platform: the thing itself, a child of it, or undefined when there is none. */
export function imageFor(whole: Whole, platform: string | undefined): Child | "itself" | undefined {
  if (whole.children.length === 0)
    return platform === undefined || whole.platforms.length === 0 || whole.platforms.includes(platform) ? "itself" : undefined;
  return whole.children.find((child) => child.platform === platform);
}

function platformsOf({ children, platforms }: Whole): string[] {
  return children.length === 0 ? platforms : children.flatMap(({ platform }) => (platform === null ? [] : [platform]));
}
