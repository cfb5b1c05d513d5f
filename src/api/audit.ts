// /api/v1/audit: who did what, in pages, or all of it as CSV while it is read

import { Readable } from "node:stream";
import type { Database } from "../store/database.ts";
import { listAudit, type AuditItem as AuditRow, type AuditListRequest } from "../store/audit.ts";
import { auditCsvHeader, toAuditCsvLine } from "../wire/audit-csv.ts";
import { auditAnswer, auditQuery, type AuditItem } from "../wire/audit.ts";
import { maxLimit } from "../wire/page.ts";
import { defineRoute, TextAnswer } from "./route.ts";
import { toPageEnd, toTextOrNull, toTime } from "./show.ts";

const csvType = "text/csv; charset=utf-8; header=present";

export const audit = defineRoute({
  path: "/api/v1/audit",
  access: "admin",
  summary: "Who did what to which object from where, the latest first",
  query: auditQuery,
  answer: auditAnswer,
  alsoText: "text/csv",
  async handle({ db }, { query: { format, from, to, ...query }, header }) {
    const request = {
      ...query,
      ...(from !== undefined && { fromMs: Date.parse(from) }),
      ...(to !== undefined && { toMs: Date.parse(to) }),
    };
    if (format === "csv") {
      header("content-disposition", 'attachment; filename="hythe-audit.csv"');
      return new TextAnswer(csvType, Readable.from(csvLines(db, request)));
    }
    const list = await listAudit(db, request);
    return { items: list.items.map(toItem), ...toPageEnd(list) };
  },
});

/** A page at a time, so that neither the database nor the memory holds all of it. */
async function* csvLines(db: Database, request: AuditListRequest): AsyncGenerator<string> {
  yield auditCsvHeader;
  let cursor: string | undefined;
  do {
    const list = await listAudit(db, { ...request, limit: maxLimit, cursor, total: false });
    yield list.items.map((row) => toAuditCsvLine(toItem(row))).join("");
    cursor = list.nextCursor;
  } while (cursor !== undefined);
}

function toItem({ atMs, principal, address, ...item }: AuditRow): AuditItem {
  return {
    ...item,
    at: toTime(atMs),
    principal: principal.name,
    address: toTextOrNull(address),
    detail: { ...item.detail },
  };
}
