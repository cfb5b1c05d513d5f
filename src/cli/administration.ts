// Where the verbs of access go: to the server that --server or HYTHE_SERVER names, with the login that is saved for it; or without one to
// the registry in the data folder, which works beside a running server, and before the first start.

import type { Command } from "commander";
import type { z } from "zod";
import { RegistryError } from "../oci/errors.ts";
import { sessionAnswer } from "../wire/session.ts";
import type { Environment } from "./environment.ts";
import { addTlsFlags, type TlsFlags } from "./registry-flags.ts";
import { createServer, type Question, type Server } from "./server.ts";
import { openServer } from "./server-http.ts";
import { assertNoMistakes, loadFrom } from "./setting-flags.ts";

export interface AdministrationFlags extends TlsFlags {
  readonly server?: string;
  readonly config?: string;
  readonly data?: string;
  readonly json?: true;
}

const heading = "Which registry:";

/** `json`: what --json prints. */
export function addAdministrationFlags(command: Command, json: string): Command {
  command
    .option("--json", `for a script: ${json}`)
    .optionsGroup(heading)
    .option("--server <url>", "a running one, with the login of `hythe login` (HYTHE_SERVER in the environment)")
    .option("--data <folder>", "without a server: its data folder (default: what the settings say, or ./data)")
    .option("--config <file>", "without a server: its settings (HYTHE_CONFIG in the environment; default: hythe.yaml)");
  return addTlsFlags(command);
}

/**
 * Opens the registry, does the work and closes it. `isConsole`: without a server, where nobody is logged in and may do everything.
 * `begin`: makes a registry where there is none. @throws RegistryError
 */
export async function administer<Result>(
  environment: Environment,
  flags: AdministrationFlags,
  work: (server: Server, isConsole: boolean) => Promise<Result>,
  { begin = false } = {},
): Promise<Result> {
  const address = flags.server ?? (isLocal(flags) ? undefined : environment.env["HYTHE_SERVER"]);
  if (address !== undefined && address !== "") {
    if (isLocal(flags))
      throw new RegistryError("REQUEST_INVALID", { message: "give --server, or --data and --config, not both" });
    return work(openServer(environment, address, flags), false);
  }
  const settings = await loadFrom(environment, flags.data === undefined ? {} : { data: flags.data }, flags.config);
  assertNoMistakes(settings);
  const administration = await settings.openAdministration(begin).catch(refuseFolder);
  try {
    return await work(createServer("this registry", administration.ask), true);
  } finally {
    await administration.close();
  }
}

/** @throws DENIED where the folder is somebody else's, which is what a registry with a user of its own has; other errors as they are */
function refuseFolder(error: NodeJS.ErrnoException): never {
  if (error.syscall === undefined) throw error;
  const what = `the data folder cannot be used: ${error.message}`;
  const advice = "run this as the user of the registry, such as with sudo -u, or ask the server: --server URL";
  throw new RegistryError("DENIED", { message: `${what}\n${advice}`, cause: error });
}

function isLocal({ config, data }: AdministrationFlags): boolean {
  return config !== undefined || data !== undefined;
}

interface Gift<Answer extends z.ZodType> extends Question {
  readonly answer: Answer;
  /** Whether it makes an administrator of the registry. */
  readonly administers: boolean;
}

/** Gives rights, perhaps the first of all: then says what that means, for it cannot be taken back. */
export async function giveRights<Answer extends z.ZodType>(
  { stderr }: Environment,
  server: Server,
  { administers, answer, ...question }: Gift<Answer>,
): Promise<z.infer<Answer>> {
  const { open } = await server.get("/api/v1/session", {}, sessionAnswer);
  const given = await server.send(question, answer);
  if (open) {
    const next = administers
      ? "to let everybody pull without a login: hythe grant add everyone pull '*'"
      : "it has no administrator yet; at a terminal of this machine: hythe user add NAME --admin";
    await stderr.write(`the registry is closed from now on: nobody does what no grant allows\n${next}\n`);
  }
  return given;
}
