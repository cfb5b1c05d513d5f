// hythe may WHO ACTION REPOSITORY: whether, and why.

import { Argument, type Command } from "commander";
import { RegistryError } from "../oci/errors.ts";
import { actionNames, mayAnswer } from "../wire/access.ts";
import { addAdministrationFlags, administer, type AdministrationFlags } from "./administration.ts";
import type { VerbContext } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";
import { parseTarget } from "./target.ts";

const examples = `
Examples:
  hythe may ann push team/app              by which grant, or why not
  hythe may ci overwrite team/app:v1.2     moving a tag that exists: rules count, too
  hythe may anonymous pull public/base     whoever does not log in
  hythe may ann pull team/app --json

Ends with 0 when they may and with 6 when not. push is creating tags, overwrite is moving those that exist.`;

export function addMayVerb(program: Command, context: VerbContext): void {
  const verb = program
    .command("may")
    .argument("<who>", "a user, a robot, or anonymous")
    .addArgument(new Argument("<action>", "what").choices(actionNames))
    .argument("<repository>", "where: a name, or name:tag for overwrite and delete")
    .summary("say whether somebody may do something, and why")
    .description("Says whether somebody may do something, and by which grant or why not.")
    .addHelpText("after", examples);
  addAdministrationFlags(verb, "the answer of /api/v1").action(
    (who: string, action: string, where: string, flags: AdministrationFlags) => ask(context, flags, { who, action, where }),
  );
}

async function ask(
  context: VerbContext,
  flags: AdministrationFlags,
  { action, where, who }: { readonly who: string; readonly action: string; readonly where: string },
): Promise<void> {
  if (who.startsWith("group:")) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `a group does nothing by itself: ask about somebody who is in it, or see what it was given: hythe grant ls ${who}`,
    });
  }
  const { digest, repository, tag } = parseTarget(where);
  if (digest !== undefined) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `rights are about repositories and tags, not digests: hythe may ${who} ${action} ${repository}`,
    });
  }
  const query = { who: who === "everyone" ? "anonymous" : who, action, repository, tag };
  const answer = await administer(context, flags, (server) => server.get("/api/v1/may", query, mayAnswer));
  if (flags.json === true) await context.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  else await context.stdout.write(`${answer.allowed ? "yes" : "no"}: ${answer.reason}\n`);
  if (!answer.allowed) context.endWith(exitCodes.noRight);
}
