// Changing who may come in and what they may do. Every change raises the version in its own transaction, so that no process can go on
// with what it remembers, and adds its row to the audit log.

import { sql, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import { insertAudit, type AuditEvent } from "./audit.ts";
import type { Database } from "./database.ts";
import type { Schema } from "./schema.ts";

export interface AccessChange {
  readonly tx: Transaction<Schema>;
  readonly nowMs: number;
  /** Whether everybody could do everything until now. */
  readonly wasOpen: boolean;
  /** Adds a row to the audit log, by who makes the change. */
  audit(event: Omit<AuditEvent, "principal" | "caller">): Promise<void>;
}

/** Who makes a change, and from where. */
export type Author = Pick<AuditEvent, "principal" | "caller">;

export interface ChangeOptions {
  readonly nowMs: number;
  readonly author: Author;
  /** Afterwards the registry is not open to everybody. */
  readonly closes?: boolean;
}

/**
 * One transaction, alone among its kind: the version row is locked first. `work` may run several times.
 */
export function changeAccess<T>(db: Database, options: ChangeOptions, work: (change: AccessChange) => Promise<T>): Promise<T> {
  const { nowMs, author, closes = false } = options;
  return db.transaction(async (tx) => {
    const { closed_ms: closedMs } = await tx
      .updateTable("access_version")
      .set({ version: sql<number>`version + 1` })
      .returning("closed_ms")
      .executeTakeFirstOrThrow();
    const wasOpen = closedMs === 0;
    if (closes && wasOpen) await tx.updateTable("access_version").set({ closed_ms: nowMs }).execute();
    return work({ tx, nowMs, wasOpen, audit: (event) => insertAudit(tx, nowMs, { ...author, ...event }) });
  });
}

/** Of a user or robot that is there. @throws NOT_FOUND */
export async function findPrincipal(
  tx: Transaction<Schema>,
  kind: "user" | "robot" | undefined,
  name: string,
): Promise<{ readonly id: number; readonly kind: "user" | "robot"; readonly external: string }> {
  const found = await tx
    .selectFrom("principal")
    .select(["id", "kind", "external"])
    .where("name", "=", name)
    .where("deleted_ms", "=", sql.lit(0))
    .executeTakeFirst();
  if (found !== undefined && (kind === undefined || found.kind === kind)) return found;
  throw new RegistryError("NOT_FOUND", { message: `there is no ${kind ?? "user or robot"} '${name}'` });
}

/** What was issued before is void: registry tokens, refresh tokens, sessions. Tokens that were made to stay, stay. */
export async function endIssued(tx: Transaction<Schema>, principalId: number): Promise<void> {
  await tx
    .updateTable("principal")
    .set({ generation: sql<number>`generation + 1` })
    .where("id", "=", principalId)
    .execute();
  await tx.deleteFrom("session").where("principal_id", "=", principalId).execute();
}
