// hythe tags NAME: the tags of a repository of our own server, with what they stand on and how much they are used. With a host in front
// it is any registry, by the protocol, which knows the names alone.

import { InvalidArgumentError, type Command } from "commander";
import { RegistryError } from "../oci/errors.ts";
import { bothWays } from "../wire/page.ts";
import { tagsAnswer, tagSorts, type TagItem } from "../wire/tags.ts";
import { usageStates } from "../wire/usage.ts";
import type { Environment } from "./environment.ts";
import { showAgo, showBytes, showCount, showDigest } from "./human.ts";
import { namesHost, parsePlace } from "./image-argument.ts";
import { addListFlags, printListing, type ListFlags } from "./listing.ts";
import { repositoryNames, suggestNames } from "./near-names.ts";
import { lastPulled, showUsage } from "./pull-cells.ts";
import { addRegistryFlags, type RegistryFlags } from "./registry-flags.ts";
import { addServerFlags, serverOf, type ServerFlags } from "./server-flags.ts";
import type { Column } from "./table.ts";
import { parseRepositoryTarget } from "./target.ts";

const examples = `
Examples:
  hythe tags team/app                           by name
  hythe tags team/app --sort -pulls             the most pulled ones first
  hythe tags team/app --sort lastPulledAt       those that nobody has pulled for longest first
  hythe tags team/app --usage idle,never        those that nobody needs
  hythe tags --usage idle,never --sort -bytes   the largest of them in all repositories
  hythe tags team/app --search 1. --limit 20    some of them
  hythe tags team/app --all --json              everything, for a script
  hythe tags registry.example.org/team/app      the names of those on any registry

PULLS are those by this tag, IMAGE those of what it stands on, by any tag or by digest. USAGE tells of both: used, idle (not pulled or
checked for long), never pulled since its push, new (pushed within a week), or unknown (from before counting began, or behind a gap).`;

type TagsFlags = ListFlags & ServerFlags & RegistryFlags & { readonly usage?: string };

export function addTagsVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("tags")
    .argument("[repository]", "name of a repository, such as team/app, or HOST/NAME on another registry; without it all of them")
    .summary("list the tags of a repository, or of all, with sizes, platforms and pulls")
    .description(
      "Lists the tags of a repository on a running server, or of all of them; with a host in front the names of those on any registry.",
    )
    .addHelpText("after", examples);
  addListFlags(verb, bothWays(tagSorts), headers);
  verb.option("--usage <states>", `only these, with commas between: ${usageStates.join(", ")}`, parseUsage);
  addRegistryFlags(addServerFlags(verb)).action((repository: string | undefined, flags: TagsFlags) =>
    repository !== undefined && namesHost(repository)
      ? printRemote(environment, repository, flags)
      : printTags(environment, repository, flags),
  );
}

function parseUsage(text: string): string {
  if (text.split(",").every((state) => (usageStates as readonly string[]).includes(state))) return text;
  throw new InvalidArgumentError(`Give some of ${usageStates.join(", ")}, with commas between.`);
}

async function printRemote(environment: Environment, text: string, flags: TagsFlags): Promise<void> {
  const { all, limit, server, sort, usage, ...others } = flags;
  if (sort !== undefined || server !== undefined || usage !== undefined) {
    const name = text.slice(text.indexOf("/") + 1);
    throw new RegistryError("REQUEST_INVALID", {
      message: `with a host in front only names are asked for, by the protocol; a Hythe server knows more: hythe tags ${name} --sort FIELD --server URL`,
    });
  }
  const { printNames } = await import("./remote-names.ts");
  const more = await printNames(environment, { ...others, ...(all !== true && { limit }) }, parsePlace(text));
  if (more && flags.json !== true) await environment.stderr.write(`the first ${limit}; --all shows all, --search some of them\n`);
}

async function printTags(environment: Environment, target: string | undefined, flags: TagsFlags): Promise<void> {
  const server = serverOf(environment, flags);
  const repository = target === undefined ? undefined : parseRepositoryTarget(target);
  const place = repository ?? "the registry";
  const listing = {
    path: "/api/v1/tags",
    query: { repository, usage: flags.usage },
    answer: tagsAnswer,
    columns: columns(environment.now(), repository),
    noun: "tags",
    empty: flags.usage === undefined ? `${place} has no tags` : `${place} has no tags that are ${flags.usage}`,
  };
  try {
    await printListing(environment, server, listing, flags);
  } catch (error) {
    throw repository === undefined ? error : await suggestNames(error, server, repositoryNames, repository);
  }
}

const headers = { tag: "name", lastpull: "lastPulledAt", image: "imagePulls", size: "bytes", pushed: "pushedAt" };

/** `repository` undefined: of all, each said in front of its tag. */
function columns(nowMs: number, repository: string | undefined): Column<TagItem>[] {
  return [
    { header: "TAG", cell: (row) => (repository === undefined ? `${row.repository}:${row.name}` : row.name) },
    { header: "USAGE", cell: ({ usage }) => showUsage(usage, nowMs) },
    { header: "PULLS", cell: ({ pulls }) => showCount(pulls.count), align: "right" },
    { header: "LAST PULL", cell: ({ pulls }) => lastPulled(pulls, nowMs) },
    { header: "IMAGE", cell: ({ imagePulls }) => showCount(imagePulls.count), align: "right" },
    { header: "SIZE", cell: ({ bytes }) => showBytes(bytes), align: "right" },
    { header: "PUSHED", cell: ({ pushedAt }) => showAgo(pushedAt, nowMs) },
    { header: "DIGEST", cell: ({ digest }) => (digest === null ? "-" : showDigest(digest)) },
    { header: "PLATFORMS", cell: ({ platforms }) => showPlatforms(platforms), optional: true },
    { header: "CHECKS", cell: ({ pulls }) => showCount(pulls.checks), align: "right", optional: true },
    {
      header: "ALSO",
      cell: ({ siblings }) => (siblings === null ? "-" : showSome(siblings.names, siblings.count)),
      optional: true,
    },
  ];
}

const mostNames = 3;

/** The first ones, and how many more there are. */
function showSome(names: readonly string[], count: number): string {
  const shown = names.slice(0, mostNames);
  return [...shown, ...(count > shown.length ? [`+${showCount(count - shown.length)}`] : [])].join(" ");
}

function showPlatforms(platforms: readonly string[]): string {
  return platforms.length === 0 ? "-" : showSome(platforms, platforms.length);
}
