// docs/access.md: every transcript is run again, on one registry that is closed on the way, and prints what the page says.
// `npx vitest run test/journeys/access-docs.test.ts -u` writes down what is true now. Secrets, ports, folders and times are those of the page.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Environment, LoadSettings, Output, RunningServer } from "../../src/cli/environment.ts";
import { runCli } from "../../src/cli/program.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";
import { refreshTranscripts } from "../console-examples.ts";
import { pushImage } from "../contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import { createMemoryRegistry } from "../fake/memory-registry.ts";
import { image, index } from "../image.ts";
import { startHythe, type Hythe } from "../peers/hythe.ts";
import { settingsIn } from "../settings-in.ts";

const path = join(import.meta.dirname, "..", "..", "docs", "access.md");
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8")) as {
  version: string;
};
/** What is typed, in the order of the page. TOKEN: the one that was printed last. */
const [anns, bobs, bobsNext] = ["correct horse battery", "sailfish and chips", "swordfish and chips"] as const;
const typed: string[] = [anns, anns, anns, "TOKEN", bobs, bobs, bobsNext, bobsNext, anns];
/** Those that ask a server when none is named. */
const serverVerbs = new Set(["repos", "tags", "pulls"]);

const folder = mkdtempSync(join(tmpdir(), "hythe-access-docs-"));
const [data, home] = [join(folder, "data"), join(folder, "home")];
let own: Hythe;
let company: FakeRegistry;

beforeAll(async () => {
  mkdirSync(home);
  // bcrypt of `rowing boat 7`, as htpasswd -B makes it.
  writeFileSync(join(folder, "htpasswd"), "carol:$2y$10$KKRWsTcWOsCaPYoXIG6Q2uTbCr.V7PAdnmZJLTqZPmXh8S5kcWnsi\n");
  own = await startHythe({ data });
  const registry = createMemoryRegistry();
  const whole = index(["linux/amd64", "linux/arm64"].map((platform) => image({ layers: ["base", platform], platform })));
  await pushImage(registry, "team/app" as RepositoryName, whole, "v1");
  company = await startFakeRegistry({ registry });
});
afterAll(async () => {
  await own.stop();
  await company.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the page calls it, and what it is here. */
const names = (): readonly (readonly [page: string, here: string])[] => [
  ["127.0.0.1:5000", new URL(own.url).host],
  ["registry.example.org", company.host],
  ["/home/ann", home],
  ["/tmp/", `${folder}/`],
];

/** The registry of the page is running already; another one, that nobody closed, is what --listen would start. */
const loadSettings: LoadSettings = async (flags, file) => {
  if ("listen" in flags) return settingsIn(join(folder, "open"))(flags, file);
  const [setupUrl] = /http:\S+setup\S+/.exec(own.output()) ?? [];
  const url = "http://127.0.0.1:5000";
  const open = async (): Promise<RunningServer> => ({ url, setupUrl, close: async () => undefined });
  return { ...(await settingsIn(data)(flags, file)), open };
};

/** However long all of it takes, it is just now. */
const startedMs = Date.now();
let lastToken = "";

async function run(argv: readonly string[]): Promise<{ printed: string; code: number }> {
  const here = argv.map((word) => names().reduce((text, [page, real]) => text.replaceAll(page, real), word));
  let printed = "";
  const output: Output = {
    write: async (text) => void (printed += Buffer.from(text).toString()),
    isTerminal: false,
    columns: 120,
  };
  const environment: Environment = {
    version,
    env: serverVerbs.has(argv[0]!) ? { HYTHE_SERVER: own.url } : {},
    home,
    now: () => startedMs,
    stdin: {
      isTerminal: true,
      readText: async () => "",
      readLine: async (prompt, hidden) => {
        const answer = typed.shift();
        printed += `${prompt}${hidden ? "" : answer}\n`;
        return answer === "TOKEN" ? lastToken : answer;
      },
    },
    stdout: output,
    stderr: output,
    settingFlags: async () => [{ flag: "listen", form: "host:port", sentence: "" }],
    loadSettings,
    untilStopped: () => (argv[0] === "serve" ? Promise.resolve() : new Promise(() => undefined)),
  };
  const code = await runCli(here, environment);
  return { code, printed: toPage(printed) };
}

const token = /hythe_[A-Za-z0-9_-]{49}/g;
const pageToken = "hythe_6zQbYw0l1mS9uJ4cD2vXkE7rTnA3pG5hKiOxUeZfBqM8sLyVWd";
/** Where nobody watches there are no bars but lines. */
const copyLine = /^(?:copied|mounted|there|left) +(?:blob|manifest) .*\n/gm;

function toPage(printed: string): string {
  lastToken = token.exec(printed)?.[0] ?? lastToken;
  token.lastIndex = 0;
  return names()
    .reduce((changed, [page, real]) => changed.replaceAll(real, page), printed)
    .replaceAll("\r\n", "\n")
    .replaceAll(token, pageToken)
    .replaceAll(/setup\?token=\S+/g, "setup?token=8m2kPq0vYtRzXw4nLbSd6JcFhGe1uAi9oTxKrMyWlQE")
    .replaceAll(/\d{4}-\d{2}-\d{2}([ T])\d{2}:\d{2}:\d{2}(?:\.\d{3})?/g, "2026-11-21$112:00:00")
    .replaceAll(/in \d\.\d s/g, "in 0.0 s")
    .replaceAll(copyLine, "");
}

test("the transcripts of docs/access.md are what the command line prints", async () => {
  const page = readFileSync(path, "utf8");
  await expect(await refreshTranscripts(page, { run })).toMatchFileSnapshot(path);
  expect(typed).toEqual([]);
});
