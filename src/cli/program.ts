// The command line: verbs in, an exit code out. Whatever goes wrong ends here, as one line on stderr and a code of exit-codes.ts.

import { Command, CommanderError } from "commander";
import { RegistryError } from "../oci/errors.ts";
import type { Environment, Output } from "./environment.ts";
import { exitCodeOf, exitCodes, type ExitCode } from "./exit-codes.ts";
import { addConfigVerb } from "./verb-config.ts";
import { addPullsVerb } from "./verb-pulls.ts";
import { addReposVerb } from "./verb-repos.ts";
import { addServeVerb } from "./verb-serve.ts";
import { addTagsVerb } from "./verb-tags.ts";

const introduction = `
First steps:
  hythe serve                  start a registry on 127.0.0.1:5000; it says how to push to it
  hythe repos                  what is in it
  hythe tags team/app          the tags of a repository, and how much each is used
  hythe pulls team/app:v1      pulls of a tag over time

repos, tags and pulls ask a running server; --server URL or HYTHE_SERVER names
another than the local one. Exit codes: 0 done, 1 failure, 2 usage or
configuration, 6 no right, 7 not found, 8 rate limited, 9 timeout or connection,
11 unsupported.`;

/** Runs one command. `argv`: without the names of node and of the script. Everything is written when it resolves; it never rejects. */
export async function runCli(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  const { stderr } = environment;
  const written: Promise<void>[] = [];
  const program = createProgram(environment, (output, text) => void written.push(output.write(text)));
  try {
    await program.parseAsync(argv, { from: "user" });
    await Promise.all(written);
    return exitCodes.done;
  } catch (error) {
    // Whoever read our output has seen enough, such as `head`.
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return exitCodes.done;
    await Promise.allSettled(written);
    const [text, code] = describe(error);
    // With nobody to tell it to, the code still says it.
    await stderr.write(text).catch(() => undefined);
    return code;
  }

  function describe(error: unknown): [text: string, code: ExitCode] {
    if (error instanceof CommanderError) {
      const wanted = error.exitCode === 0;
      const shown = wanted || error.code === "commander.help";
      return [shown ? "" : `${oneLine(error.message)}\n`, wanted ? exitCodes.done : exitCodes.usage];
    }
    if (!(error instanceof RegistryError))
      return [`hythe: this is a bug: ${(error as Error).stack ?? String(error)}\n`, exitCodes.failure];
    return [error.message.replaceAll(/^/gm, "hythe: ") + "\n", exitCodeOf(error.code)];
  }
}

function createProgram(environment: Environment, write: (output: Output, text: string) => void): Command {
  const { stdout, stderr, version } = environment;
  const program = new Command("hythe");
  program
    .description("A container registry that knows what is used.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "explain the command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => write(stdout, text),
      writeErr: (text) => write(stderr, text),
      // Said once, with where to look, by whoever catches it.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns,
      getErrHelpWidth: () => stderr.columns,
    })
    .addHelpText("after", introduction);
  addServeVerb(program, environment);
  addReposVerb(program, environment);
  addTagsVerb(program, environment);
  addPullsVerb(program, environment);
  addConfigVerb(program, environment);
  return program;
}

/** What commander says over several lines, in ours. */
function oneLine(message: string): string {
  const sentence = message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  return `hythe: ${sentence.replace(/\.$/, "")}; --help explains the command`;
}
