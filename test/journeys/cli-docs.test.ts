// docs/cli.md: every transcript is run again, over real ports, and prints what the page says. `npx vitest run test/journeys/cli-docs.test.ts -u`
// writes down what is true now. Ports, folders and the time are those of the page.

import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Environment, Output } from "../../src/cli/environment.ts";
import { runCli } from "../../src/cli/program.ts";
import { refreshTranscripts } from "../console-examples.ts";
import { pushImage } from "../contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import { createMemoryRegistry } from "../fake/memory-registry.ts";
import { image, index, type Image } from "../image.ts";
import { startHythe, type Hythe } from "../peers/hythe.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";
import type { Registry } from "../../src/oci/registry.ts";

const path = join(import.meta.dirname, "..", "..", "docs", "cli.md");
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8")) as {
  version: string;
};
/** Of verbs that show when an image was built. Those that show when it was pulled have the time of the server. */
const pageMs = Date.parse("2026-11-21T12:00:00Z");
const serverVerbs = new Set(["repos", "tags", "pulls"]);
/** What ann types, in the order of the page: two passwords, and yes. */
const typed = ["swordfihs", "swordfish", "y"];

const folder = mkdtempSync(join(tmpdir(), "hythe-cli-docs-"));
const home = join(folder, "home");
let own: Hythe;
let company: FakeRegistry;
let strict: FakeRegistry;
let closed: string;

const release = (name: string): Image =>
  index(
    ["linux/amd64", "linux/arm64"].map((platform) =>
      image({ layers: ["base", `${name} ${platform}`], platform, created: "2026-11-20T09:00:00Z", layerBytes: 40_000 }),
    ),
  );
const latest = release("v1.1");

beforeAll(async () => {
  mkdirSync(home);
  own = await startHythe({ data: join(folder, "data") });
  company = await startFakeRegistry({
    login: "basic",
    users: { ann: "swordfish" },
    registry: await fill(createMemoryRegistry()),
  });
  company.fail({ kind: "silent" }, { path: /slow/ });
  strict = await startFakeRegistry({ registry: company.registry });
  strict.fail({ kind: "answer", status: 403, body: { errors: [{ code: "DENIED", message: "read only" }] } }, { method: "PUT" });
  closed = await closedPort();
});
afterAll(async () => {
  await own.stop();
  await company.close();
  await strict.close();
  rmSync(folder, { recursive: true, force: true });
});

async function fill(registry: Registry): Promise<Registry> {
  const name = (text: string): RepositoryName => text as RepositoryName;
  await pushImage(registry, name("team/app"), release("v1.0"), "v1.0");
  await pushImage(registry, name("team/app"), latest, "v1.1", "latest");
  const created = { "org.opencontainers.image.created": "2026-11-20T10:00:00Z" };
  const signature = { subject: latest, artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json", annotations: created };
  await pushImage(registry, name("team/app"), image({ layers: ["signature"], ...signature }));
  await pushImage(registry, name("team/app"), image({ ...signature, layers: ["sbom"], artifactType: "application/spdx+json" }));
  await pushImage(registry, name("team/web"), image({ layers: ["web"] }), "v2");
  await pushImage(registry, name("tools/lint"), image({ layers: ["lint"] }), "latest");
  return registry;
}

/** 127.0.0.1:PORT on which nothing listens. */
async function closedPort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `127.0.0.1:${port}`;
}

/** What the page calls it, and what it is here. */
const names = (): readonly (readonly [page: string, here: string])[] => [
  ["127.0.0.1:5999", closed],
  ["127.0.0.1:5001", strict.host],
  ["127.0.0.1:5000", new URL(own.url).host],
  ["registry.example.org", company.host],
  ["/home/ann", home],
  ["/tmp/", `${folder}/`],
  ["port 5000", `port ${new URL(own.url).port}`],
];

async function run(argv: readonly string[]): Promise<{ printed: string; code: number }> {
  const here = argv.map((word) => names().reduce((text, [page, real]) => text.replaceAll(page, real), word));
  let printed = "";
  const output: Output = {
    write: async (text) => {
      printed += Buffer.from(text).toString();
    },
    isTerminal: false,
    columns: 120,
  };
  const environment: Environment = {
    version,
    env: { HYTHE_SERVER: own.url },
    home,
    now: serverVerbs.has(argv[0]!) ? Date.now : () => pageMs,
    stdin: {
      isTerminal: true,
      readText: async () => "",
      readLine: async (prompt, hidden) => {
        const answer = typed.shift();
        printed += `${prompt}${hidden ? "" : answer}\n`;
        return answer;
      },
    },
    stdout: argv[0] === "blob" ? { ...output, isTerminal: true } : output,
    stderr: output,
    settingFlags: async () => [],
    loadSettings: async () => ({
      mistakes: [],
      values: [],
      open: async () => ({ url, setupUrl: `${url}/setup?token=8m2kPq0vYtRzXw4nLbSd6JcFhGe1uAi9oTxKrMyWlQE`, close: atOnce }),
      openAdministration: () => Promise.reject(new Error("docs/access.md is about access")),
    }),
    untilStopped: () => (argv[0] === "serve" ? Promise.resolve() : new Promise(() => undefined)),
  };
  const code = await runCli(here, environment);
  return { code, printed: toPage(printed) };
}

const url = "http://127.0.0.1:5000";
const atOnce = async (): Promise<void> => undefined;

/** At a terminal there are bars instead, and they are gone in the end. */
const copyLine = /^(?:copied|mounted|there|left) +(?:blob|manifest) .*\n/gm;

function toPage(printed: string): string {
  const text = names().reduce((changed, [page, real]) => changed.replaceAll(real, page), printed);
  // Where there is no DNS at all, the other sentence is the true one.
  const named = text
    .replaceAll(copyLine, "")
    .replace("cannot be looked up now: DNS does not answer", "is not known to DNS: check its spelling and your network");
  return named === "" || named.endsWith("\n") ? named : `${named}\n`;
}

test("the transcripts of docs/cli.md are what the command line prints", async () => {
  const page = readFileSync(path, "utf8");
  await expect(await refreshTranscripts(page, { run })).toMatchFileSnapshot(path);
  expect(typed).toEqual([]);
});
