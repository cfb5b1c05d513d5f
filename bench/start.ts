// From the start of the process to the first answer, with 100,000 tags in the store.

import { join } from "node:path";
import { startPostgres } from "../test/peers/postgres-server.ts";
import { compareTo, interleave, type Bench, type BenchContext, type Row } from "./bench.ts";
import { manifestPaths, type FleetSize } from "./fleet.ts";
import { writeForHythe } from "./fleet-rows.ts";
import { startOurs } from "./servers.ts";

const limitSeconds = 1;

export const start: Bench = {
  name: "start",
  sentence: "start with 100,000 tags to the first manifest answered, seconds",
  async run(context) {
    const size: FleetSize = { repositories: context.quick ? 50 : 1000, tagsPerRepository: 100 };
    const postgres = await startPostgres();
    try {
      const rows = [await measure(context, "SQLite", undefined, size)];
      if (postgres !== undefined) rows.push(await measure(context, "PostgreSQL", postgres.url, size));
      return rows;
    } finally {
      await postgres?.stop();
    }
  },
};

async function measure(context: BenchContext, engine: string, database: string | undefined, size: FleetSize): Promise<Row> {
  const data = join(context.folder, `start-${engine}`);
  await writeForHythe(data, database, size);
  const path = manifestPaths(size)[0]!;
  const once = async (): Promise<number> => {
    const began = performance.now();
    const server = await startOurs(context, "start", size, { data, database });
    const answer = await fetch(server.url + path);
    await answer.arrayBuffer();
    const seconds = (performance.now() - began) / 1000;
    await server.stop();
    if (answer.status !== 200) throw new Error(`the first answer was ${answer.status}`);
    return seconds;
  };
  await once();
  const { ours = Number.NaN } = await interleave({ ...context, rounds: context.rounds * 2 }, "s", { ours: once });
  return compareTo(`start to first answer, 100,000 tags (${engine})`, "s", ours, ["limit", limitSeconds], { atMost: 1 });
}
