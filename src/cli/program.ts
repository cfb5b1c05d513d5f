// The command line: verbs in, an exit code out. Whatever goes wrong ends here, as one line on stderr and a code of exit-codes.ts.

import { Command, CommanderError } from "commander";
import { RegistryError } from "../oci/errors.ts";
import type { Environment, Output, VerbContext } from "./environment.ts";
import { exitCodeOf, exitCodes, type ExitCode } from "./exit-codes.ts";

type AddVerb = (program: Command, context: VerbContext) => void | Promise<void>;

interface VerbGroup {
  readonly heading: string;
  /** Names and aliases, and where the verb is. It is loaded when it is run, or when all are shown. */
  readonly verbs: readonly (readonly [names: string, load: () => Promise<AddVerb>])[];
}

const groups: readonly VerbGroup[] = [
  {
    heading: "Your own registry:",
    verbs: [
      ["serve", async () => (await import("./verb-serve.ts")).addServeVerb],
      ["repos", async () => (await import("./verb-repos.ts")).addReposVerb],
      ["tags", async () => (await import("./verb-tags.ts")).addTagsVerb],
      ["pulls", async () => (await import("./verb-pulls.ts")).addPullsVerb],
      ["config", async () => (await import("./verb-config.ts")).addConfigVerb],
    ],
  },
  {
    heading: "Looking at any registry:",
    verbs: [
      ["ls catalog", async () => (await import("./verb-ls.ts")).addLsVerb],
      ["inspect", async () => (await import("./verb-inspect.ts")).addInspectVerb],
      ["digest", async () => (await import("./verb-digest.ts")).addDigestVerb],
      ["manifest", async () => (await import("./verb-manifest.ts")).addManifestVerb],
      ["blob", async () => (await import("./verb-blob.ts")).addBlobVerb],
      ["referrers", async () => (await import("./verb-referrers.ts")).addReferrersVerb],
      ["ping", async () => (await import("./verb-ping.ts")).addPingVerb],
    ],
  },
  {
    heading: "Changing any registry:",
    verbs: [
      ["copy cp", async () => (await import("./verb-copy.ts")).addCopyVerb],
      ["tag", async () => (await import("./verb-tag.ts")).addTagVerb],
      ["delete", async () => (await import("./verb-delete.ts")).addDeleteVerb],
    ],
  },
  {
    heading: "Who may do what:",
    verbs: [
      ["user", async () => (await import("./verb-user.ts")).addUserVerb],
      ["robot", async () => (await import("./verb-robot.ts")).addRobotVerb],
      ["token", async () => (await import("./verb-token.ts")).addTokenVerb],
      ["grant", async () => (await import("./verb-grant.ts")).addGrantVerb],
      ["rule", async () => (await import("./verb-rule.ts")).addRuleVerb],
      ["audit", async () => (await import("./verb-audit.ts")).addAuditVerb],
      ["may", async () => (await import("./verb-may.ts")).addMayVerb],
    ],
  },
  {
    heading: "Setting up:",
    verbs: [
      ["login", async () => (await import("./verb-login.ts")).addLoginVerb],
      ["logout", async () => (await import("./verb-logout.ts")).addLogoutVerb],
      ["completion", async () => (await import("./verb-completion.ts")).addCompletionVerb],
    ],
  },
];

const introduction = `
First steps:
  hythe serve                                        start a registry on 127.0.0.1:5000
  hythe copy alpine 127.0.0.1:5000/demo/alpine:1     bring an image into it
  hythe tags demo/alpine                             its tags, and how much each is used
  hythe inspect 127.0.0.1:5000/demo/alpine:1         what is in an image, wherever it is
  hythe ping registry.example.org                    why a registry does not answer
  hythe user add ann --admin                         close your registry: from then on grants say who may do what

Images are named as docker does: HOST/REPOSITORY:TAG, and without a host they
are on Docker Hub. repos, tags and pulls without a host, and ls alone, ask your
own server: the local one, or the one that HYTHE_SERVER or --server names. The
verbs of access work on the data folder itself when no server is named.

Exit codes: 0 done, 1 failure, 2 usage or configuration, 3 partly done, 4 not
confirmed, 6 no right, 7 not found, 8 rate limited, 9 timeout or connection,
10 digest mismatch, 11 unsupported.`;

/** Runs one command. `argv`: without the names of node and of the script. Everything is written when it resolves; it never rejects. */
export async function runCli(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  const { stderr } = environment;
  const written: Promise<void>[] = [];
  let ended: ExitCode = exitCodes.done;
  const context: VerbContext = { ...environment, endWith: (code) => (ended = code) };
  try {
    const program = createProgram(environment, (output, text) => void written.push(output.write(text)));
    await addVerbs(program, context, argv);
    await program.parseAsync(argv, { from: "user" });
    await Promise.all(written);
    return ended;
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
      return [shown ? "" : `${oneLine(error.message)}\n${hintFor(error)}`, wanted ? exitCodes.done : exitCodes.usage];
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
    // What stands behind a verb is the verb's.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => write(stdout, text),
      writeErr: (text) => write(stderr, text),
      // Said once, with where to look, by whoever catches it.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns,
      getErrHelpWidth: () => stderr.columns,
    })
    .addHelpCommand(new Command("help").argument("[verb]").description("explain a verb").helpGroup("Setting up:"))
    .addHelpText("after", introduction);
  return program;
}

/** The verb that `argv` begins with, and where it does not begin with one, all of them: to be shown, or to say which is near. */
async function addVerbs(program: Command, context: VerbContext, argv: readonly string[]): Promise<void> {
  if (argv[0] === "--version") return;
  const first = argv[0] === "help" ? argv[1] : argv[0];
  const isWanted = (names: string): boolean => first !== undefined && names.split(" ").includes(first);
  const found = groups.flatMap(({ verbs }) => verbs).find(([names]) => isWanted(names));
  // The shell's completion is made of all of them, with every flag; a list of them shows none.
  const wanted = first === "completion" ? undefined : found;
  const shown = found === undefined ? { ...context, settingFlags: async () => [] } : context;
  for (const { heading, verbs } of groups) {
    program.commandsGroup(heading);
    for (const verb of verbs) {
      if (wanted !== undefined && verb !== wanted) continue;
      const add = await verb[1]();
      await add(program, shown);
    }
  }
}

/** A second line, where people mean something that commander cannot know. */
function hintFor({ code, message }: CommanderError): string {
  if (code === "commander.excessArguments" && /for '(?:add|rm)'/.test(message))
    return "hythe: a pattern stands in quotes, such as 'team/*', or the shell puts the names of files there\n";
  return message.includes(" '--password'")
    ? "hythe: a password is no flag, which others could see: --password-stdin, or none, to be asked for it\n"
    : "";
}

/** What commander says over several lines, in ours. */
function oneLine(message: string): string {
  const sentence = message
    .replace(/^error: (?:command-argument value )?|\n\(Did you mean --no-password\?\)/g, "")
    .replaceAll(/\s*\n\s*/g, " ");
  return `hythe: ${sentence.replace(/\.$/, "")}; --help explains the command`;
}
