// What programs install: hythe/client compiled to JavaScript, on the machine's own Node where that is an older one than ours.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { image } from "../image.ts";
import { writePackage } from "../package.ts";
import { run } from "../peers/program.ts";
import { startProtocolServer } from "../protocol-server.ts";
import { pushImage } from "../push.ts";
import { execute } from "../steps.ts";

const root = join(import.meta.dirname, "..", "..");
const program = `
import { createRegistryClient, parseRepositoryName, parseTag, RegistryNotFoundError } from "hythe/client";
const registry = createRegistryClient({ registryUrl: process.argv[2] });
const repository = parseRepositoryName("team/app");
const tags = [];
for await (const page of registry.walkTags(repository)) tags.push(...page);
const { digest } = await registry.manifests.get({ repository, tag: tags[0] });
const missing = await registry.manifests.head({ repository, tag: parseTag("none") }).catch((error) => error instanceof RegistryNotFoundError);
await registry.close();
console.log(JSON.stringify({ tags, digest, missing, node: process.version }));
`;

test("the package works where it is installed, with nothing of ours beside it, and its types are there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hythe-package-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  await writePackage(join(modules, "hythe"));
  symlinkSync(join(root, "node_modules", "undici"), join(modules, "undici"));
  writeFileSync(join(folder, "program.mjs"), program);

  await using server = await startProtocolServer();
  const whole = image();
  await pushImage(server.url, "team/app", whole, "v1");
  for (const node of new Set([process.execPath, machineNode()])) {
    const answer: unknown = JSON.parse(await run(node, [join(folder, "program.mjs"), server.url]));
    expect(answer).toMatchObject({ tags: ["v1"], digest: whole.digest, missing: true });
  }

  writeFileSync(join(folder, "program.mts"), program);
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules", "@types")];
  const flags = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", ...types];
  expect(await execute(["tsc", join(folder, "program.mts"), ...flags])).toEqual({ ok: true, output: "" });
});

/** The Node of this machine, not the one that npm installed beside us. */
function machineNode(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((path) => !path.includes("node_modules"));
  const found = folders.map((path) => join(path, "node")).find((path) => spawnSync(path, ["--version"]).status === 0);
  return found ?? process.execPath;
}
