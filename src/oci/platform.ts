// Which image of an index is the one for a platform: os/architecture[/variant], as in `linux/arm64/v8`.

import { RegistryError } from "./errors.ts";
import type { Child } from "./manifest.ts";

/** What people write for an architecture, in Go's words (containerd's platforms.Normalize). */
const spellings: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  i386: "386",
  armhf: "arm/v7",
  armel: "arm/v6",
};

/**
 * The child for `wanted`: the same platform, or, where the wish leaves the variant open, the first of that os and architecture. A wish without
 * a slash is an architecture of linux.
 * @throws REQUEST_INVALID for what is no platform, MANIFEST_UNKNOWN when there is none, naming those that there are
 */
export function findPlatform(children: readonly Child[], wanted: string): Child {
  const platform = normalize(wanted);
  const images = children.filter((child) => child.kind === "manifest");
  const found =
    images.find((child) => withUsualVariant(child.platform) === withUsualVariant(platform)) ??
    images.find((child) => child.platform.startsWith(`${platform}/`));
  if (found !== undefined) return found;
  const known = [...new Set(images.map((child) => child.platform))].filter((each) => each !== "" && !each.startsWith("unknown/"));
  const there = known.length === 0 ? "it names no platforms" : `there is ${known.join(", ")}`;
  throw new RegistryError("MANIFEST_UNKNOWN", { message: `there is no image for ${platform}: ${there}` });
}

function normalize(wanted: string): string {
  const parts = wanted.toLowerCase().split("/");
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9._-]{1,64}$/.test(part))) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `'${wanted}' is not a platform: give os/architecture, such as linux/arm64`,
    });
  }
  const [os, architecture = "", ...variant] = parts.length === 1 ? ["linux", ...parts] : parts;
  return [os, spellings[architecture] ?? architecture, ...variant].join("/");
}

/** arm64 is arm64/v8 (containerd leaves it out, buildkit writes it). */
function withUsualVariant(platform: string): string {
  return platform.endsWith("/arm64") ? `${platform}/v8` : platform;
}
