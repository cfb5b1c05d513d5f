// hythe ls: the repositories of any registry, or the tags of one of its repositories, a name a line.

import { InvalidArgumentError, Option, type Command } from "commander";
import { RegistryError } from "../oci/errors.ts";
import { toPrintable } from "./cells.ts";
import type { Environment } from "./environment.ts";
import { parsePlace, type Place } from "./image-argument.ts";
import { addRegistryFlags, type RegistryFlags } from "./registry-flags.ts";
import { withRegistry } from "./registry-session.ts";
import { defaultServer } from "./server.ts";

interface LsFlags extends RegistryFlags {
  readonly search?: string;
  readonly limit?: number;
  readonly json?: true;
}

const examples = `
Examples:
  hythe ls                                      the repositories of your own server
  hythe ls registry.example.org                 those of another registry
  hythe ls registry.example.org/team/app        the tags of a repository
  hythe ls alpine --search 3.2                  some of the tags of alpine on Docker Hub

Names come in the order of the registry, as soon as they are known.`;

export function addLsVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("ls")
    .alias("catalog")
    .argument("[place]", "HOST for its repositories, HOST/REPOSITORY for its tags (default: your own server)")
    .summary("list the repositories of a registry, or the tags of a repository")
    .description("Lists the repositories of any registry, or the tags of a repository, a name a line.")
    .option("--search <text>", "only names that contain this, whatever the case")
    .addOption(new Option("--limit <number>", "how many at most (default: all)").argParser(parseLimit))
    .option("--json", "one document: { items: [...], more }")
    .addHelpText("after", examples);
  addRegistryFlags(verb).action((text: string | undefined, flags: LsFlags) =>
    printNames(environment, flags, parsePlace(text ?? ownHost(environment))),
  );
}

async function printNames(environment: Environment, flags: LsFlags, place: Place): Promise<void> {
  const { stderr, stdout } = environment;
  const { repository } = place;
  const { limit = Number.POSITIVE_INFINITY, json, search = "" } = flags;
  const wanted = search.toLowerCase();
  const printed = await withRegistry(environment, flags, place, async (registry, signal) => {
    let count = 0;
    let more = false;
    const pages = repository === undefined ? registry.walkRepositories({ signal }) : registry.walkTags(repository, { signal });
    for await (const page of pages) {
      const found = page.filter((name) => name.toLowerCase().includes(wanted));
      const names = found.slice(0, limit - count);
      more = names.length < found.length;
      const lines =
        json === true ? names.map((name, at) => jsonItem(name, count + at)) : names.map((name) => `${toPrintable(name)}\n`);
      if (lines.length > 0) await stdout.write(lines.join(""));
      count += names.length;
      if (more) break;
    }
    if (json === true) await stdout.write(`${count === 0 ? '{"items":[' : ""}\n],"more":${more}}\n`);
    return count;
  });
  if (printed > 0 || json === true) return;
  const noun = repository === undefined ? "repositories" : "tags";
  await stderr.write(search === "" ? `there are no ${noun}\n` : `none of the ${noun} contains '${search}'\n`);
}

function jsonItem(name: string, at: number): string {
  return `${at === 0 ? '{"items":[' : ","}\n${JSON.stringify(name)}`;
}

/** Host and port of the server that HYTHE_SERVER names. @throws REQUEST_INVALID */
function ownHost({ env }: Environment): string {
  const address = env["HYTHE_SERVER"] || defaultServer;
  const url = address.includes("://") ? address : `http://${address}`;
  if (URL.canParse(url)) return new URL(url).host;
  throw new RegistryError("REQUEST_INVALID", {
    message: `HYTHE_SERVER is not the address of a server: give one like ${defaultServer}`,
  });
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number of at least 1.");
}
