// Fifty people at once on /api/v1/repositories and /api/v1/tags over 100,000 tags: many repositories and one huge one, our own and those of
// another registry, when a question is asked for the first time and when it was asked before. The limit is an answer of the same size that
// is only sent.

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { compareTo, type Bench, type BenchContext, type Row } from "./bench.ts";
import type { FleetSize } from "./fleet.ts";
import { writeForHythe, writePulls } from "./fleet-rows.ts";
import { ownRepositories, ownTags, ownTagsOfOne, otherRepositories, otherTags, otherTagsOfOne } from "./load-questions.ts";
import { startOurs, withServers } from "./servers.ts";
import { runUsers, UsersResult, type UsersOptions } from "./users.ts";

const users = 50;
/** A user leafs through so many. */
const pages = 3;
const percents = [50, 95, 99];

export const load: Bench = {
  name: "load",
  sentence: `${users} users on /api/v1/repositories and /api/v1/tags over 100,000 tags, own and of another registry, milliseconds`,
  run: (context) =>
    withServers(async (keep) => {
      const many: FleetSize = { repositories: context.quick ? 200 : 1000, tagsPerRepository: context.quick ? 20 : 100 };
      const one: FleetSize = { repositories: 1, tagsPerRepository: 100_000 };
      const start = async (name: string, size: FleetSize): Promise<string> => {
        const data = join(context.folder, name);
        await writeForHythe(data, undefined, size);
        await writePulls(data);
        return keep(await startOurs(context, name, size, { data })).url;
      };
      const [manyUrl, oneUrl] = [await start("load-many", many), await start("load-one", one)];
      const settings = { HYTHE_REGISTRIES_MANY_URL: manyUrl, HYTHE_REGISTRIES_ONE_URL: oneUrl };
      const between = keep(await startOurs(context, "load-between", many, { data: join(context.folder, "empty"), settings })).url;
      const limit = keep(await startStatic());
      const groups = [
        { name: "own repositories", url: manyUrl, paths: ownRepositories() },
        { name: "own tags", url: manyUrl, paths: ownTags(many) },
        { name: "own tags of one repository", url: oneUrl, paths: ownTagsOfOne() },
        { name: "another's repositories", url: between, paths: otherRepositories("many") },
        { name: "another's tags", url: between, paths: otherTags("many", many) },
        { name: "another's tags of one repository", url: between, paths: otherTagsOfOne("one") },
      ];
      const rows: Row[] = [];
      for (const group of groups) rows.push(...(await measure(context, group, limit.url)));
      return rows;
    }),
};

interface Group {
  readonly name: string;
  readonly url: string;
  /** First pages, each a question of its own. */
  readonly paths: readonly string[];
}

async function measure(context: BenchContext, { name, url, paths }: Group, limitUrl: string): Promise<Row[]> {
  const ask = (into: UsersResult, more: Partial<UsersOptions> = {}): Promise<void> =>
    runUsers({ url, paths, users, pages, ...more }, into);
  const [first, again, bare] = [new UsersResult(), new UsersResult(), new UsersResult()];
  await ask(first);
  const bytes = first.meanBytes;
  for (let round = 0; round < context.rounds; round++) {
    await ask(bare, { url: limitUrl, paths: [`/${bytes}`], pages: 1, seconds: context.seconds });
    await ask(again, { seconds: context.seconds });
  }
  const rows: Row[] = [];
  for (const [when, result] of [
    ["first time", first],
    ["again", again],
  ] as const) {
    const { path, ms } = result.slowest;
    context.print(`  ${name}, ${when}: ${result.latencies.length} answers; the slowest took ${ms.toFixed(0)} ms: ${path}`);
    for (const percent of percents) {
      const peer = [`${(bytes / 1024).toFixed(1)} KiB only sent`, bare.percentile(percent)] as const;
      rows.push(compareTo(`p${percent} of ${name}, ${when}`, "ms", result.percentile(percent), peer));
    }
  }
  return rows;
}

async function startStatic(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = fork(new URL("./static-answer.ts", import.meta.url));
  const [port] = (await once(child, "message")) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
