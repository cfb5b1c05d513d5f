// hythe rule: tags that stay on their image, whoever wants to move or delete them.

import type { Command } from "commander";
import { z } from "zod";
import { createdAnswer } from "../wire/access.ts";
import { rulesAnswer, type ruleItem } from "../wire/grants.ts";
import { addAdministrationFlags, administer, type AdministrationFlags } from "./administration.ts";
import type { Environment } from "./environment.ts";
import { parseId } from "./grants.ts";
import { showAgo } from "./human.ts";
import { addPageFlags, printListing, type ListFlags } from "./listing.ts";
import type { Column } from "./table.ts";

const examples = `
Examples:
  hythe rule add 'team/*' 'v*'          tags like v1.2 of these repositories stay where they are
  hythe rule add '*' '*.*.*'            release numbers, everywhere
  hythe rule ls
  hythe rule rm 3

New tags can be pushed as before. To move or delete one that is there, take the rule away first: administrators, too.`;

export function addRuleVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("rule")
    .summary("immutable tags: which ones nobody moves or deletes")
    .description("Rules for tags that nobody moves or deletes.")
    .helpCommand(false)
    .addHelpText("after", examples);
  const add = verb
    .command("add")
    .argument("<repositories>", "a name or a pattern, such as 'team/*'")
    .argument("<tags>", "a tag or a pattern, such as 'v*'")
    .summary("make tags immutable")
    .description("Keeps tags on their image, those that are there and those to come.")
    .addHelpText("after", examples);
  addAdministrationFlags(add, "{ id }").action((repositoryPattern: string, tagPattern: string, flags: AdministrationFlags) =>
    addRule(environment, flags, { repositoryPattern, tagPattern }),
  );
  const list = verb
    .command("ls")
    .alias("list")
    .summary("list the rules")
    .description("Lists the rules, in the order in which they were made.")
    .addHelpText("after", "\nExamples:\n  hythe rule ls\n  hythe rule ls --json");
  addAdministrationFlags(addPageFlags(list), "the answer of /api/v1, with exact times").action(
    (flags: ListFlags & AdministrationFlags) => listRules(environment, flags),
  );
  const remove = verb
    .command("rm")
    .argument("<id>", "a number of `hythe rule ls`")
    .summary("take a rule away")
    .description("Takes a rule away. What it kept can be moved and deleted again, unless another rule keeps it.")
    .addHelpText("after", "\nExamples:\n  hythe rule rm 3");
  addAdministrationFlags(remove, "{ id }").action((text: string, flags: AdministrationFlags) =>
    removeRule(environment, flags, text),
  );
}

async function addRule(
  { stdout, ...environment }: Environment,
  flags: AdministrationFlags,
  body: { readonly repositoryPattern: string; readonly tagPattern: string },
): Promise<void> {
  const made = await administer(
    { stdout, ...environment },
    flags,
    (server) => server.send({ method: "POST", path: "/api/v1/rules", body }, createdAnswer),
    { begin: true },
  );
  if (flags.json === true) return stdout.write(`${JSON.stringify(made, undefined, 2)}\n`);
  const { repositoryPattern, tagPattern } = body;
  await stdout.write(`tags ${tagPattern} in ${repositoryPattern} stay on their image (rule ${made.id})\n`);
}

async function listRules(environment: Environment, flags: ListFlags & AdministrationFlags): Promise<void> {
  const nowMs = environment.now();
  const columns: Column<z.infer<typeof ruleItem>>[] = [
    { header: "ID", cell: ({ id }) => String(id), align: "right" },
    { header: "REPOSITORIES", cell: ({ repositoryPattern }) => repositoryPattern },
    { header: "TAGS", cell: ({ tagPattern }) => tagPattern },
    { header: "MADE", cell: ({ createdAt }) => showAgo(createdAt, nowMs), optional: true },
    { header: "BY", cell: ({ createdBy }) => createdBy ?? "-", optional: true },
  ];
  const empty = "there are no rules: whoever may overwrite or delete may do it with every tag";
  const listing = {
    path: "/api/v1/rules",
    query: {},
    answer: rulesAnswer,
    columns,
    noun: "rules",
    nameless: true,
    empty,
  } as const;
  await administer(environment, flags, (server) => printListing(environment, server, listing, flags));
}

async function removeRule(environment: Environment, flags: AdministrationFlags, text: string): Promise<void> {
  const id = parseId(text, "hythe rule ls");
  await administer(environment, flags, (server) => server.send({ method: "DELETE", path: `/api/v1/rules/${id}` }, z.undefined()));
  await environment.stdout.write(flags.json === true ? `${JSON.stringify({ id })}\n` : `rule ${id} is taken away\n`);
}
