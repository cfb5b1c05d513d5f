// What a shell can complete, read off the commands themselves: so a new verb or flag is completed without anybody thinking of it.

import type { Command, Option } from "commander";

export interface CompletionFlag {
  /** With dashes, the long one first. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly description: string;
}

export interface CompletionCommand {
  /** From the program on: none for the program itself, `config check`. With aliases there is one for each name. */
  readonly path: readonly string[];
  readonly description: string;
  readonly flags: readonly CompletionFlag[];
  /** Their names, aliases too. */
  readonly below: readonly { readonly name: string; readonly description: string }[];
  /** Words that an argument can be; empty: anything, perhaps a file. */
  readonly words: readonly string[];
}

/** The program, then all commands, each behind the one that it belongs to. */
export function readCompletion(program: Command, path: readonly string[] = []): CompletionCommand[] {
  const help = program.createHelp();
  const below = help.visibleCommands(program).flatMap((command) => {
    const description = oneLine(help.subcommandDescription(command));
    return [command.name(), ...command.aliases()].map((name) => ({ command, name, description }));
  });
  const own: CompletionCommand = {
    path,
    description: oneLine(help.commandDescription(program)),
    flags: help.visibleOptions(program).map(readFlag),
    below: below.map(({ description, name }) => ({ name, description })),
    words: program.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  const commands = below.filter(({ name }) => name !== "help");
  return [own, ...commands.flatMap(({ command, name }) => readCompletion(command, [...path, name]))];
}

function readFlag({ description, long, optional, required, short }: Option): CompletionFlag {
  const names = [long, short].filter((name): name is string => name != null);
  return { names, takesValue: required || optional, description: oneLine(description) };
}

/** Descriptions stand in lists, a line each. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
