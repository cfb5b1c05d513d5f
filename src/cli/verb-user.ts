// hythe user: people who may come in with a name and a password.

import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { z } from "zod";
import { RegistryError } from "../oci/errors.ts";
import { sessionAnswer } from "../wire/session.ts";
import { htpasswdAnswer, userItem, usersAnswer } from "../wire/users.ts";
import {
  accountColumns,
  addAccountList,
  addShowAndRemove,
  changeFrom,
  parseGroups,
  pathOf,
  sentenceOf,
  type AccountChange,
  type User,
} from "./accounts.ts";
import { addAdministrationFlags, administer, giveRights, type AdministrationFlags } from "./administration.ts";
import type { VerbContext } from "./environment.ts";
import { holdsFor, readGrants } from "./grants.ts";
import { showCount } from "./human.ts";
import { printListing, type Listing, type ListFlags } from "./listing.ts";
import { askCurrentPassword, askNewPassword, type PasswordFlags } from "./new-password.ts";

const examples = `
Examples:
  hythe user add ann --admin                 the first one, who closes the registry; asks for a password
  hythe user add bob --groups dev,ops
  hythe user add ci --password-stdin < password.txt
  hythe user ls
  hythe user show bob                        groups, rights, tokens
  hythe user set bob --groups dev            these groups and no others
  hythe user set bob --disable               out at once, everywhere; --enable lets bob in again
  hythe user password bob                    a new one, and all that was issued for the old one is void
  hythe user signout bob
  hythe user rm bob
  hythe user import /etc/nginx/htpasswd

What a user may do is said with \`hythe grant\`. Programs get a robot: \`hythe robot add\`.`;

type AddFlags = AdministrationFlags &
  PasswordFlags & {
    readonly admin?: true;
    readonly groups?: string[];
    readonly mustChange?: true;
    readonly password: boolean;
  };
type SetFlags = AdministrationFlags & AccountChange;
type ImportFlags = AdministrationFlags & { readonly groups?: string[] };
type NewPasswordFlags = AdministrationFlags & PasswordFlags & { readonly mustChange?: true };

export function addUserVerb(program: Command, context: VerbContext): void {
  const verb = program
    .command("user")
    .summary("people: add, list, change, remove; passwords and groups")
    .description("Users of the registry.")
    .helpCommand(false)
    .addHelpText("after", examples);
  addAdd(verb, context);
  const json = "the answer of /api/v1, with exact times, and of everybody whether they are an `administrator`";
  addAccountList(verb, "users", json).action((flags: ListFlags & AdministrationFlags) => listUsers(context, flags));
  addShowAndRemove(verb, context, {
    kind: "users",
    shape: userItem,
    example: "ann",
    shows: "Shows a user, everything that they may do and why, and their tokens.",
    removes: "Removes a user with all rights and tokens, at once. What they pushed stays.",
  });
  addSet(verb, context);
  addPassword(verb, context);
  addImport(verb, context);
}

function addAdd(verb: Command, context: VerbContext): void {
  const add = verb
    .command("add")
    .argument("<name>", "lower-case letters, digits and . _ @ + -")
    .summary("add a user")
    .description("Adds a user, and asks for the password. The first one closes the registry: give it --admin.")
    .option("--admin", "an administrator of the registry")
    .option("--groups <names>", "separated by commas", parseGroups)
    .option("--password-stdin", "take the password from stdin")
    .option("--no-password", "comes in with tokens alone")
    .option("--must-change", "has to choose another password first; until then it is good for images alone")
    .addHelpText("after", examples);
  addAdministrationFlags(add, "the user").action((name: string, flags: AddFlags) => addUser(context, flags, name));
}

async function addUser(context: VerbContext, flags: AddFlags, name: string): Promise<void> {
  const { admin, groups = [], mustChange } = flags;
  const password = flags.password ? { password: await askNewPassword(context, flags, name) } : {};
  const body = { name, ...password, groups, administrator: admin === true, mustChange: mustChange === true };
  const gift = { method: "POST", path: "/api/v1/users", body, answer: userItem, administers: admin === true } as const;
  const user = await administer(context, flags, (server) => giveRights(context, server, gift), { begin: true });
  if (flags.json === true) return context.stdout.write(`${JSON.stringify(user, undefined, 2)}\n`);
  const next =
    admin === true ? ", an administrator of the registry" : `; what they may do: hythe grant add ${name} ROLE REPOSITORIES`;
  await context.stdout.write(`${name} is a user${next}\n`);
}

interface ListedUser extends User {
  /** Of the registry as a whole. */
  readonly administrator?: boolean;
}

async function listUsers(context: VerbContext, flags: ListFlags & AdministrationFlags): Promise<void> {
  const admin = { header: "ADMIN", cell: ({ administrator }: ListedUser) => (administrator === true ? "yes" : "-") };
  const signIn = {
    header: "SIGN-IN",
    cell: ({ mustChange, signIn: by }: ListedUser) => (mustChange ? `${by}, to be changed` : by),
  };
  await administer(context, flags, async (server) => {
    const adminGrants = await readGrants(server, ({ pattern, role }) => role === "admin" && pattern === "*");
    const listing: Listing<ListedUser> = {
      path: "/api/v1/users",
      query: {},
      answer: usersAnswer,
      columns: accountColumns(context.now(), [admin, signIn]),
      noun: "users",
      empty: "there are no users; the first one: hythe user add NAME --admin",
      complete: (user) => ({ ...user, administrator: adminGrants.some((grant) => holdsFor(grant, user)) }),
    };
    await printListing(context, server, listing, flags);
  });
}

