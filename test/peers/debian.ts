// The Debian packages that tests and benchmarks use. Where one is missing it is installed (as root, on Debian), else the suites that
// need it are skipped and say so.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { findProgram } from "./program.ts";

interface Package {
  /** What it brings; PostgreSQL keeps its programs off the path. */
  readonly present: () => boolean;
  readonly version: readonly [program: string, ...args: string[]];
  readonly usedBy: string;
}

const packages = {
  postgresql: {
    present: () => postgresFolder() !== undefined,
    version: ["psql", "--version"],
    usedBy: "every suite 'on PostgreSQL'",
  },
  skopeo: {
    present: () => findProgram("skopeo") !== undefined,
    version: ["skopeo", "--version"],
    usedBy: "skopeo in test/journeys",
  },
  "nginx-light": { present: () => findProgram("nginx") !== undefined, version: ["nginx", "-v"], usedBy: "bench" },
  "docker-registry": {
    present: () => findProgram("docker-registry") !== undefined,
    version: ["docker-registry", "--version"],
    usedBy: "the client and the UI over docker-registry in test/journeys",
  },
  chromium: {
    present: () => findProgram("chromium") !== undefined,
    version: ["chromium", "--version"],
    usedBy: "the journeys through the UI in test/journeys/ui-*",
  },
  "firefox-esr": {
    present: () => findProgram("firefox-esr") !== undefined,
    version: ["firefox-esr", "--version"],
    usedBy: "the UI in another browser in test/journeys/ui-firefox",
  },
  zsh: { present: () => findProgram("zsh") !== undefined, version: ["zsh", "--version"], usedBy: "completion in zsh" },
  fish: { present: () => findProgram("fish") !== undefined, version: ["fish", "--version"], usedBy: "completion in fish" },
  wrk: { present: () => findProgram("wrk") !== undefined, version: ["wrk", "-v"], usedBy: "bench" },
} as const satisfies Record<string, Package>;

export type DebianPackage = keyof typeof packages;

/** The folder of the newest PostgreSQL server here. */
export function postgresFolder(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => `${root}/${version}/bin`).find((folder) => existsSync(`${folder}/initdb`));
}

/** Installs what is missing of `names`, without starting any of their services. Returns why something stays missing, a line each. */
export function installPackages(names: readonly DebianPackage[], print: (line: string) => void): string[] {
  const missing = names.filter((name) => !packages[name].present());
  if (missing.length === 0) return [];
  const reason = whyNotInstallable() ?? install(missing, print);
  return missing
    .filter((name) => !packages[name].present())
    .map(
      (name) =>
        `${packages[name].usedBy}: ${name} is not installed (${reason ?? "apt-get installed it, but its program is not there"})`,
    );
}

/** One line each: package and what its program says of itself. */
export function packageVersions(names: readonly DebianPackage[]): string[] {
  return names.map((name) => {
    if (!packages[name].present()) return `${name}: not installed`;
    const [program, ...args] = packages[name].version;
    const { stdout, stderr } = spawnSync(findProgram(program) ?? program, args, { encoding: "utf8" });
    return `${name}: ${`${stdout}${stderr}`.trim().split("\n")[0]}`;
  });
}

function whyNotInstallable(): string | undefined {
  if (process.platform !== "linux" || findProgram("apt-get") === undefined) return "this is not Debian";
  return process.getuid?.() === 0 ? undefined : "only root can install packages";
}

function install(missing: readonly DebianPackage[], print: (line: string) => void): string | undefined {
  print(`installing with apt-get: ${missing.join(" ")}`);
  // Debian asks this file whether a new service may start; 101 says no: a test run must not take port 5000 or 80.
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const aptGet = (...args: string[]): void => {
    execFileSync("apt-get", ["-qq", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  };
  try {
    aptGet("update");
    aptGet("install", "--yes", "--no-install-recommends", ...missing);
    return undefined;
  } catch (error) {
    return `apt-get failed: ${error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error)}`;
  } finally {
    if (ours) rmSync(policy);
  }
}
