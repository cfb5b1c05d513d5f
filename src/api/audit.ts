// /api/v1/audit: who did what, in pages, or all of it as CSV while it is read

import { Readable } from "node:stream";
import type { Database } from "../store/database.ts";
import { listAudit, type AuditItem, type AuditListRequest } from "../store/audit.ts";
import { auditAnswer, auditQuery } from "../wire/audit.ts";
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
    return {
      items: list.items.map(({ atMs, principal, address, ...item }) => ({
        ...item,
        at: toTime(atMs),
        principal: principal.name,
        address: toTextOrNull(address),
        detail: { ...item.detail },
      })),
      ...toPageEnd(list),
    };
  },
});

/** A page at a time, so that neither the database nor the memory holds all of it. */
async function* csvLines(db: Database, request: AuditListRequest): AsyncGenerator<string> {
  yield "id,at,principal,action,object kind,object,outcome,address,user agent,detail\r\n";
  let cursor: string | undefined;
  do {
    const list = await listAudit(db, { ...request, limit: maxLimit, cursor, total: false });
    yield list.items.map(toLine).join("");
    cursor = list.nextCursor;
  } while (cursor !== undefined);
}

function toLine(item: AuditItem): string {
  const { id, atMs, principal, action, objectKind, object, outcome, address, userAgent, detail } = item;
  const cells = [principal.name, action, objectKind, object, outcome, address, userAgent, JSON.stringify(detail)];
  return `${[String(id), toTime(atMs), ...cells.map(toCell)].join(",")}\r\n`;
}

/** RFC 4180. What a spreadsheet would take for a formula gets an apostrophe: names and user agents are chosen by others. */
function toCell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
