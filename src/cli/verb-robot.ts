// hythe robot: accounts of programs, which come in with a token and nothing else.

import type { Command } from "commander";
import { newRobotAnswer, robotItem, robotsAnswer } from "../wire/robots.ts";
import { tokenAnswer } from "../wire/tokens.ts";
import {
  accountColumns,
  addAccountList,
  addShowAndRemove,
  changeFrom,
  parseGroups,
  pathOf,
  sentenceOf,
  type AccountChange,
  type Robot,
} from "./accounts.ts";
import { addAdministrationFlags, administer, giveRights, type AdministrationFlags } from "./administration.ts";
import type { VerbContext } from "./environment.ts";
import { printListing, type ListFlags } from "./listing.ts";
import { parseExpiry } from "./moments.ts";
import { printSecret, type SecretFlags } from "./secret-output.ts";
import { showExpiry } from "./tokens.ts";

const examples = `
Examples:
  hythe robot add ci --push 'team/*'                       prints its token, once
  TOKEN=$(hythe robot add ci --push 'team/*' --quiet)      the token alone
  hythe robot add deploy --pull 'team/*' --expires 90d
  hythe robot add release --new-tags 'team/*'              pushes, but never moves a tag that exists
  hythe robot ls
  hythe robot show ci                                      rights, tokens, last used
  hythe robot rotate ci                                    a new token, and the old ones are void
  hythe robot set ci --disable
  hythe robot rm ci

A robot logs in with its name and its token in place of a password: docker login HOST -u ci.`;

type AddFlags = AdministrationFlags &
  SecretFlags & {
    readonly pull?: string[];
    readonly push?: string[];
    readonly newTags?: string[];
    readonly delete?: string[];
    readonly admin?: string[];
    readonly expires?: string;
  };
type RotateFlags = AdministrationFlags & SecretFlags & { readonly expires?: string };
type SetFlags = AdministrationFlags & AccountChange & { readonly expires?: string };

export function addRobotVerb(program: Command, context: VerbContext): void {
  const verb = program
    .command("robot")
    .summary("programs such as CI: add, list, change, remove; their tokens")
    .description("Robots of the registry: accounts for programs, which come in with tokens.")
    .helpCommand(false)
    .addHelpText("after", examples);
  addAdd(verb, context);
  addAccountList(verb, "robots", "the answer of /api/v1, with exact times").action((flags: ListFlags & AdministrationFlags) =>
    listRobots(context, flags),
  );
  addShowAndRemove(verb, context, {
    kind: "robots",
    shape: robotItem,
    example: "ci",
    shows: "Shows a robot, everything that it may do and why, and its tokens.",
    removes: "Removes a robot with all rights and tokens, at once. What it pushed stays.",
  });
  addSet(verb, context);
  addRotate(verb, context);
}

const collect = (text: string, before: string[] = []): string[] => [...before, text];

function addAdd(verb: Command, context: VerbContext): void {
  const add = verb
    .command("add")
    .argument("<name>", "lower-case letters, digits and . _ @ + -")
    .summary("add a robot and print its token")
    .description("Adds a robot with its rights, and prints its token: this once and never again.")
    .option("--pull <repositories>", "may pull there: a name or a pattern, such as 'team/*'; can be repeated", collect)
    .option("--push <repositories>", "may pull and push there, and move tags; can be repeated", collect)
    .option("--new-tags <repositories>", "may pull there and push new tags; can be repeated", collect)
    .option("--delete <repositories>", "may pull and delete there; can be repeated", collect)
    .option("--admin <repositories>", "may do everything there, and give it to others; can be repeated", collect)
    .option("--expires <time>", "the end of the robot: 90d, 1y, a day (2027-06-30) or never (default: never)")
    .option("-q, --quiet", "print the token and nothing else")
    .addHelpText("after", examples);
  addAdministrationFlags(add, "the robot, with secret").action((name: string, flags: AddFlags) => addRobot(context, flags, name));
}

async function addRobot(context: VerbContext, flags: AddFlags, name: string): Promise<void> {
  const grants = grantsFrom(flags);
  const expiresAt = parseExpiry(flags.expires ?? "never", context.now());
  const body = { name, expiresAt, grants };
  const administers = flags.admin?.includes("*") ?? false;
  const gift = { method: "POST", path: "/api/v1/robots", body, answer: newRobotAnswer, administers } as const;
  const made = await administer(context, flags, (server) => giveRights(context, server, gift), { begin: true });
  const may = grants.map(({ pattern, role, overwrite }) => `${overwrite ? role : "push new tags"} in ${pattern}`).join(", ");
  const rights = may === "" ? "may do nothing so far (hythe grant add gives rights)" : `may ${may}`;
  const sentence = `robot ${name} ${rights}`;
  await printSecret(context, flags, { secret: made.secret, sentence, username: name, json: made });
}