function addSet(verb: Command, context: VerbContext): void {
  const set = verb
    .command("set")
    .argument("<name>")
    .summary("change groups; let a user in or not")
    .description("Changes a user. It holds at once, also for those who are logged in.")
    .option("--groups <names>", "these and no others, separated by commas; '' for none", parseGroups)
    .option("--disable", "may not come in any more: everything that was issued is void")
    .option("--enable", "may come in again")
    .addHelpText("after", "\nExamples:\n  hythe user set ann --groups dev,ops\n  hythe user set ann --disable");
  addAdministrationFlags(set, "the user").action((name: string, flags: SetFlags) => setUser(context, flags, name));
  const signOut = verb
    .command("signout")
    .argument("<name>")
    .summary("end all sessions of a user")
    .description("Ends sessions, and voids what was issued for a password. Tokens that were made to stay, stay.")
    .addHelpText("after", "\nExamples:\n  hythe user signout ann");
  addAdministrationFlags(signOut, "{ name }").action(async (name: string, flags: AdministrationFlags) => {
    await administer(context, flags, (server) =>
      server.send({ method: "DELETE", path: `${pathOf("users", name)}/sessions` }, z.undefined()),
    );
    await context.stdout.write(flags.json === true ? `${JSON.stringify({ name })}\n` : `${name} is signed out everywhere\n`);
  });
}

async function setUser(context: VerbContext, flags: SetFlags, name: string): Promise<void> {
  const body = changeFrom(flags);
  const user = await administer(context, flags, (server) =>
    server.send({ method: "PATCH", path: pathOf("users", name), body }, userItem),
  );
  if (flags.json === true) return context.stdout.write(`${JSON.stringify(user, undefined, 2)}\n`);
  await context.stdout.write(`${sentenceOf(user)}\n`);
}

function addPassword(verb: Command, context: VerbContext): void {
  const password = verb
    .command("password")
    .argument("[name]", "whose; your own by default, on a server where you are logged in")
    .summary("set a password")
    .description("Sets a new password. Sessions and all that was issued for the old one are void; tokens stay.")
    .option("--password-stdin", "take it from stdin")
    .option("--must-change", "has to choose another one first; until then it is good for images alone")
    .addHelpText("after", "\nExamples:\n  hythe user password ann\n  hythe user password ann --password-stdin < password.txt");
  addAdministrationFlags(password, "{ name }").action((name: string | undefined, flags: NewPasswordFlags) =>
    setPassword(context, flags, name),
  );
}

async function setPassword(context: VerbContext, flags: NewPasswordFlags, name: string | undefined): Promise<void> {
  const changed = await administer(context, flags, async (server) => {
    const self = name ?? (await server.get("/api/v1/session", {}, sessionAnswer)).name;
    if (name === undefined) {
      const current = await askCurrentPassword(context);
      const body = { current, password: await askNewPassword(context, flags, self) };
      await server.send({ method: "PUT", path: "/api/v1/session/password", body }, z.unknown());
    } else {
      const body = { password: await askNewPassword(context, flags, name), mustChange: flags.mustChange === true };
      await server.send({ method: "PATCH", path: pathOf("users", name), body }, userItem);
    }
    return self;
  });
  const text = flags.json === true ? JSON.stringify({ name: changed }) : `${changed} has a new password, and the old one is void`;
  await context.stdout.write(`${text}\n`);
}

function addImport(verb: Command, context: VerbContext): void {
  const load = verb
    .command("import")
    .argument("<file>", "an htpasswd file with bcrypt hashes")
    .summary("add the users of an htpasswd file")
    .description("Adds the users of an htpasswd file, who keep their passwords: all of them, or none when a line is wrong.")
    .option("--groups <names>", "of all of them, separated by commas", parseGroups)
    .addHelpText("after", "\nExamples:\n  hythe user import /etc/nginx/htpasswd --groups dev");
  addAdministrationFlags(load, "{ added: [...], present: [...] }").action((file: string, flags: ImportFlags) =>
    importUsers(context, flags, file),
  );
}

async function importUsers(context: VerbContext, flags: ImportFlags, file: string): Promise<void> {
  const { stderr, stdout } = context;
  const body = { htpasswd: await readText(file), groups: flags.groups ?? [] };
  const gift = { method: "POST", path: "/api/v1/users/import", body, answer: htpasswdAnswer, administers: false } as const;
  const { added, present } = await administer(context, flags, (server) => giveRights(context, server, gift), { begin: true });
  if (flags.json === true) return stdout.write(`${JSON.stringify({ added, present }, undefined, 2)}\n`);
  await stdout.write(`${showCount(added.length)} ${added.length === 1 ? "user" : "users"} added\n`);
  if (present.length === 0) return;
  const stay = present.length === 1 ? "was here already, and stays as it was" : "were here already, and stay as they were";
  await stderr.write(`${present.join(", ")} ${stay}\n`);
}

/** @throws REQUEST_INVALID */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? `there is no file ${path}` : `${path} cannot be read (${code})`;
    throw new RegistryError("REQUEST_INVALID", { message: why, cause: error });
  }
}
