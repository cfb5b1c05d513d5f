// hythe completion SHELL: a script that lets a shell complete verbs and flags.

import { Argument, type Command } from "commander";
import { readCompletion } from "./completion.ts";
import { completionScript, shells, type Shell } from "./completion-scripts.ts";
import type { Environment } from "./environment.ts";

const examples = `
Examples:
  source <(hythe completion bash)       in ~/.bashrc
  source <(hythe completion zsh)        in ~/.zshrc, behind compinit
  hythe completion fish > ~/.config/fish/completions/hythe.fish

In a clone, where hythe is npx hythe: alias hythe='npx hythe' first.`;

export function addCompletionVerb(program: Command, { stdout }: Environment): void {
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "whose script").choices(shells))
    .summary("print a script with which your shell completes verbs and flags")
    .description("Prints a script with which a shell completes the verbs and flags of hythe.")
    .addHelpText("after", examples)
    .action((shell: Shell) => stdout.write(completionScript(shell, readCompletion(program))));
}
