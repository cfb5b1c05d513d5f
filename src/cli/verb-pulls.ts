// hythe pulls [REPO[:TAG|@DIGEST]]: how often something is pulled, by which ways, and when; of all repositories, what is pulled most.

import { Option, type Command } from "commander";
import type { z } from "zod";
import { formatReference } from "../oci/reference.ts";
import { manifestAnswer } from "../wire/manifests.ts";
import { intervals, pullsAnswer, type Interval, type PullsAnswer } from "../wire/pulls.ts";
import { topAnswer, type TopAnswer } from "../wire/pulls-top.ts";
import type { Environment } from "./environment.ts";
import { showAgo, showCount, showDigest } from "./human.ts";
import { noteMoment } from "./moment-notes.ts";
import { parseMoment } from "./moments.ts";
import { repositoryNames, suggestNames, tagNames } from "./near-names.ts";
import { lastChecked, lastPulled } from "./pull-cells.ts";
import { formatHistory } from "./pull-history.ts";
import { addTlsFlags } from "./registry-flags.ts";
import { addServerFlags, serverOf, type ServerFlags } from "./server-flags.ts";
import type { Query, Server } from "./server.ts";
import { Table } from "./table.ts";
import { parseTarget, splitHost, type Target } from "./target.ts";

const examples = `
Examples:
  hythe pulls                               of all repositories, and the tags that are pulled most
  hythe pulls team/app                      of a repository: every pulled image once
  hythe pulls team/app:v1                   by this tag, wherever it stood
  hythe pulls 127.0.0.1:5000/team/app:v1    the same, named as for copying
  hythe pulls team/app@sha256:4b0e...       of an image, by each way: tag, digest, child of an index
  hythe pulls team/app --from 12h           the last twelve hours, by hour
  hythe pulls team/app --from 2026-01-01 --to 2026-07-01 --interval month
  hythe pulls team/app:v1 --json            exact numbers and times, for a script

A pull is a GET of a manifest. A check is a HEAD, or a GET answered "not modified": a client that
asked whether there is something new, and had no need to pull. Times are UTC.`;

interface PullsFlags extends ServerFlags {
  readonly from?: string;
  readonly to?: string;
  readonly interval?: Interval;
}

export function addPullsVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("pulls")
    .argument("[what]", "a repository, a tag (team/app:v1) or a digest (team/app@sha256:...); HOST/ in front names its server")
    .summary("show how often something is pulled, and when")
    .description("Shows the pulls of a repository, a tag, an image or the whole registry: all of them, and those over time.")
    .option("--from <time>", "a day, a moment, or how long ago: 2026-11-17, 2026-11-17T09:30Z, 36h, 7d, 1y (default: 30d)")
    .option("--to <time>", "the same (default: now)")
    .addOption(new Option("--interval <interval>", "hour, day or month; by default what fits the time").choices(intervals))
    .addHelpText("after", examples);
  addTlsFlags(addServerFlags(verb)).action((what: string | undefined, flags: PullsFlags) =>
    what === undefined ? printAll(environment, flags) : printPulls(environment, what, flags),
  );
}

async function printPulls(environment: Environment, what: string, flags: PullsFlags): Promise<void> {
  const { stdout, stderr } = environment;
  // Named as for copying: what stands in front is the server, unless --server names one.
  const named = flags.server === undefined ? splitHost(what) : undefined;
  const isThere = named !== undefined && named.rest !== "";
  const server = serverOf(environment, isThere ? { ...flags, server: named.address } : flags);
  const target = parseTarget(isThere ? named.rest : what);
  const { answer, manifest } = await ask(server, target, toRange(flags, environment.now()));
  if (flags.json === true) {
    const total = manifest?.pulls ?? answer.total;
    await stdout.write(`${JSON.stringify({ ...answer, total }, undefined, 2)}\n`);
    return;
  }
  await stdout.write(formatTotals(showTarget(target), answer, manifest, environment.now()));
  const history = formatHistory(answer, stdout.isTerminal ? stdout.columns : undefined);
  if (history !== "") await stdout.write(`\n${history}`);
  await noteMoment(stderr, answer);
}

/** Of all that is told of a manifest: servers of other versions tell more or less. */
const manifestPulls = manifestAnswer.pick({ pulls: true });
type CountedManifest = z.infer<typeof manifestPulls>;