function grantsFrom(flags: AddFlags): { role: string; pattern: string; overwrite: boolean }[] {
  const { admin = [], delete: remove = [], newTags = [], pull = [], push = [] } = flags;
  const given = (role: string, patterns: readonly string[], overwrite = true): ReturnType<typeof grantsFrom> =>
    patterns.map((pattern) => ({ role, pattern, overwrite }));
  return [
    ...given("pull", pull),
    ...given("push", push),
    ...given("push", newTags, false),
    ...given("delete", remove),
    ...given("admin", admin),
  ];
}

async function listRobots(context: VerbContext, flags: ListFlags & AdministrationFlags): Promise<void> {
  const nowMs = context.now();
  const listing = {
    path: "/api/v1/robots",
    query: {},
    answer: robotsAnswer,
    columns: accountColumns<Robot>(nowMs, [{ header: "EXPIRES", cell: ({ expiresAt }) => showExpiry(expiresAt, nowMs) }]),
    noun: "robots",
    empty: "there are no robots; `hythe robot add ci --push 'team/*'` makes one",
  };
  await administer(context, flags, (server) => printListing(context, server, listing, flags));
}

function addSet(verb: Command, context: VerbContext): void {
  const set = verb
    .command("set")
    .argument("<name>")
    .summary("change groups or expiry; let a robot in or not")
    .description("Changes a robot. It holds at once. What it may do is said with `hythe grant`.")
    .option("--groups <names>", "these and no others, separated by commas; '' for none", parseGroups)
    .option("--expires <time>", "the end of the robot: 90d, 1y, a day (2027-06-30) or never")
    .option("--disable", "may not come in any more")
    .option("--enable", "may come in again")
    .addHelpText("after", "\nExamples:\n  hythe robot set ci --expires 1y\n  hythe robot set ci --disable");
  addAdministrationFlags(set, "the robot").action((name: string, flags: SetFlags) => setRobot(context, flags, name));
}

async function setRobot(context: VerbContext, flags: SetFlags, name: string): Promise<void> {
  const { expires } = flags;
  const expiresAt = expires === undefined ? {} : { expiresAt: parseExpiry(expires, context.now()) };
  const body = changeFrom(flags, expiresAt);
  const robot = await administer(context, flags, (server) =>
    server.send({ method: "PATCH", path: pathOf("robots", name), body }, robotItem),
  );
  if (flags.json === true) return context.stdout.write(`${JSON.stringify(robot, undefined, 2)}\n`);
  await context.stdout.write(`${sentenceOf(robot)}; expires: ${showExpiry(robot.expiresAt, context.now())}\n`);
}

function addRotate(verb: Command, context: VerbContext): void {
  const rotate = verb
    .command("rotate")
    .argument("<name>")
    .summary("print a new token; the old ones are void")
    .description("Makes a new token and prints it. All others of the robot are void in the same instant.")
    .option("--expires <time>", "the end of the token: 90d, 1y, a day (2027-06-30) or never (default: never)")
    .option("-q, --quiet", "print the token and nothing else")
    .addHelpText("after", "\nExamples:\n  hythe robot rotate ci\n  TOKEN=$(hythe robot rotate ci --quiet)");
  addAdministrationFlags(rotate, "the token, with secret").action((name: string, flags: RotateFlags) =>
    rotateToken(context, flags, name),
  );
}

async function rotateToken(context: VerbContext, flags: RotateFlags, name: string): Promise<void> {
  const expiresAt = parseExpiry(flags.expires ?? "never", context.now());
  const body = { of: name, name: "rotated", expiresAt, replace: true };
  const made = await administer(context, flags, async (server) => {
    // A user has tokens of another kind, which nobody wants to lose by a slip of the name.
    await server.get(pathOf("robots", name), {}, robotItem);
    return server.send({ method: "POST", path: "/api/v1/tokens", body }, tokenAnswer);
  });
  const sentence = `robot ${name} has a new token, and the old ones are void`;
  await printSecret(context, flags, { secret: made.secret, sentence, username: name, json: made });
}
