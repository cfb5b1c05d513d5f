// The flags of every verb that reads from a running server; those about TLS come with addTlsFlags, or with those of any registry.

import type { Command } from "commander";
import type { Environment } from "./environment.ts";
import type { TlsFlags } from "./registry-flags.ts";
import type { Server } from "./server.ts";
import { defaultServer, openServer } from "./server-http.ts";

export interface ServerFlags extends TlsFlags {
  readonly server?: string;
  readonly json?: true;
  /** Of verbs that have it: where the login is looked for, alone. */
  readonly authFile?: string;
}

export function addServerFlags(command: Command): Command {
  return command
    .option("--server <url>", `the server to ask (HYTHE_SERVER in the environment; default: ${defaultServer})`)
    .option("--json", "the answer of /api/v1 as it is, with exact numbers and times");
}

/** Asked with the login that `hythe login` saved for its host. @throws REQUEST_INVALID when the address is none */
export function serverOf(environment: Environment, flags: ServerFlags): Server {
  return openServer(environment, flags.server ?? (environment.env["HYTHE_SERVER"] || defaultServer), flags);
}
