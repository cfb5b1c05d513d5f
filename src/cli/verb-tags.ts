// hythe tags REPO: the tags of a repository, with what they stand on and how much they are used.

import type { Command } from "commander";
import { bothWays } from "../wire/page.ts";
import { tagsAnswer, tagSorts, type TagItem } from "../wire/tags.ts";
import type { Environment } from "./environment.ts";
import { showAgo, showBytes, showCount, showDigest } from "./human.ts";
import { addListFlags, printListing, type ListFlags } from "./listing.ts";
import { repositoryNames, suggestNames } from "./near-names.ts";
import { lastPulled } from "./pull-cells.ts";
import { addServerFlags, serverOf, type ServerFlags } from "./server-flags.ts";
import type { Column } from "./table.ts";
import { parseRepositoryTarget } from "./target.ts";

const examples = `
Examples:
  hythe tags team/app                           by name
  hythe tags team/app --sort -pulls             the most pulled ones first
  hythe tags team/app --sort lastPulledAt       those that nobody has pulled for longest first
  hythe tags team/app --search 1. --limit 20    some of them
  hythe tags team/app --all --json              everything, for a script

PULLS are those by this tag, IMAGE those of what it stands on, by any tag or by digest.`;

export function addTagsVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("tags")
    .argument("<repository>", "name of a repository, such as team/app")
    .summary("list the tags of a repository with sizes, platforms and pulls")
    .description("Lists the tags of a repository on a running server.")
    .addHelpText("after", examples);
  addServerFlags(addListFlags(verb, bothWays(tagSorts))).action((repository: string, flags: ListFlags & ServerFlags) =>
    printTags(environment, repository, flags),
  );
}

async function printTags(environment: Environment, target: string, flags: ListFlags & ServerFlags): Promise<void> {
  const server = serverOf(environment, flags);
  const repository = parseRepositoryTarget(target);
  const listing = {
    path: "/api/v1/tags",
    query: { repository },
    answer: tagsAnswer,
    columns: columns(environment.now()),
    noun: "tags",
    empty: `${repository} has no tags`,
  };
  try {
    await printListing(environment, server, listing, flags);
  } catch (error) {
    throw await suggestNames(error, server, repositoryNames, repository);
  }
}

function columns(nowMs: number): Column<TagItem>[] {
  return [
    { header: "TAG", cell: ({ name }) => name },
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
