// Scripts for bash, zsh and fish that complete verbs and flags, and files where neither is meant. Nothing is asked of hythe while
// typing: the script knows all of it.

import type { CompletionCommand, CompletionFlag } from "./completion.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** @param commands as readCompletion gives them */
export function completionScript(shell: Shell, commands: readonly CompletionCommand[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

function bashScript(commands: readonly CompletionCommand[]): string {
  const cases = commands.map(
    ({ below, flags, path, words }) =>
      `    ${quote(path.join(" "))}) words=${quote([...below.map(({ name }) => name), ...words].join(" "))} flags=${quote(longNames(flags).join(" "))} valued=${quote(namesWithValue(flags).join(" "))} ;;`,
  );
  return `# bash completion of hythe: source <(hythe completion bash)
_hythe() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path="" words flags valued i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
      ${pathsOf(commands)}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=()
  [[ " $valued " == *" $previous "* ]] && return
  [[ $current == -* ]] && words=$flags
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o bashdefault -o default -F _hythe hythe
`;
}

function zshScript(commands: readonly CompletionCommand[]): string {
  const entry = (name: string, description: string): string => quote(`${name.replaceAll(":", "\\:")}:${description}`);
  const cases = commands.map(({ below, flags, path, words }) => {
    const found = [...below.map(({ description, name }) => entry(name, description)), ...words.map((word) => quote(word))];
    const named = flags.map((flag) => entry(flag.names[0]!, flag.description));
    return `    ${quote(path.join(" "))})
      found=(${found.join(" ")})
      flags=(${named.join(" ")})
      valued=(${namesWithValue(flags).map(quote).join(" ")}) ;;`;
  });
  return `#compdef hythe
# zsh completion of hythe: source <(hythe completion zsh), or a file _hythe in a folder of fpath
_hythe() {
  local at="" i
  local -a found flags valued
  for ((i = 2; i < CURRENT; i++)); do
    case "\${at:+$at }\${words[i]}" in
      ${pathsOf(commands)}) at="\${at:+$at }\${words[i]}" ;;
    esac
  done
  case "$at" in
${cases.join("\n")}
  esac
  if (( \${valued[(Ie)\${words[CURRENT - 1]}]} )); then _files
  elif [[ \${words[CURRENT]} == -* ]]; then _describe -o flag flags
  elif (( \${#found} )); then _describe command found
  else _files
  fi
}
if [[ "\${funcstack[1]}" == _hythe ]]; then _hythe "$@"; else compdef _hythe hythe; fi
`;
}

function fishScript(commands: readonly CompletionCommand[]): string {
  const lines = commands.flatMap(({ below, flags, path, words }) => {
    const when = fishCondition(path, below);
    const start = `complete -c hythe -n ${quoteFish(when)}`;
    return [
      ...below.map(({ description, name }) => `${start} -f -a ${quoteFish(name)} -d ${quoteFish(description)}`),
      ...words.map((word) => `${start} -f -a ${quoteFish(word)}`),
      ...flags.map((flag) => `${start} ${fishNames(flag)}${flag.takesValue ? " -r" : ""} -d ${quoteFish(flag.description)}`),
    ];
  });
  return `# fish completion of hythe: hythe completion fish > ~/.config/fish/completions/hythe.fish
${lines.join("\n")}
`;
}

/** Behind all of the path and none of what is below. */
function fishCondition(path: readonly string[], below: CompletionCommand["below"]): string {
  if (path.length === 0) return "__fish_use_subcommand";
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const names = below.map(({ name }) => name).join(" ");
  return [...seen, ...(names === "" ? [] : [`not __fish_seen_subcommand_from ${names}`])].join("; and ");
}

function fishNames({ names }: CompletionFlag): string {
  return names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(" ");
}

/** A pattern of all but the program. */
function pathsOf(commands: readonly CompletionCommand[]): string {
  return commands.flatMap(({ path }) => (path.length === 0 ? [] : [quote(path.join(" "))])).join(" | ");
}

function longNames(flags: readonly CompletionFlag[]): string[] {
  return flags.map(({ names }) => names[0]!);
}

function namesWithValue(flags: readonly CompletionFlag[]): string[] {
  return flags.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names);
}

/** For bash and zsh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function quoteFish(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
