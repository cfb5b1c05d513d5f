// The names that any registry lists by the protocol: its repositories, or the tags of one of them, a name a line, a page at a time.

import { toPrintable } from "./cells.ts";
import type { Environment } from "./environment.ts";
import type { Place } from "./image-argument.ts";
import type { RegistryFlags } from "./registry-flags.ts";
import { withRegistry } from "./registry-session.ts";

export interface NameFlags extends RegistryFlags {
  /** Only names that contain this, whatever the case. */
  readonly search?: string;
  /** Absent: all. */
  readonly limit?: number;
  readonly json?: true;
}

/** Whether there are more than were printed. */
export async function printNames(environment: Environment, flags: NameFlags, place: Place): Promise<boolean> {
  const { stderr, stdout } = environment;
  const { repository } = place;
  const { limit = Number.POSITIVE_INFINITY, json, search = "" } = flags;
  const wanted = search.toLowerCase();
  const { count, more } = await withRegistry(environment, flags, place, async (registry, signal) => {
    const printed = { count: 0, more: false };
    const pages = repository === undefined ? registry.walkRepositories({ signal }) : registry.walkTags(repository, { signal });
    for await (const page of pages) {
      const found = page.filter((name) => name.toLowerCase().includes(wanted));
      const names = found.slice(0, limit - printed.count);
      printed.more = names.length < found.length;
      const lines =
        json === true
          ? names.map((name, at) => jsonItem(name, printed.count + at))
          : names.map((name) => `${toPrintable(name)}\n`);
      if (lines.length > 0) await stdout.write(lines.join(""));
      printed.count += names.length;
      if (printed.more) break;
    }
    return printed;
  });
  if (json === true) await stdout.write(`${count === 0 ? '{"items":[' : ""}\n],"more":${more}}\n`);
  if (count > 0 || json === true) return more;
  const noun = repository === undefined ? "repositories" : "tags";
  await stderr.write(search === "" ? `there are no ${noun}\n` : `none of the ${noun} contains '${search}'\n`);
  return more;
}

function jsonItem(name: string, at: number): string {
  return `${at === 0 ? '{"items":[' : ","}\n${JSON.stringify(name)}`;
}
