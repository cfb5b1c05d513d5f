// Load by wrk, one thread of it, as it shares two cores with the server: random choices among fixed requests, every answer checked by
// its status.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "../test/peers/program.ts";

export interface WrkOptions {
  readonly url: string;
  readonly paths: readonly string[];
  /** Of each path; absent: asked by nobody in particular. */
  readonly authorization?: readonly string[] | undefined;
  readonly connections: number;
  readonly seconds: number;
  /** For the script. */
  readonly folder: string;
}

export interface WrkResult {
  readonly requestsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const script = (pathsFile: string): string => `
local requests = {}
function init()
  math.randomseed(os.time())
  wrk.headers["Accept"] = "application/vnd.oci.image.manifest.v1+json"
  for line in io.lines("${pathsFile}") do
    local path, authorization = line:match("^(%S+)%s*(.*)$")
    wrk.headers["Authorization"] = authorization ~= "" and authorization or nil
    requests[#requests + 1] = wrk.format("GET", path)
  end
end
function request() return requests[math.random(#requests)] end
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration, summary.bytes, failed,
    latency:percentile(50), latency:percentile(99)))
end
`;

/** Throws when wrk is not installed or any request failed. */
export async function runWrk({ url, paths, authorization, connections, seconds, folder }: WrkOptions): Promise<WrkResult> {
  const wrk = findProgram("wrk");
  if (wrk === undefined) throw new Error("wrk is not installed");
  const pathsFile = join(folder, "wrk-paths");
  const scriptFile = join(folder, "wrk.lua");
  writeFileSync(pathsFile, paths.map((path, i) => `${path} ${authorization?.[i] ?? ""}\n`).join(""));
  writeFileSync(scriptFile, script(pathsFile));
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "60s", "-s", scriptFile, url];
  const { stdout } = await promisify(execFile)(wrk, args);
  const result = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout);
  if (result === null) throw new Error(`wrk said nothing useful:\n${stdout}`);
  const [requests, microseconds, bytes, failed, p50, p99] = result.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (failed > 0 || requests === 0) throw new Error(`${failed} of ${requests} requests to ${url} failed:\n${stdout}`);
  const elapsed = microseconds / 1e6;
  return { requestsPerSecond: requests / elapsed, bytesPerSecond: bytes / elapsed, p50: p50 / 1000, p99: p99 / 1000 };
}
