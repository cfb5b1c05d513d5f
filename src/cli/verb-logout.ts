// hythe logout HOST: forgets a login in every file and helper that docker and podman would find it in, too.

import type { Command } from "commander";
import type { VerbContext } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";
import { credentialPlaces, parseLoginHost } from "./registry-credentials.ts";

interface LogoutFlags {
  readonly authFile?: string;
  readonly json?: true;
}

const examples = `
Examples:
  hythe logout registry.example.org
  hythe logout                         Docker Hub`;

export function addLogoutVerb(program: Command, context: VerbContext): void {
  program
    .command("logout")
    .argument("[host]", "host of the registry (default: docker.io)")
    .summary("forget a login")
    .description("Removes the login of a registry from every file and helper that has it.")
    .option("--auth-file <file>", "remove it from this file alone")
    .option("--json", "one document: { host, removed: [...], remains }")
    .addHelpText("after", examples)
    .action((text: string | undefined, flags: LogoutFlags) => logOut(context, flags, parseLoginHost(text)));
}

async function logOut(context: VerbContext, flags: LogoutFlags, host: string): Promise<void> {
  const { stderr, stdout } = context;
  const { eraseCredential } = await import("../client/credential-save.ts");
  const { credentialsFromFiles } = await import("../client/credential-files.ts");
  const places = credentialPlaces(context, flags);
  const removed = await eraseCredential(places, host);
  const remains =
    (removed.length > 0 || flags.authFile === undefined) && (await credentialsFromFiles(places).get(host)) !== undefined;
  if (flags.json === true) {
    await stdout.write(`${JSON.stringify({ host, removed, remains }, undefined, 2)}\n`);
  } else if (removed.length > 0) {
    await stdout.write(`logged out of ${host}: removed from ${removed.join(" and ")}\n`);
  } else if (!remains) {
    await stdout.write(`nobody was logged in at ${host}\n`);
  }
  if (!remains) return;
  const who = context.env["DOCKER_AUTH_CONFIG"] ? "DOCKER_AUTH_CONFIG in the environment" : "a credential helper";
  await stderr.write(`${who} still gives a login of ${host}\n`);
  context.endWith(exitCodes.partlyDone);
}
