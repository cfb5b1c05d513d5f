// The flags of every verb that reads from a running server.

import type { Command } from "commander";
import type { Environment } from "./environment.ts";
import { defaultServer, openServer, type Server } from "./server.ts";

export interface ServerFlags {
  readonly server?: string;
  readonly json?: true;
}

export function addServerFlags(command: Command): Command {
  return command
    .option("--server <url>", `the server to ask (HYTHE_SERVER in the environment; default: ${defaultServer})`)
    .option("--json", "the answer of /api/v1 as it is, with exact numbers and times");
}

/** @throws REQUEST_INVALID when the address is none */
export function serverOf({ env }: Environment, { server }: ServerFlags): Server {
  return openServer(server ?? (env["HYTHE_SERVER"] || defaultServer));
}
