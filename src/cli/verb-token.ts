// hythe token: secrets that stand for a user or robot where a password is asked for.

import { Option, type Command } from "commander";
import { z } from "zod";
import { RegistryError } from "../oci/errors.ts";
import { roleNames } from "../wire/access.ts";
import { tokenAnswer, tokensAnswer } from "../wire/tokens.ts";
import { addAdministrationFlags, administer, type AdministrationFlags } from "./administration.ts";
import type { Environment } from "./environment.ts";
import { parseId } from "./grants.ts";
import { addPageFlags, printListing, type ListFlags } from "./listing.ts";
import { parseExpiry } from "./moments.ts";
import { printSecret, type SecretFlags } from "./secret-output.ts";
import { tokenColumns } from "./tokens.ts";

const examples = `
Examples:
  hythe token add laptop --of ann                        prints the token, once
  hythe token add backup --of ann --role pull --expires 90d
  TOKEN=$(hythe token add deploy --of ci --quiet)        a second one of a robot
  hythe token ls --everybody
  hythe token ls --of ann
  hythe token rm 7

A token goes where the password goes: docker login HOST -u ann, with the token as password. It lives until it
expires or is revoked, whatever becomes of the password. On a server where you are logged in, --of is yourself
when it is left out.`;

type AddFlags = AdministrationFlags &
  SecretFlags & { readonly of?: string; readonly role?: (typeof roleNames)[number]; readonly expires?: string };
type ListTokensFlags = ListFlags & AdministrationFlags & { readonly of?: string; readonly everybody?: true };

export function addTokenVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("token")
    .summary("tokens in place of a password: make, list, revoke")
    .description("Tokens of users and robots.")
    .helpCommand(false)
    .addHelpText("after", examples);
  const add = verb
    .command("add")
    .argument("<name>", "what it is for")
    .summary("make a token and print it")
    .description("Makes a token and prints it: this once and never again.")
    .option("--of <name>", "whose, a user or robot (default: yourself, on a server)")
    .addOption(new Option("--role <role>", "what it is good for at most (default: all that its owner may)").choices(roleNames))
    .option("--expires <time>", "90d, 1y, a day (2027-06-30) or never (default: never)")
    .option("-q, --quiet", "print the token and nothing else")
    .addHelpText("after", examples);
  addAdministrationFlags(add, "the token, with secret").action((name: string, flags: AddFlags) =>
    addToken(environment, flags, name),
  );
  const list = verb
    .command("ls")
    .alias("list")
    .summary("list tokens")
    .description("Lists tokens without their secrets, in the order in which they were made.")
    .option("--of <name>", "those of a user or robot (default: your own, on a server)")
    .option("--everybody", "those of all; without a server that goes without saying")
    .addHelpText("after", "\nExamples:\n  hythe token ls\n  hythe token ls --of ci --json\n  hythe token ls --everybody");
  addAdministrationFlags(addPageFlags(list), "the answer of /api/v1, with exact times").action((flags: ListTokensFlags) =>
    listTokens(environment, flags),
  );
  const remove = verb
    .command("rm")
    .argument("<id>", "a number of `hythe token ls`")
    .summary("revoke a token")
    .description("Revokes a token, at once.")
    .addHelpText("after", "\nExamples:\n  hythe token rm 7");
  addAdministrationFlags(remove, "{ id }").action((text: string, flags: AdministrationFlags) =>
    removeToken(environment, flags, text),
  );
}

async function addToken(environment: Environment, flags: AddFlags, name: string): Promise<void> {
  const { expires = "never", of, role = null } = flags;
  const body = { name, role, expiresAt: parseExpiry(expires, environment.now()), ...(of !== undefined && { of }) };
  const made = await administer(environment, flags, (server, isConsole) => {
    if (isConsole && of === undefined) throw invalid(`whose is it to be? Say it with --of: hythe token add ${name} --of NAME`);
    return server.send({ method: "POST", path: "/api/v1/tokens", body }, tokenAnswer);
  });
  const limit = made.role === null ? "" : `, for ${made.role} at most`;
  const sentence = `${made.of} has a token '${name}'${limit}`;
  await printSecret(environment, flags, { secret: made.secret, sentence, username: made.of, json: made });
}

async function listTokens(environment: Environment, flags: ListTokensFlags): Promise<void> {
  const { everybody, of } = flags;
  if (everybody === true && of !== undefined) throw invalid("give --of or --everybody, not both");
  const listing = {
    path: "/api/v1/tokens",
    answer: tokensAnswer,
    columns: tokenColumns(environment.now()),
    noun: "tokens",
    nameless: true,
    empty: "there are no tokens",
  } as const;
  await administer(environment, flags, (server, isConsole) => {
    const query = of === undefined && (everybody === true || isConsole) ? { all: true } : { of };
    return printListing(environment, server, { ...listing, query }, flags);
  });
}

async function removeToken(environment: Environment, flags: AdministrationFlags, text: string): Promise<void> {
  const id = parseId(text, "hythe token ls");
  await administer(environment, flags, (server) =>
    server.send({ method: "DELETE", path: `/api/v1/tokens/${id}` }, z.undefined()),
  );
  await environment.stdout.write(flags.json === true ? `${JSON.stringify({ id })}\n` : `token ${id} is revoked\n`);
}

function invalid(message: string): Error {
  return new RegistryError("REQUEST_INVALID", { message });
}