async function printAll(environment: Environment, flags: PullsFlags): Promise<void> {
  const { stdout, stderr } = environment;
  const nowMs = environment.now();
  const server = serverOf(environment, flags);
  const range = toRange(flags, nowMs);
  const { from, to } = range;
  const answer = await server.get("/api/v1/pulls", range, pullsAnswer);
  const top = await server.get("/api/v1/pulls/top", { kind: "tag", from: from ?? answer.from, to }, topAnswer);
  if (flags.json === true) {
    await stdout.write(`${JSON.stringify({ ...answer, top: top.items }, undefined, 2)}\n`);
    return;
  }
  await stdout.write(formatTotals("all repositories", answer, undefined, nowMs));
  const history = formatHistory(answer, stdout.isTerminal ? stdout.columns : undefined);
  if (history !== "") await stdout.write(`\n${history}`);
  if (top.items.length > 0) await stdout.write(`\n${formatTop(top)}`);
  await noteMoment(stderr, answer);
}

function formatTop({ items }: TopAnswer): string {
  return new Table<TopAnswer["items"][number]>(
    [
      { header: "MOST PULLED", cell: ({ repository, tag }) => `${repository}:${tag}` },
      { header: "PULLS", cell: ({ pulls }) => showCount(pulls), align: "right" },
    ],
    Number.POSITIVE_INFINITY,
  ).format(items);
}

interface Asked {
  readonly answer: PullsAnswer;
  /** Of a digest: only a manifest knows the ways it was pulled by. */
  readonly manifest: CountedManifest | undefined;
}

async function ask(server: Server, { repository, tag, digest }: Target, range: Query): Promise<Asked> {
  try {
    const [answer, manifest] = await Promise.all([
      server.get("/api/v1/pulls", { repository, tag, digest, ...range }, pullsAnswer),
      digest === undefined ? undefined : server.get(`/api/v1/manifests/${digest}`, { repository }, manifestPulls),
    ]);
    return { answer, manifest };
  } catch (error) {
    const suggested = await suggestNames(error, server, repositoryNames, repository);
    throw tag === undefined ? suggested : await suggestNames(suggested, server, tagNames(repository), tag);
  }
}

const dayMs = 86_400_000;

/** Without --interval: hours for three days, days for two years, months for what is longer. */
function toRange({ from, to, interval }: PullsFlags, nowMs: number): Query {
  const fromMs = from === undefined ? undefined : parseMoment("--from", from, nowMs);
  const toMs = to === undefined ? undefined : parseMoment("--to", to, nowMs);
  const days = fromMs === undefined ? 30 : ((toMs ?? nowMs) - fromMs) / dayMs;
  const fitting: Interval = days <= 3 ? "hour" : days <= 731 ? "day" : "month";
  return { from: toIso(fromMs), to: toIso(toMs), interval: interval ?? fitting };
}

function toIso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

interface Row {
  readonly what: string;
  readonly count: number | null;
  readonly last: string;
}

function formatTotals(header: string, { total }: PullsAnswer, manifest: CountedManifest | undefined, nowMs: number): string {
  const rows: Row[] = [{ what: "pulls", count: total.count, last: lastPulled(total, nowMs) }];
  if (manifest !== undefined) {
    const { byTag, direct, asChild, lastTag, lastTagAt } = manifest.pulls;
    const lastByTag = lastTag === null ? "" : `${showAgo(lastTagAt, nowMs)}, as ${lastTag}`;
    rows.push({ what: "  by tag", count: byTag, last: lastByTag });
    rows.push({ what: "  by digest", count: direct, last: "" });
    rows.push({ what: "  as child", count: asChild, last: "" });
  }
  rows.push({ what: "checks", count: total.checks, last: lastChecked(total, nowMs) });
  const columns = [
    { header, cell: ({ what }: Row) => what },
    { header: "COUNT", cell: ({ count }: Row) => showCount(count), align: "right" as const },
    { header: "LAST", cell: ({ last }: Row) => last },
  ];
  return new Table(columns, Number.POSITIVE_INFINITY).format(rows);
}

function showTarget({ repository, tag, digest }: Target): string {
  if (digest !== undefined) return `${repository}@${showDigest(digest)}`;
  return tag === undefined ? repository : formatReference({ repository, tag });
}
