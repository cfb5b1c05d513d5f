// hythe login HOST: asks the registry whether it accepts a user name and a password, and saves them where docker and podman look, too.

import type { Command } from "commander";
import type { Savable } from "../client/credential-save.ts";
import { toCredential } from "../client/credential.ts";
import type { LoginCheck } from "../client/login-check.ts";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import type { Environment } from "./environment.ts";
import { credentialPlaces, parseLoginHost } from "./registry-credentials.ts";
import { addRegistryFlags, type RegistryFlags } from "./registry-flags.ts";
import { openSession, untilStopped } from "./registry-session.ts";
import { isHythe } from "./server-http.ts";

interface LoginFlags extends RegistryFlags {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: true;
  readonly json?: true;
}

const examples = `
Examples:
  hythe login registry.example.org                       asks for user name and password
  hythe login registry.example.org -u ann --password-stdin < token.txt
  hythe login                                            Docker Hub
  hythe login ghcr.io -u ann --json --password-stdin     for a script

The login is saved where docker and podman keep theirs: in ~/.docker/config.json,
or with the helper that is configured there (credsStore, credHelpers).`;

export function addLoginVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("login")
    .argument("[host]", "host of the registry, such as registry.example.org:5000 (default: docker.io)")
    .summary("log in to a registry")
    .description("Checks user name and password with a registry and saves them.")
    .option("-u, --username <name>", "user name (default: asked for)")
    .option("-p, --password <password>", "password or access token; others can see it: rather use --password-stdin")
    .option("--password-stdin", "take the password from stdin")
    .option("--json", "one document: { host, username, saved, helper, kind, checked }")
    .addHelpText("after", examples);
  addRegistryFlags(verb).action((text: string | undefined, flags: LoginFlags) => logIn(environment, flags, parseLoginHost(text)));
}

async function logIn(environment: Environment, flags: LoginFlags, host: string): Promise<void> {
  const { stderr, stdout } = environment;
  const { profileOf } = await import("../client/host-profiles.ts");
  const hint = profileOf(host).login;
  const login = await askLogin(environment, flags, host, hint);
  const check = await checkLogin(environment, flags, host, login, hint);
  const { saveCredential } = await import("../client/credential-save.ts");
  const { username } = login;
  const { identityToken } = check;
  // A Hythe is also asked over /api/v1, where the token of its token server is worth nothing.
  const isSwapped = identityToken !== undefined && !(await isHythe(environment, host, flags));
  const kept: Savable = isSwapped ? { username, identityToken } : login;
  const { helper, path } = await saveCredential(credentialPlaces(environment, flags), host, kept);

  const kind = "identityToken" in kept ? "identity token" : "password";
  if (flags.json === true) {
    const answer = { host, username, saved: path, helper: helper ?? null, kind, checked: check.asked };
    await stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  } else {
    await stdout.write(check.asked ? `${username} is logged in at ${host}\n` : `the login of ${username} at ${host} is saved\n`);
  }
  const notes = [
    ...(check.asked ? [] : [`${host} lets everybody in without a login, so the password could not be checked`]),
    ...(helper === undefined
      ? [`the ${kind} is in ${path}, not encrypted: a credential helper (credsStore in that file) would keep it safer`]
      : []),
    ...(flags.authFile === undefined && environment.env["DOCKER_AUTH_CONFIG"]
      ? ["DOCKER_AUTH_CONFIG is set in the environment: what it holds for a host comes before what is saved"]
      : []),
  ];
  for (const note of notes) await stderr.write(`${note}\n`);
}

interface Given {
  readonly username: string;
  readonly password: string;
}

/** From flags, stdin and the terminal. @throws REQUEST_INVALID */
async function askLogin(
  { stdin, stderr }: Environment,
  flags: LoginFlags,
  host: string,
  hint: string | undefined,
): Promise<Given> {
  const { password: given, passwordStdin } = flags;
  if (given !== undefined && passwordStdin === true) throw invalid("give either --password or --password-stdin");
  if (passwordStdin === true && flags.username === undefined) throw invalid("--password-stdin needs the user name: add -u NAME");
  if (!stdin.isTerminal && (flags.username === undefined || (given === undefined && passwordStdin !== true))) {
    throw invalid("there is no terminal to ask at: give -u NAME and --password-stdin");
  }
  if (flags.username === undefined && hint !== undefined) await stderr.write(`${host} wants ${hint}\n`);
  const username = flags.username ?? (await stdin.readLine(`User name for ${host}: `, false))?.trim();
  if (username === undefined || username === "") throw invalid("a login needs a user name");
  if (username.includes(":")) throw invalid("a user name has no colon");
  const password =
    passwordStdin === true
      ? (await stdin.readText()).replace(/\r?\n$/, "")
      : (given ?? (await stdin.readLine(`Password of ${username}: `, true)));
  if (password === undefined || password === "") throw invalid("a login needs a password");
  return { username, password };
}

/** @throws RegistryError with what to do about it */
async function checkLogin(
  environment: Environment,
  flags: LoginFlags,
  host: string,
  login: Given,
  hint: string | undefined,
): Promise<LoginCheck> {
  await using session = await openSession(environment, flags, { host, isImplied: false }, toCredential(login));
  try {
    return await session.registry.checkLogin({ signal: untilStopped(environment) });
  } catch (error) {
    const { kind, request, retryAt } = error instanceof RegistryError ? error : {};
    if (kind === "rate limited") {
      const message = `too many passwords were tried at ${host}, it looks at no more for now, and nothing was saved`;
      throw await session.explain(createRegistryError("TOOMANYREQUESTS", { message, cause: error, ...(retryAt && { retryAt }) }));
    }
    const status = kind === "auth" ? request?.status : undefined;
    if (status !== 401 && status !== 400) throw await session.explain(error);
    const advice =
      hint === undefined ? "check both; many registries want an access token in place of the password" : `it wants ${hint}`;
    const message = `${host} does not accept this user name and password, nothing was saved\n${advice}`;
    throw createRegistryError("UNAUTHORIZED", { message, cause: error });
  }
}

function invalid(message: string): Error {
  return new RegistryError("REQUEST_INVALID", { message });
}
