// hythe repos: the repositories of a server, with their sizes and pulls.

import type { Command } from "commander";
import { bothWays } from "../wire/page.ts";
import { repositoriesAnswer, repositorySorts, type RepositoryItem } from "../wire/repositories.ts";
import type { Environment } from "./environment.ts";
import { showAgo, showBytes, showCount } from "./human.ts";
import { addListFlags, printListing, type ListFlags } from "./listing.ts";
import { addTlsFlags } from "./registry-flags.ts";
import { addServerFlags, serverOf, type ServerFlags } from "./server-flags.ts";
import type { Column } from "./table.ts";
import { lastPulled } from "./pull-cells.ts";

const examples = `
Examples:
  hythe repos                              by name
  hythe repos --sort -pulls --limit 10     the most pulled ones
  hythe repos --sort lastPulledAt          those that nobody has pulled for longest
  hythe repos --search team/               some of them
  hythe repos --all --json                 everything, for a script`;

export function addReposVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("repos")
    .summary("list repositories with sizes and pulls")
    .description("Lists the repositories of a running server. PULLS counts whole images, however they were pulled.")
    .addHelpText("after", examples);
  addTlsFlags(addServerFlags(addListFlags(verb, bothWays(repositorySorts), headers))).action((flags: ListFlags & ServerFlags) =>
    printListing(
      environment,
      serverOf(environment, flags),
      {
        path: "/api/v1/repositories",
        query: {},
        answer: repositoriesAnswer,
        columns: columns(environment.now()),
        noun: "repositories",
        empty: "there is no repository yet; `hythe serve` says how to push a first image",
      },
      flags,
    ),
  );
}

const headers = { repository: "name", size: "bytes", lastpull: "lastPulledAt", updated: "updatedAt" };

function columns(nowMs: number): Column<RepositoryItem>[] {
  return [
    { header: "REPOSITORY", cell: ({ name }) => name },
    { header: "TAGS", cell: ({ tags }) => showCount(tags), align: "right" },
    { header: "SIZE", cell: ({ bytes }) => showBytes(bytes), align: "right" },
    { header: "PULLS", cell: ({ pulls }) => showCount(pulls.count), align: "right" },
    { header: "LAST PULL", cell: ({ pulls }) => lastPulled(pulls, nowMs) },
    { header: "CHECKS", cell: ({ pulls }) => showCount(pulls.checks), align: "right", optional: true },
    { header: "UPDATED", cell: ({ updatedAt }) => showAgo(updatedAt, nowMs), optional: true },
  ];
}
