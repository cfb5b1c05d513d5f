// What docs/security.md says is true of the tree: its tests exist, and what it says that nobody does, nobody does.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Of the list of past advisories that the page goes through. */
const rows = 29;

interface Named {
  readonly row: string;
  readonly path: string;
  readonly title: string;
}

const sections = read("docs/security.md")
  .split(/^## (?=\d)/m)
  .slice(1);
const named: Named[] = sections.flatMap((section) =>
  [...section.matchAll(/^- `([^`]+)`: "(.+)"$/gm)].map(([, path, title]) => ({
    row: section.split(".", 1)[0]!,
    path: path!,
    title: title!,
  })),
);

/** Whether the source has a test or a suite of this name, as it stands there, placeholders and all. */
function hasTest(source: string, title: string): boolean {
  const text = RegExp.escape(title);
  return new RegExp(`(?:\\b(?:test|it|describe)|\\))\\(\\s*(["\`])${text}\\1,`).test(source);
}

test("docs/security.md goes through every row, and each names a test", () => {
  const numbers = Array.from({ length: rows }, (_, i) => String(i + 1));
  expect(sections.map((section) => section.split(".", 1)[0])).toEqual(numbers);
  expect(numbers.filter((row) => !named.some((one) => one.row === row))).toEqual([]);
});

test("every line with a test in docs/security.md is read", () => {
  const lines = sections.flatMap((section) => section.split("\n").filter((line) => line.startsWith("- ")));
  expect(lines.length).toBe(named.length);
});

test("every test that docs/security.md names exists", () => {
  const missing = named.filter(({ path, title }) => !existsSync(join(root, path)) || !hasTest(read(path), title));
  expect(missing).toEqual([]);
});

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => ({ name, text: read(join("src", name)) }));
/** Who listens speaks to nobody. */
const listening = /^import \{ (?:createServer as createTlsServer|createSecureContext) \} from "node:(?:https|tls)";$/gm;
/** Files that bring in one of `modules` as more than types. */
const importers = (...modules: string[]): string[] =>
  sources
    .filter(({ text }) =>
      modules.some((module) =>
        new RegExp(`^import (?!type)[^;]*?from "${module}"|import\\("${module}"\\)`, "m").test(text.replaceAll(listening, "")),
      ),
    )
    .map(({ name }) => name);

test("nothing unpacks what was pushed", () => {
  const imported = sources.flatMap(({ text }) => /import \{([^}]*)\} from "node:zlib"/.exec(text)?.[1]?.split(",") ?? []);
  const packs = new Set(["crc32", "gzipSync", "brotliCompressSync"]);
  expect(imported.map((name) => name.trim()).filter((name) => !packs.has(name))).toEqual([]);
});

test("only the client, the command line and the sign-in by OpenID speak to other machines", () => {
  const speaks = new Set([
    ...importers("undici", "node:https", "node:tls", "node:dgram", "openid-client"),
    ...sources.filter(({ text }) => /\bfetch\(|\bconnect\(\{|\bhttp\.request\(/.test(text)).map(({ name }) => name),
  ]);
  // What runs in browsers asks the server that it came from, by paths.
  const inBrowsers = "web/ask/ask.ts";
  const wrong = [...speaks].filter((name) => !/^(?:client|cli)\/|^access\/oidc/.test(name) && name !== inBrowsers);
  expect(wrong).toEqual([]);
  expect(sources.find(({ name }) => name === inBrowsers)!.text).toMatch(/\bfetch\(`\/api\/v1\$/);
});
