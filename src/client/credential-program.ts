// Programs that keep secrets for docker (docker/docker-credential-helpers): docker-credential-NAME get|store|erase|list, spoken to over
// stdin and stdout. Failures are text on stdout, too. They are run without a shell, for a limited time, and what they say is bounded.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createRegistryError } from "../oci/errors.ts";
import { toCredential, type Credential } from "./credential.ts";
import type { Environment } from "./proxy.ts";

export interface CredentialHelper {
  /** Undefined: it knows nothing of the server. */
  get(server: string): Promise<Credential | "no program" | undefined>;
  store(server: string, username: string, secret: string): Promise<void>;
  /** What it knows of the server is gone, if there was anything. */
  erase(server: string): Promise<void>;
  /** Servers that it knows, as they were stored. */
  list(): Promise<readonly string[]>;
}

export interface HelperOptions {
  /** Handed on to the program; its PATH is where the program is looked for. */
  readonly env: Environment;
  /** Milliseconds; people may be asked to unlock something. Default 60,000. */
  readonly helperTimeout?: number | undefined;
}

const maxOutputBytes = 256 * 1024;
const maxMessageLength = 200;

/** `name`: checked, see credential-document.ts. All functions @throws REQUEST_INVALID with what the program says, TIMEOUT */
export function createHelper(name: string, options: HelperOptions): CredentialHelper {
  const program = `docker-credential-${name}`;
  const run = (verb: string, input: string): Promise<Outcome> => runProgram(program, verb, input, options);
  const succeed = async (verb: string, input: string, secret = ""): Promise<string> => {
    const outcome = await run(verb, input);
    if (outcome.end === "done") return outcome.text;
    throw failure(program, verb, { ...outcome, text: secret === "" ? outcome.text : outcome.text.replaceAll(secret, "…") });
  };
  return {
    async get(server) {
      const outcome = await run("get", server);
      if (outcome.end === "no program") return outcome.end;
      if (outcome.end === "done") return parseAnswer(outcome.text, program);
      if (isUnknown(outcome)) return undefined;
      throw failure(program, "get", outcome);
    },
    async store(server, username, secret) {
      await succeed("store", JSON.stringify({ ServerURL: server, Username: username, Secret: secret }), secret);
    },
    async erase(server) {
      const outcome = await run("erase", server);
      if (outcome.end !== "done" && !isUnknown(outcome)) throw failure(program, "erase", outcome);
    },
    list: async () => Object.keys(parseObject(await succeed("list", "")) ?? {}),
  };
}

interface Outcome {
  readonly end: "done" | "refused" | "no program" | "too late" | "too long";
  /** Of stdout, without the line's end. */
  readonly text: string;
}

function runProgram(program: string, verb: string, input: string, options: HelperOptions): Promise<Outcome> {
  const { env, helperTimeout = 60_000 } = options;
  return new Promise((resolve) => {
    const child = spawn(program, [verb], { env, stdio: "pipe", windowsHide: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (how: Outcome["end"]): void => {
      clearTimeout(timer);
      resolve({ end: how, text: Buffer.concat(chunks).toString("utf8").trim() });
      leave(child);
    };
    const timer = setTimeout(() => end("too late"), helperTimeout);
    child.on("error", () => end("no program")); // not found, or not to be run
    child.stdin.on("error", () => undefined); // it need not read what it does not want
    child.stdin.end(input);
    child.stderr.resume();
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) end("too long");
      else chunks.push(chunk);
    });
    child.on("close", (code) => end(code === 0 ? "done" : "refused"));
  });
}

/** Nothing of the child keeps us any more, even where a grandchild holds its pipes. */
function leave(child: ChildProcessWithoutNullStreams): void {
  child.kill("SIGKILL");
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
}

/** The message that all helpers share. */
function isUnknown({ end, text }: Outcome): boolean {
  return end === "refused" && /credentials not found/i.test(text);
}

function parseAnswer(text: string, program: string): Credential | undefined {
  const { Secret: password, Username: username } = parseObject(text) ?? {};
  if (typeof password === "string" && typeof username === "string") return toCredential({ username, password });
  throw createRegistryError("REQUEST_INVALID", { message: `${program} get answered without Username and Secret` });
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // the caller says what it misses; the parser's message would quote secrets
  }
}

function failure(program: string, verb: string, { end, text }: Outcome): Error {
  const message = {
    done: "",
    refused: `${program} ${verb} failed${sayable(text)}`,
    "no program": `${program} cannot be run: is it installed, and in the PATH?`,
    "too late": `${program} ${verb} did not answer in time; does it wait for something to be unlocked?`,
    "too long": `${program} ${verb} answered more than 256 KiB`,
  }[end];
  return createRegistryError(end === "too late" ? "TIMEOUT" : "REQUEST_INVALID", { message });
}

/** The first line, unless it looks like an answer, which would hold a secret. */
function sayable(text: string): string {
  const [line = ""] = text.split(/[\r\n]/, 1);
  const said = line.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").slice(0, maxMessageLength);
  return said === "" || text.includes("{") ? "" : `: ${said}`;
}
