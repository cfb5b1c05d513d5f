// The flags of every verb that talks to a registry by the protocol, whoever's registry it is; those about TLS also where our own server
// is asked over /api/v1.

import { InvalidArgumentError, Option, type Command } from "commander";

export interface TlsFlags {
  /** Any certificate is taken, and plain HTTP where no TLS is spoken. */
  readonly insecure?: true;
  /** Absent: certificates are checked, and on this machine plain HTTP is spoken. */
  readonly tlsVerify?: boolean;
}

export interface RegistryFlags extends TlsFlags {
  /** Credentials are read from and saved in this file alone. */
  readonly authFile?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly retries?: number;
  /** What hythe delete --overwrite changes. Absent: by name. */
  readonly tagDeletion?: "by name" | "by overwriting";
}

const heading = "Connection:";

export function addTlsFlags(command: Command): Command {
  return addConnectionOptions(command, [
    new Option("--insecure", "also plain HTTP and any certificate (HYTHE_INSECURE=HOST,... names such hosts for good)"),
    new Option("--tls-verify <boolean>", "false: take any certificate; true: TLS on this machine, too").argParser(parseBoolean),
  ]);
}

export function addRegistryFlags(command: Command): Command {
  return addConnectionOptions(addTlsFlags(command), [
    new Option("--auth-file <file>", "credentials from this file alone, such as ~/.docker/config.json"),
    new Option("--timeout <seconds>", "without an answer, or progress of a transfer (default: 30)").argParser(parseSeconds),
    new Option("--retries <number>", "of what may work the next time (default: 3)").argParser(parseCount),
  ]);
}

function addConnectionOptions(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option.helpGroup(heading));
  return command;
}

function parseBoolean(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new InvalidArgumentError("Give true or false.");
}

function parseSeconds(text: string): number {
  const seconds = Number(/^\d{1,6}(?:\.\d{1,3})?s?$/.test(text) ? text.replace(/s$/, "") : Number.NaN);
  if (seconds > 0) return seconds * 1000;
  throw new InvalidArgumentError("Give a number of seconds, such as 30.");
}

function parseCount(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number, such as 3.");
}
