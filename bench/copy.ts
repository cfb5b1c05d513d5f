// `hythe copy` of a large image between two registries of a peer, against skopeo and crane, as a user runs them: from the start of the
// process to its end. Each copy meets a new target, because every one of them leaves out what is there already.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ociManifest } from "../src/oci/media-types.ts";
import { image, noise, raw, type Image } from "../test/image.ts";
import { findGoTool } from "../test/peers/go-tools.ts";
import { hytheNode } from "../test/peers/hythe.ts";
import { findProgram } from "../test/peers/program.ts";
import { startDistribution, startDockerRegistry, type PeerRegistry } from "../test/peers/registries.ts";
import { pushBlob, putManifest } from "../test/push.ts";
import { compareTo, interleave, type Bench, type BenchContext, type Row } from "./bench.ts";
import { residentMiB } from "./process-usage.ts";
import { median } from "./statistics.ts";
import { withServers } from "./servers.ts";

const layers = 20;
const megabyte = 1_000_000;
const name = "bench/copy:v1";
const root = join(import.meta.dirname, "..");

type Command = (from: string, to: string) => readonly [program: string, ...args: string[]];

export const copy: Bench = {
  name: "copy",
  sentence: `copy of an image of ${layers} layers and 400 MB from one registry to another, process start included, seconds`,
  run: (context) =>
    withServers(async (keep) => {
      const source = keep(await startPeer());
      if (source === undefined) {
        context.print("  neither distribution nor docker-registry is installed here: left out");
        return [];
      }
      await fill(source.url, context.quick ? megabyte : 20 * megabyte);
      const most: Record<string, number[]> = {};
      const measured = Object.fromEntries(
        Object.entries(commands(context)).map(([program, command]) => [
          program,
          async () => {
            const { mostMiB, seconds } = await copyOnce(context, source, command);
            (most[program] ??= []).push(mostMiB);
            return seconds;
          },
        ]),
      );
      for (const warmUp of Object.values(measured)) await warmUp();
      const { ours = Number.NaN, ...others } = await interleave(context, "s", measured);
      return Object.entries(others).flatMap(([peer, seconds]): Row[] => [
        compareTo("copy of 400 MB", "s", ours, [peer, seconds], { atMost: 1 }),
        compareTo("most resident memory", "MiB", median(most["ours"]!), [peer, median(most[peer]!)]),
      ]);
    }),
};

function commands({ print, profile }: BenchContext): Readonly<Record<string, Command>> {
  const [skopeo, crane] = [findProgram("skopeo"), findGoTool("crane")];
  if (skopeo === undefined) print("  skopeo is not installed here: left out");
  if (crane === undefined) print("  crane is not built here: left out");
  const node = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${join(profile, "copy")}`];
  return {
    ours: (from, to) => [hytheNode(), ...node, join(root, "bin/hythe.js"), "copy", from, to],
    ...(skopeo !== undefined && {
      skopeo: (from: string, to: string) => {
        const flags = ["--all", "--src-tls-verify=false", "--dest-tls-verify=false"];
        return [skopeo, "--insecure-policy", "copy", ...flags, `docker://${from}`, `docker://${to}`] as const;
      },
    }),
    ...(crane !== undefined && { crane: (from: string, to: string) => [crane, "copy", "--insecure", from, to] as const }),
  };
}

async function startPeer(): Promise<PeerRegistry | undefined> {
  return (await startDistribution()) ?? (await startDockerRegistry());
}

/** Layers of bytes that do not compress. */
async function fill(url: string, layerBytes: number): Promise<void> {
  const type = "application/vnd.oci.image.layer.v1.tar";
  const contents = Array.from({ length: layers }, (_, at) => raw(type, noise(`layer ${at}`, layerBytes)));
  const base: Image = image({ layers: [] });
  const descriptors = contents.map(({ bytes, digest, mediaType }) => ({ mediaType, digest, size: bytes.length }));
  const manifest = { ...(JSON.parse(String(base.bytes)) as object), layers: descriptors };
  for (const content of [...contents, ...base.blobs]) await pushBlob(url, "bench/copy", content);
  await putManifest(url, "bench/copy", "v1", raw(base.mediaType, Buffer.from(JSON.stringify(manifest))));
}

async function copyOnce(
  { folder }: BenchContext,
  source: PeerRegistry,
  command: Command,
): Promise<{ seconds: number; mostMiB: number }> {
  const target = (await startPeer())!;
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  try {
    const [program, ...args] = command(`${new URL(source.url).host}/${name}`, `${new URL(target.url).host}/${name}`);
    const began = performance.now();
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, HOME: home, NODE_ENV: "production" },
    });
    let said = "";
    child.stderr.on("data", (chunk) => (said = (said + String(chunk)).slice(-2000)));
    let mostMiB = 0;
    const watch = setInterval(() => (mostMiB = Math.max(mostMiB, mostOf(child.pid!))), 20);
    const [code] = (await once(child, "close")) as [number | null];
    clearInterval(watch);
    const seconds = (performance.now() - began) / 1000;
    if (code !== 0) throw new Error(`${program} ended with ${code}:\n${said}`);
    const arrived = await fetch(`${target.url}/v2/bench/copy/manifests/v1`, { headers: { accept: ociManifest } });
    await arrived.body?.cancel();
    if (arrived.status !== 200) throw new Error(`${program} copied nothing`);
    return { seconds, mostMiB };
  } finally {
    await target.stop();
  }
}

/** 0 when it has just ended. */
function mostOf(pid: number): number {
  try {
    return residentMiB(pid, true) || 0;
  } catch {
    return 0; // even its folder in /proc is gone
  }
}
