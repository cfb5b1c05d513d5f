// The scripts of hythe completion, sourced in the shells themselves. Those that are not installed are skipped.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { captureCli } from "../../test/cli.ts";
import { shells, type Shell } from "./completion-scripts.ts";

const settingFlags = [{ flag: "pulls-fold-every", form: "duration", sentence: "it's how often" }];

const isThere = (shell: Shell): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;

/** What the shell offers for a line, the cursor at its end. */
async function complete(shell: Shell, line: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "hythe-completion-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = join(folder, "script");
  const { code, stdout } = await captureCli(["completion", shell], { settingFlags });
  expect(code).toBe(0);
  writeFileSync(script, stdout);
  const words = line.split(" ");
  const program = {
    bash: `source ${script}; COMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _hythe; printf '%s\\n' "\${COMPREPLY[@]}"`,
    zsh: `compdef() { : }; _describe() { print -l -- \${(P)@[-1]} }; _files() { print FILES }
source ${script}; words=(${words.map((word) => `"${word}"`).join(" ")}); CURRENT=${words.length}; _hythe`,
    fish: `source ${script}; complete -C '${line}'`,
  }[shell];
  const options = { bash: ["--norc", "-c"], zsh: ["-f", "-c"], fish: ["--no-config", "-c"] }[shell];
  const printed = execFileSync(shell, [...options, program], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, HOME: folder },
  });
  // Behind the word its description follows.
  const offered = printed.split("\n").map((each) => each.split(shell === "zsh" ? /(?<!\\):/ : "\t")[0]!);
  const last = words.at(-1)!;
  return offered.filter((word) => word !== "" && word !== "FILES" && word.startsWith(last));
}

describe.each(shells)("%s", (shell) => {
  const name = isThere(shell) ? "completes" : "completes (skipped: not installed)";
  describe.skipIf(!isThere(shell))(name, () => {
    test("a verb, by its other name too", async () => {
      expect(await complete(shell, "hythe insp")).toEqual(["inspect"]);
      expect(await complete(shell, "hythe cata")).toEqual(["catalog"]);
    });

    test("the flags of a verb, not those of others", async () => {
      expect(await complete(shell, "hythe delete 127.0.0.1:5000/team/app:v1 --dr")).toEqual(["--dry-run"]);
      expect(await complete(shell, "hythe ls --dr")).toEqual([]);
      expect(await complete(shell, "hythe serve --pulls-fold-e")).toEqual(["--pulls-fold-every"]);
    });

    test("what is below a verb, and its flags", async () => {
      expect(await complete(shell, "hythe config che")).toEqual(["check"]);
      expect(await complete(shell, "hythe config check --conf")).toEqual(["--config"]);
    });

    test("the words that an argument can be", async () => {
      expect(await complete(shell, "hythe completion z")).toEqual(["zsh"]);
    });

    test("no verb where a flag wants its value", async () => {
      expect(await complete(shell, "hythe blob --output insp")).toEqual([]);
    });
  });
});

test("another shell is refused with those that there are", async () => {
  expect(await captureCli(["completion", "tcsh"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("bash, zsh, fish"),
  });
});

test("every script names every verb", async () => {
  const { stdout: help } = await captureCli(["--help"]);
  const verbs = [...help.matchAll(/^ {2}([a-z]+)(?:\|[a-z]+)? .*$/gm)]
    .map(([, verb]) => verb!)
    .filter((verb) => verb !== "hythe");
  expect(verbs).toContain("inspect");
  for (const shell of shells) {
    const { stdout } = await captureCli(["completion", shell]);
    for (const verb of verbs) expect(stdout).toContain(verb);
  }
});
