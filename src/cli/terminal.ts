// The streams and signals of the process as verbs see them (environment.ts). Prompts go to stderr: what was asked for is on stdout.

import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { RegistryError } from "../oci/errors.ts";
import type { Input, Output } from "./environment.ts";

const maxInputBytes = 64 * 1024;

export function toOutput(stream: NodeJS.WriteStream): Output {
  stream.on("error", () => undefined); // the writer is told by its callback
  return {
    write: (text) => new Promise((resolve, reject) => void stream.write(text, (error) => (error ? reject(error) : resolve()))),
    isTerminal: stream.isTTY,
    get columns() {
      return stream.columns ?? 80;
    },
  };
}

/** `stdin`: a function, because only looking at it opens it. */
export function toInput(stdin: () => NodeJS.ReadStream, stderr: NodeJS.WriteStream): Input {
  return {
    get isTerminal() {
      return stdin().isTTY;
    },
    readText: () => readText(stdin()),
    readLine: (prompt, hidden) => readLine(stdin(), stderr, prompt, hidden),
  };
}

async function readText(stdin: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxInputBytes)
      throw new RegistryError("REQUEST_INVALID", { message: "stdin holds more than 64 KiB: no password does" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readLine(
  stdin: NodeJS.ReadStream,
  stderr: NodeJS.WriteStream,
  prompt: string,
  hidden: boolean,
): Promise<string | undefined> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: hidden ? silence : stderr, terminal: true, historySize: 0 });
  return new Promise((resolve) => {
    lines.on("SIGINT", () => lines.close());
    lines.on("close", () => {
      if (hidden) stderr.write("\n");
      resolve(undefined);
    });
    if (hidden) stderr.write(prompt);
    lines.question(hidden ? "" : prompt, (line) => {
      resolve(line);
      lines.close();
    });
  });
}

/** npm passes Ctrl-C on to a process that has it already: for so long a second signal is taken for the same one. */
const echoMs = 500;

/** Resolves with the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const stop = (): void => {
      if (askedAt !== undefined && performance.now() - askedAt > echoMs) process.exit(1);
      askedAt ??= performance.now();
      resolve();
    };
    process.on("SIGTERM", stop).on("SIGINT", stop);
  });
}
