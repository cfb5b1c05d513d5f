// What users and robots have in common: lists, and one of them shown with everything that it may do, or removed.

import type { Command } from "commander";
import { z } from "zod";
import { RegistryError } from "../oci/errors.ts";
import { bothWays } from "../wire/page.ts";
import type { robotItem } from "../wire/robots.ts";
import type { userItem } from "../wire/users.ts";
import { addAdministrationFlags, administer, type AdministrationFlags } from "./administration.ts";
import { confirm } from "./confirm.ts";
import type { Environment, VerbContext } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";
import { grantColumns, holdsFor, readGrants } from "./grants.ts";
import { showAgo, showCount } from "./human.ts";
import { addListFlags } from "./listing.ts";
import { Table, type Column } from "./table.ts";
import { readTokens, showExpiry, tokenColumns } from "./tokens.ts";

export type User = z.infer<typeof userItem>;
export type Robot = z.infer<typeof robotItem>;
export type AccountKind = "users" | "robots";

export function pathOf(kind: AccountKind, name: string): string {
  return `/api/v1/${kind}/${encodeURIComponent(name)}`;
}

/** `dev,ops`; "" for none. */
export function parseGroups(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

export interface AccountChange {
  readonly groups?: string[];
  readonly disable?: true;
  readonly enable?: true;
}

/** What is to be sent. `own`: what the kinds do not share. @throws REQUEST_INVALID */
export function changeFrom({ disable, enable, groups }: AccountChange, own: object = {}): object {
  if (disable === true && enable === true) throw invalid("give --disable or --enable, not both");
  const disabled = disable === true || enable === true ? { disabled: disable === true } : {};
  const change = { ...(groups && { groups }), ...disabled, ...own };
  if (Object.keys(change).length > 0) return change;
  throw invalid("nothing is to be changed: --help lists what can be");
}

/** After a change. */
export function sentenceOf({ disabledAt, groups, name }: User | Robot): string {
  const state = disabledAt === null ? "may come in" : "is disabled";
  return `${name} ${state}; groups: ${groups.length === 0 ? "none" : groups.join(", ")}`;
}

/** The subcommand `ls`. `json`: what --json prints. */
export function addAccountList(verb: Command, kind: AccountKind, json: string): Command {
  const name = `hythe ${verb.name()} ls`;
  const list = verb
    .command("ls")
    .alias("list")
    .summary(`list ${kind}`)
    .description(`Lists the ${kind} of the registry.`)
    .addHelpText("after", `\nExamples:\n  ${name}\n  ${name} --search ci\n  ${name} --sort lastUsedAt\n  ${name} --all --json`);
  return addAdministrationFlags(addListFlags(list, bothWays(["name", "createdAt", "lastUsedAt"])), json);
}

interface AccountWords {
  readonly kind: AccountKind;
  readonly shape: z.ZodType<User | Robot>;
  /** A name for examples. */
  readonly example: string;
  /** Descriptions of the two subcommands. */
  readonly shows: string;
  readonly removes: string;
}

/** The subcommands `show` and `rm`. */
export function addShowAndRemove(verb: Command, context: VerbContext, words: AccountWords): void {
  const { kind, example } = words;
  const one = kind.slice(0, -1);
  const examplesOf = (name: string, option: string): string =>
    `\nExamples:\n  hythe ${one} ${name} ${example}\n  hythe ${one} ${name} ${example} ${option}`;
  const show = verb
    .command("show")
    .argument("<name>")
    .summary(`show a ${one} with groups, rights and tokens`)
    .description(words.shows)
    .addHelpText("after", examplesOf("show", "--json"));
  addAdministrationFlags(show, "{ account, grants, tokens }").action((name: string, flags: AdministrationFlags) =>
    showAccount(context, flags, { ...words, name }),
  );
  const remove = verb
    .command("rm")
    .argument("<name>")
    .summary(`remove a ${one}`)
    .description(words.removes)
    .option("--yes", "do not ask")
    .addHelpText("after", examplesOf("rm", "--yes"));
  addAdministrationFlags(remove, "{ name }").action((name: string, flags: AdministrationFlags & { readonly yes?: true }) =>
    removeAccount(context, flags, kind, name),
  );
}

/** `own`: what the kinds do not share. */
export function accountColumns<Item extends User | Robot>(nowMs: number, own: readonly Column<Item>[]): Column<Item>[] {
  return [
    { header: "NAME", cell: ({ name }) => name },
    { header: "GROUPS", cell: ({ groups }) => (groups.length === 0 ? "-" : groups.join(" ")) },
    ...own,
    { header: "TOKENS", cell: ({ tokens }) => showCount(tokens), align: "right" },
    { header: "LAST USED", cell: ({ lastUsedAt }) => showAgo(lastUsedAt, nowMs) },
    { header: "STATE", cell: stateOf },
    { header: "CREATED", cell: ({ createdAt }) => showAgo(createdAt, nowMs), optional: true },
    { header: "BY", cell: ({ createdBy }) => createdBy ?? "-", optional: true },
  ];
}

function stateOf({ disabledAt }: User | Robot): string {
  return disabledAt === null ? "enabled" : "disabled";
}

/** With the grants that hold for it, its own, those of its groups and those of everyone, and with its tokens. */
async function showAccount(
  { now, stdout, ...environment }: Environment,
  flags: AdministrationFlags,
  { kind, name, shape }: Pick<AccountWords, "kind" | "shape"> & { readonly name: string },
): Promise<void> {
  const { account, grants, tokens } = await administer({ now, stdout, ...environment }, flags, async (server) => {
    const found = await server.get(pathOf(kind, name), {}, shape);
    const ofThem = readGrants(server, (grant) => holdsFor(grant, found));
    const [given, made] = await Promise.all([ofThem, readTokens(server, name)]);
    return { account: found, grants: given, tokens: made };
  });
  if (flags.json === true) return stdout.write(`${JSON.stringify({ account, grants, tokens }, undefined, 2)}\n`);
  const nowMs = now();
  const { createdAt, createdBy, groups, lastUsedAt } = account;
  const facts: (readonly [string, string])[] = [
    [kind.slice(0, -1), name],
    ["state", stateOf(account)],
    ...("signIn" in account ? [["signs in by", account.signIn] as const] : []),
    ...("expiresAt" in account ? [["expires", showExpiry(account.expiresAt, nowMs)] as const] : []),
    ["groups", groups.length === 0 ? "-" : groups.join(", ")],
    ["last used", showAgo(lastUsedAt, nowMs)],
    ["created", `${showAgo(createdAt, nowMs)}${createdBy === null ? "" : `, by ${createdBy}`}`],
  ];
  const width = Math.max(...facts.map(([label]) => label.length));
  const head = facts.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join("");
  const all = (rows: string, none: string): string => `\n${rows === "" ? `${none}\n` : rows}`;
  const rights = grants.length === 0 ? "" : new Table(grantColumns(nowMs), Number.POSITIVE_INFINITY).format(grants);
  const made = tokens.length === 0 ? "" : new Table(tokenColumns(nowMs), Number.POSITIVE_INFINITY).format(tokens);
  await stdout.write(`${head}${all(rights, "no rights: hythe grant add gives some")}${all(made, "no tokens")}`);
}

async function removeAccount(
  context: VerbContext,
  flags: AdministrationFlags & { readonly yes?: true },
  kind: AccountKind,
  name: string,
): Promise<void> {
  const { stderr, stdout } = context;
  const question = `Remove ${name} with all rights and tokens?`;
  if (flags.yes !== true && !(await confirm(context, question))) {
    await stderr.write("hythe: nobody was removed\n");
    return context.endWith(exitCodes.guard);
  }
  await administer(context, flags, (server) => server.send({ method: "DELETE", path: pathOf(kind, name) }, z.undefined()));
  await stdout.write(flags.json === true ? `${JSON.stringify({ name })}\n` : `${name} is removed\n`);
}

function invalid(message: string): Error {
  return new RegistryError("REQUEST_INVALID", { message });
}
