// Other registries to measure against, each with an empty folder and a port of its own. Neither syncs what it stores to disk.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findGoTool } from "./go-tools.ts";
import { findProgram, freePort, startServer, type PeerServer } from "./program.ts";

export interface PeerRegistry extends PeerServer {
  /** Root of its storage (`docker/registry/v2/…`). */
  readonly storage: string;
}

export interface PeerOptions {
  /** `auth` of its configuration, as JSON; absent: everybody may do everything. */
  readonly auth?: object;
}

/** Configuration that both understand: files on disk, descriptors cached in memory, nothing logged. */
const configuration = (storage: string, port: number, { auth }: PeerOptions): string => `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage:
  cache: { blobdescriptor: inmemory }
  filesystem: { rootdirectory: ${storage} }
  delete: { enabled: true }
http: { addr: "127.0.0.1:${port}" }
${auth === undefined ? "" : `auth: ${JSON.stringify(auth)}`}
`;

async function start(program: string, options: PeerOptions): Promise<PeerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "hythe-peer-"));
  const storage = join(folder, "storage");
  const port = await freePort();
  mkdirSync(storage);
  writeFileSync(join(folder, "config.yml"), configuration(storage, port, options));
  const server = await startServer([program, "serve", join(folder, "config.yml")], `http://127.0.0.1:${port}`, {
    path: "/v2/",
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  return { ...server, storage };
}

/** docker-registry 2.8 of Debian; undefined where it is not installed. The caller stops it. */
export async function startDockerRegistry(options: PeerOptions = {}): Promise<PeerRegistry | undefined> {
  const program = findProgram("docker-registry");
  return program === undefined ? undefined : start(program, options);
}

/** distribution 3; undefined where it was not built. The caller stops it. */
export async function startDistribution(options: PeerOptions = {}): Promise<PeerRegistry | undefined> {
  const program = findGoTool("registry");
  return program === undefined ? undefined : start(program, options);
}
