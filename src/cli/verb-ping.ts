// hythe ping: why a registry does not answer as it should, step by step, in words for somebody who has never run one.

import type { Command } from "commander";
import type { PingStep } from "../client/ping.ts";
import type { VerbContext } from "./environment.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { toPrintable } from "./cells.ts";
import { parsePlace, type Place } from "./image-argument.ts";
import { addRegistryFlags, type RegistryFlags } from "./registry-flags.ts";
import { findWay, untilStopped } from "./registry-session.ts";

interface PingFlags extends RegistryFlags {
  readonly json?: true;
}

const examples = `
Examples:
  hythe ping registry.example.org               name, connection, TLS, API, login
  hythe ping registry.example.org/team/app      and whether this repository may be read
  hythe ping 127.0.0.1:5000                     a registry on this machine, over plain HTTP

The first step that fails is the last one. Its exit code is that of the error:
6 no right, 7 not found, 8 rate limited, 9 no connection, 1 anything else.`;

export function addPingVerb(program: Command, context: VerbContext): void {
  const verb = program
    .command("ping")
    .argument("<place>", "HOST, or HOST/REPOSITORY")
    .summary("find out why a registry does not answer")
    .description("Goes the way to a registry step by step, says what it finds, and what to do where it ends.")
    .option("--json", "one document: { host, repository, ok, steps: [{ name, ok, words, advice, code, certificate }] }")
    .addHelpText("after", examples);
  addRegistryFlags(verb).action((text: string, flags: PingFlags) => ping(context, flags, parsePlace(text)));
}

async function ping(context: VerbContext, flags: PingFlags, place: Place): Promise<void> {
  const { endWith, stdout } = context;
  const { host, repository } = place;
  const [{ options }, { pingRegistry }] = await Promise.all([findWay(context, flags, place), import("../client/ping.ts")]);
  const shown: object[] = [];
  let isOk = true;
  for await (const step of pingRegistry(options, { repository, signal: untilStopped(context) })) {
    const { certificate, error, name, ok, words } = step;
    const advice = adviceOf(step, host);
    if (flags.json === true) shown.push({ name, ok, words, advice, code: error?.code, certificate });
    else await stdout.write(`${ok ? "ok    " : "FAILED"}  ${name.padEnd(nameCells)}  ${toPrintable(words)}\n`);
    if (flags.json !== true && advice !== undefined) await stdout.write(`${indent}${toPrintable(advice)}\n`);
    if (error === undefined) continue;
    isOk = false;
    endWith(exitCodeOf(error.code));
  }
  if (flags.json === true) {
    await stdout.write(`${JSON.stringify({ host, repository: repository ?? null, ok: isOk, steps: shown }, undefined, 2)}\n`);
  }
}

const nameCells = "connection".length;
const indent = " ".repeat("FAILED".length + 2 + nameCells + 2);

/** With the flag, file or verb that does it here. */
function adviceOf({ advice, error, name }: PingStep, host: string): string | undefined {
  if (error === undefined) return undefined;
  const how = howTo(name, error.message, host);
  if ((name === "login" || name === "rights") && error.kind === "auth") return `${advice}: hythe login ${host}`;
  return [advice, how].filter((each) => each !== undefined).join("; ") || undefined;
}

function howTo(name: PingStep["name"], message: string, host: string): string | undefined {
  if (name !== "TLS") return undefined;
  if (/does not speak TLS/.test(message)) return "--insecure does";
  if (/authority|self-signed/.test(message)) {
    return `as ~/.docker/certs.d/${host}/ca.crt it is found here, and --tls-verify=false takes any certificate`;
  }
  return undefined;
}
