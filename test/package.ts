// `npm run package`: writes dist/, the package that programs install for `hythe/client`: JavaScript and types for Node 20 and later. The
// server itself needs no such step, it runs from its TypeScript.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute } from "./steps.ts";

const root = join(import.meta.dirname, "..");
const entries = ["client/client"];
const dependencies = ["undici"];

interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Compiles the entries and what they import into `folder`, which is emptied first. @throws Error with what the compiler says */
export async function writePackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const sources = entries.map((entry) => `src/${entry}.ts`);
  const { ok, output } = await execute(["tsc", "--ignoreConfig", ...sources, ...compilerFlags(folder)]);
  if (!ok) throw new Error(`the package does not compile:\n${output}`);
  const facts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as PackageFacts;
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(describePackage(facts), null, 2)}\n`);
}

function compilerFlags(folder: string): string[] {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as {
    compilerOptions: Record<string, unknown>;
  };
  const own = {
    ...compilerOptions,
    noEmit: false,
    allowImportingTsExtensions: false,
    rewriteRelativeImportExtensions: true,
    target: "es2023",
    // What Node 20 has.
    lib: ["es2023", "es2024.string"],
    declaration: true,
    rootDir: "src",
    outDir: folder,
  };
  return Object.entries(own).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function describePackage({ name, version, license, dependencies: all }: PackageFacts): object {
  return {
    name,
    version,
    description: "A typed client for OCI and Docker registries",
    license,
    type: "module",
    engines: { node: ">=20.18.1" },
    exports: Object.fromEntries(
      entries.map((entry) => [`./${entry.split("/")[0]}`, { types: `./${entry}.d.ts`, default: `./${entry}.js` }]),
    ),
    dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, all[dependency]])),
  };
}

if (import.meta.main) await writePackage(join(root, "dist"));
