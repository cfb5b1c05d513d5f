// The transcripts of a page: in each ```console block the lines behind `$ ` are run in order, and what they print is put in place of
// what stands there. So a page that says what is true is the same page afterwards.

export interface Shell {
  /** Runs `npx hythe` with these arguments and returns everything that is to be seen, and the exit code. */
  run(argv: readonly string[]): Promise<{ readonly printed: string; readonly code: number }>;
}

/** The page with fresh transcripts. Commands are `npx hythe …`, with quotes as in a shell, and `echo $?`. */
export async function refreshTranscripts(page: string, { run }: Shell): Promise<string> {
  let code = 0;
  const show = async (command: string): Promise<string> => {
    if (command === "echo $?") return `${code}\n`;
    const [npx, hythe, ...argv] = wordsOf(command);
    if (npx !== "npx" || hythe !== "hythe") throw new Error(`only hythe is run, not: ${command}`);
    const result = await run(argv);
    code = result.code;
    return result.printed;
  };
  const parts: string[] = [];
  for (const part of page.split(/(?<=^```console\n)([^]*?)(?=^```$)/m)) {
    if (!parts.at(-1)?.endsWith("```console\n")) {
      parts.push(part);
      continue;
    }
    const commands = [...part.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command!);
    const shown: string[] = [];
    for (const command of commands) shown.push(`$ ${command}\n${await show(command)}`);
    parts.push(shown.join("\n"));
  }
  return parts.join("");
}

function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain!);
}
