// Builds the UI (src/web) with Vite into dist-web/<hash of what it is made of>, once for each such hash; a release ships it built, and has
// neither sources nor Vite. Run as a program it builds and prints where; the server runs it as a process of its own, so that a bundler's
// memory is not the server's.

import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { brotliCompressSync, gzipSync } from "node:zlib";

const root = join(import.meta.dirname, "..");
const sources = join(root, "src", "web");
const output = join(root, "dist-web");
/** Written last: a folder without it is no build. */
const seal = "built";
const keepMs = 60 * 60_000;

/** The folder of the UI as it is now; undefined: not built yet. */
export function findWeb(): string | undefined {
  if (existsSync(sources)) {
    const folder = join(output, hashSources());
    return existsSync(join(folder, seal)) ? folder : undefined;
  }
  const builds = existsSync(output) ? readdirSync(output).filter((name) => existsSync(join(output, name, seal))) : [];
  return builds.length === 0 ? undefined : join(output, builds[0]!);
}

/** As buildWeb; `report` hears of it, and why there will be no UI (undefined): a registry serves images without one. */
export async function ensureWeb(report: (sentence: string) => void): Promise<string | undefined> {
  const found = findWeb();
  if (found !== undefined || !existsSync(sources)) return found;
  report("building the web UI, once");
  return buildWeb().catch((error: unknown) => {
    report(`${(error as Error).message}\nso there is none`);
    return undefined;
  });
}

/** The folder of the UI, built by a process of its own unless it is there; two at once do not hurt each other. @throws Error */
export async function buildWeb(): Promise<string> {
  const found = findWeb();
  if (found !== undefined) return found;
  // Of the environment nothing: whatever NODE_ENV is here (tests have one), what is built is for use.
  const child = spawn(process.execPath, [import.meta.filename], {
    env: { NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (child.exitCode !== 0) throw new Error(`the web UI could not be built:\n${complaints}`);
  return said.trim();
}

async function bundle(): Promise<string> {
  const { build } = await import("vite");
  const { default: react } = await import("@vitejs/plugin-react");
  const folder = join(output, hashSources());
  const draft = join(output, `.${randomUUID()}`);
  mkdirSync(output, { recursive: true });
  await build({
    root: sources,
    base: "/ui/",
    configFile: false,
    logLevel: "warn",
    plugins: [react()],
    build: {
      outDir: draft,
      assetsDir: "assets",
      emptyOutDir: true,
      target: "es2023",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1000,
      // Theirs asks for it, wherever their code goes.
      license: { fileName: "licences.txt" },
      // Few files: what every page needs, of others and of ours, then what several pages share, then the pages.
      rolldownOptions: {
        output: {
          codeSplitting: {
            groups: [
              { name: "libraries", tags: ["$initial"], test: /[\\/]node_modules[\\/]/, priority: 1 },
              { name: "frame", tags: ["$initial"], priority: 1 },
              { name: "grid", test: /[\\/]src[\\/]web[\\/]grid[\\/]/ },
              { name: "parts", test: /[\\/]src[\\/]web[\\/]/, minShareCount: 2 },
            ],
          },
        },
      },
    },
  });
  compress(draft);
  writeFileSync(join(draft, seal), "");
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Somebody else was quicker, with the same.
    if (!existsSync(join(folder, seal))) throw error;
  }
  dropOld(basename(folder));
  return folder;
}

/** Builds of other sources, and drafts that nobody ended; not at once, as another process may be about to read or write one. */
function dropOld(kept: string): void {
  for (const name of readdirSync(output)) {
    const path = join(output, name);
    // What is gone meanwhile was renamed or dropped by another build.
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (name !== kept && age > keepMs) rmSync(path, { recursive: true, force: true });
  }
}

/** What the bundle is made of: our sources, and the libraries as the lock file names them. */
function hashSources(): string {
  const hash = createHash("sha256");
  const files = ["src/web", "src/wire"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
    .filter((name) => /\.(?:tsx?|css|html|js|svg)$/.test(name) && !/\.test\.tsx?$/.test(name))
    .sort();
  for (const name of ["package-lock.json", "src/web-build.ts", ...files])
    hash.update(`${name}\0`).update(readFileSync(join(root, name)));
  return hash.digest("hex").slice(0, 16);
}

/** Beside each text, once and as well as it can be. */
function compress(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.(?:js|css|svg|txt)$/.test(name)) continue;
    const path = join(folder, name);
    const bytes = readFileSync(path);
    writeFileSync(`${path}.br`, brotliCompressSync(bytes));
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

if (import.meta.main) process.stdout.write(`${findWeb() ?? (await bundle())}\n`);
