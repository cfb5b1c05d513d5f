// Kills a server again and again while many clients push, and checks after each start that nothing acknowledged is missing, nothing is
// mis-hashed, and whatever was under way is either there, or can be resumed, or is cleanly gone.

import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { startHythe } from "../peers/hythe.ts";
import { seededRandom } from "../seeded-random.ts";
import { BrokenPromise, Pusher } from "./pushes-client.ts";

export interface PushesOptions {
  readonly data: string;
  readonly database?: string | undefined;
  readonly kills: number;
  readonly pushers: number;
  readonly seed: number;
  readonly print?: (line: string) => void;
}

const maxLifeMs = 700;

/** @throws BrokenPromise */
export async function runPushes({
  data,
  database,
  kills,
  pushers,
  seed,
  print = () => undefined,
}: PushesOptions): Promise<{ images: number }> {
  const random = seededRandom(seed);
  const clients = Array.from({ length: pushers }, (_, number) => new Pusher(number, seededRandom(seed + 1 + number)));
  for (let kill = 1; kill <= kills; kill++) {
    const server = await startHythe({ data, database, settings: { HYTHE_LOG_LEVEL: "error" } });
    const gone = new AbortController();
    await Promise.all(clients.map((client) => client.verify(server.url)));
    const pushing = Promise.all(clients.map((client) => client.run(server.url, gone.signal)));
    await Promise.race([pushing, new Promise((resolve) => setTimeout(resolve, random() * maxLifeMs))]);
    gone.abort();
    await server.kill();
    await pushing;
    await verifyFiles(join(data, "content", "blobs"));
    print(`${kill} kills`);
  }
  const server = await startHythe({ data, database });
  await Promise.all(clients.map((client) => client.verify(server.url)));
  // However short the lives were: after all of them everybody can push.
  await Promise.all(clients.map((client) => client.push(server.url)));
  await Promise.all(clients.map((client) => client.verify(server.url)));
  await server.stop();
  return { images: clients.filter(({ acknowledged }) => acknowledged !== undefined).length };
}

/** Every file under its final name has exactly the bytes that its name says. */
export async function verifyFiles(blobs: string): Promise<number> {
  const files = readdirSync(blobs, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(blobs, name)).isFile());
  for (const name of files) {
    const [hex] = basename(name).split(".");
    const hash = createHash(name.startsWith("sha512") ? "sha512" : "sha256");
    await pipeline(createReadStream(join(blobs, name)), hash);
    const found = hash.digest("hex");
    if (found !== hex) throw new BrokenPromise(`${name} holds other bytes: ${found}, ${statSync(join(blobs, name)).size} bytes`);
  }
  return files.length;
}
