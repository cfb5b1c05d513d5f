// The audit log as CSV (RFC 4180), the same from the server and from the command line.

import type { AuditItem } from "./audit.ts";

export const auditCsvHeader = "id,at,principal,action,object kind,object,outcome,address,user agent,detail\r\n";

export function toAuditCsvLine(item: AuditItem): string {
  const { id, at, principal, action, objectKind, object, outcome, address, userAgent, detail } = item;
  const cells = [principal, action, objectKind, object, outcome, address ?? "", userAgent, JSON.stringify(detail)];
  return `${[String(id), at, ...cells.map(toCell)].join(",")}\r\n`;
}

/** What a spreadsheet would take for a formula gets an apostrophe: names and user agents are chosen by others. */
function toCell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
