// Real clients and a real registry that Debian does not carry, built from Go modules into a cache folder. Needs a Go toolchain; the
// first build takes half a minute (crane) to two minutes (registry, helm), later calls take none.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./program.ts";

const sources = {
  crane: ["github.com/google/go-containerregistry", "v0.22.1", "cmd/crane"],
  regctl: ["github.com/regclient/regclient", "v0.11.7", "cmd/regctl"],
  oras: ["oras.land/oras", "v1.2.3", "cmd/oras"],
  helm: ["helm.sh/helm/v3", "v3.22.0", "cmd/helm"],
  registry: ["github.com/distribution/distribution/v3", "v3.1.2", "cmd/registry"],
} as const;

export type GoTool = keyof typeof sources;

const cache = process.env["HYTHE_PEERS"] ?? join(homedir(), ".cache", "hythe-peers");

const program = (tool: GoTool): string => join(cache, "bin", tool);

/** Path of a tool that was built before. */
export function findGoTool(tool: GoTool): string | undefined {
  return existsSync(program(tool)) ? program(tool) : undefined;
}

export function goToolVersion(tool: GoTool): string {
  return `${tool} ${sources[tool][1]}`;
}

/** Builds what is missing of `tools`. Returns why something stays missing, a line each. */
export function buildGoTools(tools: readonly GoTool[], usedBy: string, print: (line: string) => void): string[] {
  return tools.flatMap((tool) => {
    const reason = findGoTool(tool) === undefined ? build(tool, print) : undefined;
    return reason === undefined ? [] : [`${usedBy} with ${tool}: ${reason}`];
  });
}

function build(tool: GoTool, print: (line: string) => void): string | undefined {
  const go = findProgram("go");
  if (go === undefined) return "there is no Go toolchain here";
  const [module, version, folder] = sources[tool];
  print(`building ${tool} ${version}`);
  const cwd = join(cache, "modules", tool);
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, "go.mod"), `module peer\n\ngo 1.26\n\nrequire ${module} ${version}\n`);
  try {
    execFileSync(go, ["build", "-o", program(tool), `${module}/${folder}`], {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      env: { ...process.env, GOFLAGS: "-mod=mod", CGO_ENABLED: "0" },
    });
    return undefined;
  } catch (error) {
    return `building it failed: ${error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error)}`;
  }
}
