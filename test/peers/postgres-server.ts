// A real PostgreSQL for one test run, in a folder of its own, on a port of its own. PostgreSQL refuses to run as root, so a run as
// root gives the folder to the user that Debian's package made.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresFolder } from "./debian.ts";
import { freePort } from "./program.ts";

export interface PostgresServer {
  /** postgres://…/postgres, for making databases. */
  readonly url: string;
  stop(): Promise<void>;
}

function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function ready(child: ChildProcess): Promise<void> {
  let output = "";
  for await (const chunk of child.stderr!) {
    output += String(chunk);
    if (output.includes("ready to accept connections")) return;
  }
  throw new Error(`PostgreSQL did not start:\n${output}`);
}

/** Undefined where PostgreSQL is not installed. The caller stops it. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const bin = postgresFolder();
  if (bin === undefined) return undefined;
  const as = owner();
  const folder = mkdtempSync(join(tmpdir(), "hythe-postgres-"));
  if (as !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "hythe", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], {
    ...as,
    cwd: folder,
    stdio: "ignore",
  });
  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=200",
    "shared_buffers=128MB",
  ];
  const child = spawn(
    join(bin, "postgres"),
    ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    {
      ...as,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  await ready(child);
  child.stderr.resume();
  return {
    url: `postgres://hythe@127.0.0.1:${port}/postgres`,
    async stop() {
      child.kill("SIGINT");
      if (child.exitCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
