// Who did what to which object from where: rows are added and, after their time, removed; never changed.

import type { Transaction } from "kysely";
import type { Schema } from "./schema.ts";

export interface AuditEvent {
  readonly principal: { readonly id: number; readonly name: string };
  /** noun.verb: user.create, tag.push, session.refuse */
  readonly action: string;
  readonly objectKind:
    | "user"
    | "robot"
    | "token"
    | "grant"
    | "rule"
    | "session"
    | "repository"
    | "tag"
    | "manifest"
    | "blob"
    | "registry";
  /** team/app:v1, ann, … */
  readonly object: string;
  /** Default done. */
  readonly outcome?: "done" | "refused";
  /** Absent: at the console of the machine. */
  readonly caller?: { readonly address: string; readonly userAgent: string } | undefined;
  /** Never a secret. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

const maxText = 500;

/** Part of the caller's transaction: what was done is recorded exactly if it was done. */
export async function insertAudit(tx: Transaction<Schema>, nowMs: number, ...events: readonly AuditEvent[]): Promise<void> {
  await tx
    .insertInto("audit_event")
    .values(
      events.map(({ principal, action, objectKind, object, outcome = "done", caller, detail = {} }) => ({
        at_ms: nowMs,
        principal_id: principal.id,
        principal: principal.name,
        action,
        object_kind: objectKind,
        object: object.slice(0, maxText),
        outcome,
        address: caller?.address ?? "",
        user_agent: (caller?.userAgent ?? "").slice(0, maxText),
        detail: JSON.stringify(detail),
      })),
    )
    .execute();
}
