// hythe ls: the repositories of any registry, or the tags of one of its repositories, a name a line.

import { InvalidArgumentError, Option, type Command } from "commander";
import { RegistryError } from "../oci/errors.ts";
import type { Environment } from "./environment.ts";
import { parsePlace } from "./image-argument.ts";
import { addRegistryFlags } from "./registry-flags.ts";
import { printNames, type NameFlags } from "./remote-names.ts";
import { defaultServer } from "./server-http.ts";

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
  addRegistryFlags(verb).action(
    async (text: string | undefined, flags: NameFlags) =>
      void (await printNames(environment, flags, parsePlace(text ?? ownHost(environment)))),
  );
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
