// hythe grant: who may do what in which repositories.

import { Argument, type Command } from "commander";
import { createdAnswer, roleNames } from "../wire/access.ts";
import { grantsAnswer } from "../wire/grants.ts";
import { RegistryError } from "../oci/errors.ts";
import { z } from "zod";
import { addAdministrationFlags, administer, giveRights, type AdministrationFlags } from "./administration.ts";
import type { Environment } from "./environment.ts";
import { grantColumns, isSame, parseId, parseSubject, readGrants, showRole, showSubject, type GrantItem } from "./grants.ts";
import { addPageFlags, printListing, type ListFlags } from "./listing.ts";
import type { Server } from "./server.ts";
import { Table } from "./table.ts";

const roles = `
Roles:
  pull      look and pull
  push      pull, push, move tags; with --new-tags push without moving tags that exist
  delete    pull, delete
  admin     all of it, and giving it to others; on '*' it is the whole registry

In patterns * stands for any characters, slashes too: 'team/*', '*', 'team/app'. Quote it, or the shell
replaces it. A right that was taken away is gone at once, also for those who are logged in.`;

const examples = `
Examples:
  hythe grant add everyone pull 'public/*'        also without a login
  hythe grant add ann push 'team/*'               a user or a robot
  hythe grant add group:dev push 'team/*'         whoever is in the group, now or later
  hythe grant add ci push 'team/*' --new-tags     never moves a tag that exists
  hythe grant add bob admin '*'                   an administrator of the registry
  hythe grant ls group:dev
  hythe grant rm ann push 'team/*'                or by its number: hythe grant rm 7
${roles}`;

const who = "a user or robot, group:NAME, or everyone";
const subjectArgument = (): Argument => new Argument("<who>", who);
const roleArgument = (): Argument => new Argument("<role>", "what they may do").choices(roleNames);
const patternArgument = (): Argument => new Argument("<repositories>", "a name or a pattern, such as 'team/*'");

type Role = (typeof roleNames)[number];
type AddFlags = AdministrationFlags & { readonly newTags?: true };

export function addGrantVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("grant")
    .summary("say who may do what in which repositories")
    .description("Gives rights, lists them and takes them away.")
    .helpCommand(false)
    .addHelpText("after", examples);
  const add = verb
    .command("add")
    .addArgument(subjectArgument())
    .addArgument(roleArgument())
    .addArgument(patternArgument())
    .summary("give a right")
    .description("Gives a right in all repositories whose names match, also in those that are not there yet.")
    .option("--new-tags", "of push: new tags only, tags that exist are not moved")
    .addHelpText("after", examples);
  addAdministrationFlags(add, "{ id }").action((subject: string, role: Role, pattern: string, flags: AddFlags) =>
    addGrant(environment, flags, { to: parseSubject(subject), role, pattern, overwrite: flags.newTags !== true }),
  );
  const list = verb
    .command("ls")
    .alias("list")
    .argument("[who]", `only those given to one: ${who}`)
    .summary("list who may do what")
    .description("Lists the rights that were given, in the order in which they were.")
    .addHelpText("after", "\nExamples:\n  hythe grant ls\n  hythe grant ls everyone\n  hythe grant ls group:dev --json");
  addAdministrationFlags(addPageFlags(list), "the answer of /api/v1").action(
    (subject: string | undefined, flags: ListFlags & AdministrationFlags) => listGrants(environment, flags, subject),
  );
  const remove = verb
    .command("rm")
    .argument("<id-or-who>", `a number of \`hythe grant ls\`; or ${who}`)
    .addArgument(roleArgument().argOptional())
    .addArgument(patternArgument().argOptional())
    .summary("take a right away")
    .description("Takes a right away. It is gone at once.")
    .addHelpText(
      "after",
      "\nExamples:\n  hythe grant rm 7\n  hythe grant rm ann push 'team/*'\n  hythe grant rm everyone pull '*'",
    );
  addAdministrationFlags(remove, "{ id }").action(
    (subject: string, role: Role | undefined, pattern: string | undefined, flags: AdministrationFlags) =>
      removeGrant(environment, flags, { subject, role, pattern }),
  );
}

type NewGrant = Pick<GrantItem, "to" | "role" | "pattern" | "overwrite">;

async function addGrant(environment: Environment, flags: AddFlags, grant: NewGrant): Promise<void> {
  if (flags.newTags === true && grant.role !== "push") throw invalid("--new-tags is of the role push");
  const administers = grant.role === "admin" && grant.pattern === "*" && !("everyone" in grant.to);
  const gift = { method: "POST", path: "/api/v1/grants", body: grant, answer: createdAnswer, administers } as const;
  const made = await administer(environment, flags, (server) => giveRights(environment, server, gift), { begin: true });
  const { stdout } = environment;
  if (flags.json === true) return stdout.write(`${JSON.stringify(made, undefined, 2)}\n`);
  await stdout.write(`${showSubject(grant.to)} may ${showRole(grant)} in ${grant.pattern} (grant ${made.id})\n`);
}

async function listGrants(
  environment: Environment,
  flags: ListFlags & AdministrationFlags,
  subject: string | undefined,
): Promise<void> {
  const to = subject === undefined ? undefined : parseSubject(subject);
  const columns = grantColumns(environment.now());
  await administer(environment, flags, async (server) => {
    if (to !== undefined && "everyone" in to) return listThose(environment, flags, server);
    const listing = {
      path: "/api/v1/grants",
      query: { ...to },
      answer: grantsAnswer,
      columns,
      noun: "grants",
      nameless: true,
      empty: subject === undefined ? "nobody was given any right yet" : `${subject} was given no right`,
    } as const;
    await printListing(environment, server, listing, flags);
  });
}

/** Given to everyone, which the API does not ask for by itself. */
async function listThose({ now, stderr, stdout }: Environment, { json }: AdministrationFlags, server: Server): Promise<void> {
  const items = await readGrants(server, ({ to }) => "everyone" in to);
  if (json === true) return stdout.write(`${JSON.stringify({ items }, undefined, 2)}\n`);
  if (items.length === 0) return stderr.write("everyone was given no right: nobody comes in without a login\n");
  await stdout.write(new Table(grantColumns(now()), Number.POSITIVE_INFINITY).format(items));
}

interface Removal {
  readonly subject: string;
  readonly role: Role | undefined;
  readonly pattern: string | undefined;
}

async function removeGrant(environment: Environment, flags: AdministrationFlags, removal: Removal): Promise<void> {
  const { stdout } = environment;
  const id = await administer(environment, flags, async (server) => {
    const found = await findGrant(server, removal);
    await server.send({ method: "DELETE", path: `/api/v1/grants/${found}` }, z.undefined());
    return found;
  });
  await stdout.write(flags.json === true ? `${JSON.stringify({ id })}\n` : `grant ${id} is taken away\n`);
}

/** @throws NOT_FOUND, REQUEST_INVALID */
async function findGrant(server: Server, { pattern, role, subject }: Removal): Promise<number> {
  if (role === undefined) return parseId(subject, "hythe grant ls");
  if (pattern === undefined) throw invalid("name the grant by its number, or by WHO, ROLE and REPOSITORIES");
  const to = parseSubject(subject);
  const [grant] = await readGrants(server, (each) => isSame(each.to, to) && each.role === role && each.pattern === pattern);
  if (grant !== undefined) return grant.id;
  throw new RegistryError("NOT_FOUND", {
    message: `${showSubject(to)} was not given ${role} in ${pattern}; \`hythe grant ls\` shows what was given`,
  });
}

function invalid(message: string): Error {
  return new RegistryError("REQUEST_INVALID", { message });
}
