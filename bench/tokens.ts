// What access costs a pull: the same closed server, asked by nobody in particular for what everybody may pull, and by somebody with a
// registry token for each repository or with Basic. The peer of each figure is ourselves.

import { join } from "node:path";
import { createGrants } from "../src/access/grants.ts";
import { createMembers } from "../src/access/members.ts";
import { createSecret } from "../src/access/secret.ts";
import { openDatabase } from "../src/store/database.ts";
import { compareTo, interleave, type Bench, type BenchContext } from "./bench.ts";
import { manifestPaths, type FleetSize } from "./fleet.ts";
import { writeForHythe } from "./fleet-rows.ts";
import { startOurs, withServers } from "./servers.ts";
import { runWrk } from "./wrk.ts";

const connections = 32;
const name = "ci";

export const tokens: Bench = {
  name: "tokens",
  sentence: "manifest GET by tag with a registry token and with Basic against anonymous pulls, 32 connections, requests/s",
  run: (context) =>
    withServers(async (keep) => {
      // Small enough that the requests, each with a token in it, do not fill the caches that the load generator shares with the server.
      const size: FleetSize = { repositories: context.quick ? 20 : 100, tagsPerRepository: 20 };
      const data = join(context.folder, "tokens");
      await writeForHythe(data, undefined, size);
      const basic = await close(data);
      const { url } = keep(await startOurs(context, "tokens", size, { data }));
      const paths = manifestPaths(size);
      const load = async (authorization: readonly string[] | undefined): Promise<number> =>
        (await runWrk({ url, paths, authorization, connections, seconds: context.seconds, folder: context.folder }))
          .requestsPerSecond;
      // A token lives five minutes, so each round has its own.
      const candidates = {
        anonymous: () => load(undefined),
        token: async () => load(await tokensFor(context, url, paths, basic)),
        Basic: () => load(paths.map(() => basic)),
      };
      for (const warmUp of Object.values(candidates)) await warmUp();
      const throughput = await interleave(context, "requests/s", candidates);
      const peer = ["anonymous", throughput["anonymous"]!] as const;
      return [
        compareTo("pull with a registry token", "requests/s", throughput["token"]!, peer, { atLeast: 0.85 }),
        compareTo("pull with Basic", "requests/s", throughput["Basic"]!, peer),
      ];
    }),
};

/** Everybody may pull, and a robot may by a right of its own. Returns its Authorization. */
async function close(data: string): Promise<string> {
  const db = await openDatabase({ folder: data });
  try {
    const author = { principal: { id: -1, name: "bench" } };
    const parts = { db, now: Date.now, directory: { changed: () => undefined } };
    const { text, hash } = createSecret();
    await createMembers(parts).addRobot(
      {
        name,
        expiresMs: 0,
        grants: [{ role: "pull", pattern: "team-*", overwrite: true }],
        token: { name: "bench", secretHash: hash, role: "", expiresMs: 0 },
      },
      author,
    );
    await createGrants(parts).add({ subject: { kind: "everyone" }, role: "pull", pattern: "*", overwrite: true }, author);
    return `Basic ${Buffer.from(`${name}:${text}`).toString("base64")}`;
  } finally {
    await db.close();
  }
}

/** `Bearer …` for each path, one token a repository, as clients hold them. */
async function tokensFor(context: BenchContext, url: string, paths: readonly string[], basic: string): Promise<string[]> {
  const byRepository = new Map<string, string>();
  for (const path of paths) {
    const repository = path.slice("/v2/".length, path.indexOf("/manifests/"));
    if (byRepository.has(repository)) continue;
    const response = await fetch(`${url}/v2/token?service=bench&scope=repository:${repository}:pull`, {
      headers: { authorization: basic },
    });
    if (!response.ok) throw new Error(`no token for ${repository}: ${response.status} ${await response.text()}`);
    byRepository.set(repository, `Bearer ${((await response.json()) as { token: string }).token}`);
  }
  context.print(`  ${byRepository.size} registry tokens`);
  return paths.map((path) => byRepository.get(path.slice("/v2/".length, path.indexOf("/manifests/")))!);
}
