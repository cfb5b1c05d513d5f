// hythe audit: who did what to which object from where.

import { Option, type Command } from "commander";
import { auditCsvHeader, toAuditCsvLine } from "../wire/audit-csv.ts";
import { auditAnswer, type AuditAnswer, type AuditItem } from "../wire/audit.ts";
import { maxLimit } from "../wire/page.ts";
import { addAdministrationFlags, administer, type AdministrationFlags } from "./administration.ts";
import type { Environment } from "./environment.ts";
import { showCount } from "./human.ts";
import { addPageFlags, printListing, type ListFlags } from "./listing.ts";
import { parseMoment } from "./moments.ts";
import type { Query, Server } from "./server.ts";
import { createStatusLine } from "./status-line.ts";
import type { Column } from "./table.ts";

const examples = `
Examples:
  hythe audit                                        the latest
  hythe audit --who ann --from 7d
  hythe audit --action tag.push --repository team/app
  hythe audit --outcome refused --from 24h           what was tried and refused
  hythe audit --from 2026-11-01 --to 2026-12-01 --csv > november.csv
  hythe audit --all --json | jq -r '.items[] | select(.action == "grant.add") | .principal'

Actions are user, robot, token, grant, rule, session, manifest, tag, blob and access, with what was done: user.create,
token.revoke, tag.delete, session.refuse. Pulls are not here: \`hythe pulls\` counts them, pulls.log lists them.`;

const path = "/api/v1/audit";

interface Filters {
  readonly who?: string;
  readonly action?: string;
  readonly object?: string;
  readonly repository?: string;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
}
type AuditFlags = ListFlags & AdministrationFlags & Filters & { readonly csv?: true };

export function addAuditVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("audit")
    .summary("who did what, when and from where")
    .description("Lists what was done and what was refused, the latest first.")
    .option("--who <name>", "by this user or robot")
    .option("--action <action>", "only this, such as tag.push")
    .option("--repository <name>", "in this repository")
    .option("--object <name>", "to this, such as a user")
    .addOption(new Option("--outcome <outcome>", "done or refused").choices(["done", "refused"]))
    .option("--from <time>", "a day, a moment, or how long ago: 2026-11-17, 2026-11-17T09:30Z, 36h, 7d")
    .option("--to <time>", "the same")
    .addOption(new Option("--csv", "everything that the filters let through, as CSV").conflicts(["json", "limit", "all"]))
    .addHelpText("after", examples);
  addAdministrationFlags(addPageFlags(verb), "the answer of /api/v1, with the details").action((flags: AuditFlags) =>
    printAudit(environment, flags),
  );
}

async function printAudit(environment: Environment, flags: AuditFlags): Promise<void> {
  const query = toQuery(flags, environment.now());
  await administer(environment, flags, async (server) => {
    if (flags.csv === true) return printCsv(environment, server, query);
    const listing = {
      path,
      query,
      answer: auditAnswer,
      columns,
      noun: "entries",
      nameless: true,
      empty: "nothing of this kind was recorded",
    } as const;
    return printListing(environment, server, listing, flags);
  });
}

/** A page at a time, as fast as it is read. */
async function printCsv({ stderr, stdout }: Environment, server: Server, query: Query): Promise<void> {
  // Beside the lines themselves it would only be in the way.
  const show = stderr.isTerminal && !stdout.isTerminal ? createStatusLine(stderr) : undefined;
  let [cursor, total]: [string | undefined, number | undefined] = [undefined, undefined];
  let printed = 0;
  try {
    do {
      const counting = show !== undefined && cursor === undefined ? true : undefined;
      const page: AuditAnswer = await server.get(path, { ...query, limit: maxLimit, cursor, total: counting }, auditAnswer);
      // Not before something has come: a head without a line would be an empty log.
      const head = cursor === undefined ? auditCsvHeader : "";
      await stdout.write(head + page.items.map(toAuditCsvLine).join(""));
      total ??= page.total;
      printed += page.items.length;
      show?.(`${showCount(printed)} of ${showCount(total)} entries`);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  } finally {
    show?.("");
  }
}

function toQuery({ action, from, object, outcome, repository, to, who }: Filters, nowMs: number): Query {
  const toIso = (flag: string, text: string | undefined): string | undefined =>
    text === undefined ? undefined : new Date(parseMoment(flag, text, nowMs)).toISOString();
  const times = { from: toIso("--from", from), to: toIso("--to", to) };
  return { principal: who, action, object, outcome, repository, ...times };
}

const columns: Column<AuditItem>[] = [
  { header: "TIME (UTC)", cell: ({ at }) => at.slice(0, 19).replace("T", " ") },
  { header: "WHO", cell: ({ principal }) => principal },
  { header: "ACTION", cell: ({ action }) => action },
  { header: "OBJECT", cell: ({ object }) => object },
  { header: "OUTCOME", cell: ({ outcome }) => outcome },
  { header: "FROM", cell: ({ address }) => address ?? "console" },
  { header: "DETAIL", cell: ({ detail }) => showDetail(detail), optional: true },
];

function showDetail(detail: AuditItem["detail"]): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
