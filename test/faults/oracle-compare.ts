// Compares what the clients know with what /api/v1 says, number by number.

import { getJson, listAll } from "../api.ts";
import {
  expectedOfChild,
  expectedOfManifest,
  expectedOfRepository,
  expectedOfTag,
  type ExpectedCounts,
  type Target,
} from "./oracle-ledger.ts";

export interface Difference {
  /** Answered pulls and checks that are missing, and counted ones that nobody sent. */
  lost: number;
  doubled: number;
  /** A line for each number that is wrong. */
  readonly wrong: string[];
}

interface Pulls {
  readonly count: number;
  readonly checks: number;
}
interface ManifestPulls extends Pulls {
  readonly byTag: number;
  readonly direct: number;
  readonly asChild: number;
}

/** Compares every repository, tag, manifest and child of `clients`; the server must have replayed its journal. */
export async function compare(url: string, clients: readonly (readonly Target[])[]): Promise<Difference> {
  const difference: Difference = { lost: 0, doubled: 0, wrong: [] };
  const check = (what: string, expected: ExpectedCounts, found: Pulls | undefined): void => {
    for (const [name, range, value] of [
      ["pulls", expected.pulls, found?.count ?? Number.NaN],
      ["checks", expected.checks, found?.checks ?? Number.NaN],
    ] as const) {
      if (value >= range.least && value <= range.most) continue;
      if (value < range.least) difference.lost += range.least - value;
      if (value > range.most) difference.doubled += value - range.most;
      difference.wrong.push(`${what}: ${name} ${value}, expected ${range.least} to ${range.most}`);
    }
  };
  const repositories = await listAll<{ name: string; pulls: Pulls }>(url, "/api/v1/repositories?");
  const whole = await getJson<{ total: Pulls; buckets: readonly { pulls: number }[] }>(
    `${url}/api/v1/pulls?interval=month&from=2000-01-01`,
  );
  const sum = repositories.reduce((total, { pulls }) => total + pulls.count, 0);
  if (whole.total.count !== sum || whole.buckets.reduce((total, { pulls }) => total + pulls, 0) !== sum)
    difference.wrong.push(`the registry: ${whole.total.count} pulls, its repositories together ${sum}`);
  for (const targets of clients) {
    const repository = targets[0]!.repository;
    const query = `repository=${encodeURIComponent(repository)}`;
    check(repository, expectedOfRepository(targets), repositories.find(({ name }) => name === repository)?.pulls);
    const tags = await listAll<{ name: string; pulls: Pulls }>(url, `/api/v1/tags?${query}&`);
    for (const target of targets) {
      const name = `${repository}:${target.tag}`;
      check(name, expectedOfTag(target), tags.find((tag) => tag.name === target.tag)?.pulls);
      const manifest = await manifestPulls(url, target.image.digest, query);
      check(`${name} (manifest)`, expectedOfManifest(target), manifest);
      const way = target.act === "digest" ? manifest.direct : manifest.byTag;
      const oneWay = target.act === "tag" || target.act === "index" || target.act === "digest";
      if (oneWay && way !== manifest.count)
        difference.wrong.push(`${name} (manifest): counted by another way: ${JSON.stringify(manifest)}`);
      for (const [i, child] of target.image.children.entries()) {
        const pulls = await manifestPulls(url, child.digest, query);
        check(`${name} (child ${i})`, expectedOfChild(target, i), pulls);
        if (pulls.asChild !== pulls.count)
          difference.wrong.push(`${name} (child ${i}): not all as child: ${JSON.stringify(pulls)}`);
      }
    }
  }
  return difference;
}

async function manifestPulls(url: string, digest: string, query: string): Promise<ManifestPulls> {
  return (await getJson<{ pulls: ManifestPulls }>(`${url}/api/v1/manifests/${digest}?${query}`)).pulls;
}
