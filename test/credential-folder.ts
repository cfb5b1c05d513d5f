// A home of a user with files of credentials and helper programs in it, nowhere near the real one.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CredentialFilesOptions } from "../src/client/credential-files.ts";

export interface CredentialFolder extends Disposable {
  readonly home: string;
  /** PATH leads to the helpers, and to nothing else. */
  readonly options: CredentialFilesOptions;
  /** `path`: below home. An object becomes JSON. */
  write(path: string, content: unknown): string;
  read(path: string): string;
  has(path: string): boolean;
  /** Permissions, such as 0o600. */
  mode(path: string): number;
  /** A helper that keeps what it is told in the file `NAME.json`; with `script`, one that does that instead. */
  installHelper(name: string, script?: string): void;
  /** What a helper has, by server; [user, secret]. */
  kept(name: string): Record<string, readonly [string, string]>;
  /** `VERB input` of every call of a helper. */
  calls(name: string): string[];
}

export function credentialFolder(env: Record<string, string> = {}): CredentialFolder {
  const home = mkdtempSync(join(tmpdir(), "hythe-credentials-"));
  const path = (name: string): string => join(home, name);
  const read = (name: string): string => readFileSync(path(name), "utf8");
  return {
    home,
    options: { home, env: { PATH: path("bin"), ...env } },
    write(name, content) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), typeof content === "string" ? content : JSON.stringify(content));
      return path(name);
    },
    read,
    has: (name) => existsSync(path(name)),
    mode: (name) => statSync(path(name)).mode & 0o777,
    installHelper(name, script = keeper) {
      const program = path(`bin/docker-credential-${name}`);
      mkdirSync(dirname(program), { recursive: true });
      writeFileSync(program, `#!${process.execPath}\nconst file = ${JSON.stringify(path(name))};\n${script}`);
      chmodSync(program, 0o755);
    },
    kept: (name) => (existsSync(path(`${name}.json`)) ? (JSON.parse(read(`${name}.json`)) as never) : {}),
    calls: (name) => (existsSync(path(`${name}.calls`)) ? read(`${name}.calls`).trimEnd().split("\n") : []),
    [Symbol.dispose]: () => rmSync(home, { recursive: true }),
  };
}

const keeper = `
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
const verb = process.argv[2];
const input = readFileSync(0, "utf8");
appendFileSync(file + ".calls", verb + " " + input + "\\n");
const kept = existsSync(file + ".json") ? JSON.parse(readFileSync(file + ".json", "utf8")) : {};
const save = () => writeFileSync(file + ".json", JSON.stringify(kept));
const fail = () => { console.log("credentials not found in native keychain"); process.exitCode = 1; };
if (verb === "store") { const { ServerURL, Username, Secret } = JSON.parse(input); kept[ServerURL] = [Username, Secret]; save(); }
else if (verb === "list") console.log(JSON.stringify(Object.fromEntries(Object.entries(kept).map(([server, [user]]) => [server, user]))));
else if (!(input in kept)) fail();
else if (verb === "erase") { delete kept[input]; save(); }
else console.log(JSON.stringify({ ServerURL: input, Username: kept[input][0], Secret: kept[input][1] }));
`;
