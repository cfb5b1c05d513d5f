// hythe serve: starts a registry, says what to do next, and stops it gracefully when the process is asked to stop.

import type { Command } from "commander";
import { isLoopbackHost } from "../client/address-guard.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Environment, LoadedSettings, Output, RunningServer } from "./environment.ts";
import { defaultServer } from "./server-http.ts";
import { addSettingFlags, assertNoMistakes, loadGiven, type SettingFlags } from "./setting-flags.ts";
import { createStatusLine } from "./status-line.ts";

const examples = `
Examples:
  hythe serve                                     127.0.0.1:5000, everything in ./data
  hythe serve --listen 127.0.0.1:0 --data /srv/hythe
  hythe serve --config /etc/hythe.yaml
  HYTHE_DATABASE_FILE=/run/secrets/database hythe serve
  hythe serve --demo                              look around first: a made-up company, gone when you stop

SIGTERM or Ctrl-C lets running requests end and brings every count into the database; a second one
ends at once, and then the next start does that. docs/configuration.md explains every setting.`;

type ServeFlags = SettingFlags & { readonly json?: true; readonly demo?: true };

export async function addServeVerb(program: Command, environment: Environment): Promise<void> {
  const verb = program
    .command("serve")
    .summary("start the registry")
    .description("Starts the registry and keeps it running. Without any setting it answers on 127.0.0.1:5000.")
    .option("--json", 'print {"url": ...} instead of a greeting')
    .option(
      "--demo",
      "fill it with generated repositories and two years of pulls; without --data in a folder that goes at the end",
    )
    .addHelpText("after", examples);
  (await addSettingFlags(verb, environment)).action((flags: ServeFlags) => serve(environment, flags));
}

async function serve(environment: Environment, flags: ServeFlags): Promise<void> {
  const { stdout, stderr, version } = environment;
  const settings = await loadGiven(environment, flags);
  assertNoMistakes(settings);
  const stopped = environment.untilStopped();
  const server = flags.demo === true ? await startDemo(settings, stderr, stopped) : await start(() => settings.open());
  if (server === undefined) return;
  const greet = flags.demo === true ? greetInDemo : greeting;
  const text = flags.json === true ? `${JSON.stringify({ url: server.url })}\n` : greet(version, server);
  // A server goes on when nobody reads what it says.
  await stdout.write(text).catch(() => undefined);
  await stopped;
  const goodbye = "\nstopping: running requests may end, counts go into the database; once more ends at once\n";
  if (stderr.isTerminal) await stderr.write(goodbye).catch(() => undefined);
  await server.close();
}

/** Undefined: it was stopped while it was filled. */
async function startDemo(settings: LoadedSettings, stderr: Output, stopped: Promise<void>): Promise<RunningServer | undefined> {
  const controller = new AbortController();
  const { signal } = controller;
  void stopped.then(() => controller.abort());
  const show = createStatusLine(stderr);
  // In a file a line for each quarter: who waits for a minute sees that something happens.
  const step = stderr.isTerminal ? 1 : 25;
  const report = (done: number): void => show(`filling the demo: ${Math.floor((done * 100) / step) * step} %`);
  try {
    return await start(() => settings.open({ report, signal }));
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    if (stderr.isTerminal) show("");
  }
}

async function start(open: () => Promise<RunningServer>): Promise<RunningServer> {
  try {
    return await open();
  } catch (error) {
    throw toStartError(error);
  }
}

function toStartError(error: unknown): unknown {
  // Nobody was refused anything: the settings ask for what the server does not do.
  if (error instanceof RegistryError && error.code === "DENIED") {
    return new RegistryError("REQUEST_INVALID", { message: error.message, cause: error });
  }
  // A folder that is none, or that we may not write to.
  const { syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  return new RegistryError("UNKNOWN", {
    message: `cannot start: ${message}; check the folder that \`data\` names`,
    cause: error,
  });
}

function greeting(version: string, { externalUrl, setupUrl, url }: RunningServer): string {
  const reached = externalUrl ?? url;
  const { host, hostname, protocol } = new URL(reached);
  const isClear = protocol === "http:" && !isLoopbackHost(hostname);
  const flag = isClear ? " --insecure" : "";
  const server = reached === defaultServer ? "" : ` --server ${reached}`;
  const login = `Log in              npx hythe login ${host}${flag}, or docker login ${host}\n`;
  return `Hythe ${version} answers on ${url}

Look at it          ${reached}
${setupUrl === undefined ? login : ""}Bring an image      npx hythe copy alpine ${host}/demo/alpine:1${flag}
or with docker      docker pull alpine && docker tag alpine ${host}/demo/alpine:1 && docker push ${host}/demo/alpine:1
See what is here    npx hythe tags demo/alpine${server}
See what is used    npx hythe pulls demo/alpine:1${server}
${setupUrl === undefined ? "" : closing(url, setupUrl)}${isClear ? inClear : ""}`;
}

const inClear = `
This is plain HTTP: whoever is on the way reads passwords and tokens, and docker asks for an insecure-registries entry. With
--tls-certificate and --tls-key, or a proxy that does TLS, neither; docs/access.md says more.
`;

/** By name of the server: whoever reads it may be in another folder, or have other settings. */
function closing(url: string, setupUrl: string): string {
  return `
Everybody on this machine may do everything here, until the first user is made:

At a terminal       npx hythe user add NAME --admin --server ${url}
Or in a browser     ${setupUrl}
`;
}

function greetInDemo(version: string, { url }: RunningServer): string {
  const host = new URL(url).host;
  const server = url === defaultServer ? "" : ` --server ${url}`;
  return `Hythe ${version} answers on ${url} with the registry of a made-up company

Look at it          ${url}
What is used        npx hythe repos --sort -pulls${server}
One repository      npx hythe tags shop/checkout --sort -pulls${server}
Its pulls by day    npx hythe pulls shop/checkout --from 90d${server}
Largest unused      npx hythe tags --usage idle,never --sort -bytes${server}
Pull it yourself    skopeo inspect --tls-verify=false docker://${host}/base/node:latest
As JSON             curl '${url}/api/v1/repositories?sort=-pulls&limit=5'

Pulls go on while it runs. Ctrl-C ends it.
`;
}
