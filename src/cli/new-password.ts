// Asking for a new password: twice at a terminal, once from a pipe, never as a flag, where `ps` and the history of the shell would have it.

import { RegistryError } from "../oci/errors.ts";
import type { Environment } from "./environment.ts";

export interface PasswordFlags {
  readonly passwordStdin?: true;
}

/** `again`: the command with which it comes from a pipe. @throws REQUEST_INVALID */
export async function askNewPassword(
  { stdin }: Pick<Environment, "stdin">,
  { passwordStdin }: PasswordFlags,
  name: string,
): Promise<string> {
  if (passwordStdin === true) {
    const text = (await stdin.readText()).replace(/\r?\n$/, "");
    if (text !== "") return text;
    throw invalid("there is no password on stdin");
  }
  if (!stdin.isTerminal) throw invalid("there is no terminal to ask for a password at: give --password-stdin");
  const password = await stdin.readLine(`New password of ${name}: `, true);
  if (password === undefined || password === "") throw invalid("no password was given, nothing was changed");
  const again = await stdin.readLine("The same again: ", true);
  if (again === password) return password;
  throw invalid("these are two different passwords, nothing was changed");
}

/** @throws REQUEST_INVALID */
export async function askCurrentPassword({ stdin }: Pick<Environment, "stdin">): Promise<string> {
  const password = await stdin.readLine("Current password: ", true);
  if (password !== undefined && password !== "") return password;
  throw invalid("no password was given, nothing was changed");
}

function invalid(message: string): Error {
  return new RegistryError("REQUEST_INVALID", { message });
}
