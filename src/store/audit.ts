// Who did what to which object from where: rows are added and, after their time, removed; never changed. In the order of their times,
// which is that of their ids as long as no clock is set back.

import { sql, type RawBuilder, type SqlBool, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import { KeysetPage, pageByColumns, type Content, type List, type ListRequest } from "./list-page.ts";
import { countContent } from "./list-repositories.ts";
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
  /** team/app:v1, team/app@sha256:…, ann, … */
  readonly object: string;
  /** Default done. */
  readonly outcome?: "done" | "refused";
  /** Absent: at the console of the machine. */
  readonly caller?: { readonly address: string; readonly userAgent: string } | undefined;
  /** Never a secret. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

const maxText = 500;
const inRepository: ReadonlySet<AuditEvent["objectKind"]> = new Set(["repository", "tag", "manifest", "blob"]);

/** Part of the caller's transaction: what was done is recorded exactly if it was done. */
export async function insertAudit(tx: Transaction<Schema>, nowMs: number, ...events: readonly AuditEvent[]): Promise<void> {
  await insertTimedAudit(
    tx,
    events.map((event) => ({ event, atMs: nowMs })),
  );
}

/** Events that wait for their transaction keep the time at which they happened. */
export interface TimedAuditEvent {
  readonly event: AuditEvent;
  readonly atMs: number;
}

export async function insertTimedAudit(tx: Transaction<Schema>, events: readonly TimedAuditEvent[]): Promise<void> {
  const rows = events.map(({ event, atMs }) => {
    const { principal, action, objectKind, outcome = "done", caller, detail = {} } = event;
    const object = plain(event.object);
    return {
      at_ms: atMs,
      principal_id: principal.id,
      principal: plain(principal.name),
      action,
      object_kind: objectKind,
      object,
      repository: inRepository.has(objectKind) ? object.split(/[:@]/, 1)[0]! : "",
      outcome,
      address: plain(caller?.address ?? ""),
      user_agent: plain(caller?.userAgent ?? ""),
      detail: JSON.stringify(detail),
    };
  });
  await tx.insertInto("audit_event").values(rows).execute();
}

/** Names that somebody tried may hold anything; PostgreSQL takes no NUL, and terminals obey control characters. */
function plain(text: string): string {
  return text
    .slice(0, maxText)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "\u{fffd}");
}

export interface AuditItem {
  readonly id: number;
  readonly atMs: number;
  readonly principal: { readonly id: number; readonly name: string };
  readonly action: string;
  readonly objectKind: string;
  readonly object: string;
  readonly outcome: "done" | "refused";
  /** "": at the console of the machine. */
  readonly address: string;
  readonly userAgent: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditListRequest extends Pick<ListRequest<"at">, "limit" | "cursor" | "total"> {
  /** Default true: the latest first. */
  readonly descending?: boolean;
  /** By name, also one that is deleted. */
  readonly principal?: string | undefined;
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  /** It, and everything in it. */
  readonly repository?: string | undefined;
  readonly outcome?: "done" | "refused" | undefined;
  readonly fromMs?: number | undefined;
  /** Exclusive. */
  readonly toMs?: number | undefined;
}

/** One page. Every filter has an index in the order of time. @throws PAGE_INVALID */
export async function listAudit(db: Database, request: AuditListRequest): Promise<List<AuditItem>> {
  const { descending = true } = request;
  const page = new KeysetPage({ ...request, sort: "at", descending }, ["number", "number"]);
  const content: Content = { table: "audit_event", repositoryId: undefined, where: filter(request) };
  return db.snapshot(async (tx) => {
    const found = await tx
      .selectFrom(pageByColumns(content, ["at_ms", "id"], page).as("page"))
      .innerJoin("audit_event", "audit_event.id", "page.id")
      .select(["page.key0", "page.key1", "page.key2"])
      .selectAll("audit_event")
      .execute();
    const answer = page.answer(found, (row) => ({
      id: row.id,
      atMs: row.at_ms,
      principal: { id: row.principal_id, name: row.principal },
      action: row.action,
      objectKind: row.object_kind,
      object: row.object,
      outcome: row.outcome,
      address: row.address,
      userAgent: row.user_agent,
      detail: JSON.parse(row.detail) as Record<string, unknown>,
    }));
    return { ...answer, total: request.total === true ? await countContent(tx, content) : undefined };
  });
}

function filter({ principal, action, object, repository, outcome, fromMs, toMs }: AuditListRequest): RawBuilder<SqlBool> {
  const tests: RawBuilder<unknown>[] = [sql`1 = 1`];
  for (const [column, value] of Object.entries({ principal, action, object, repository })) {
    if (value !== undefined) tests.push(sql`${sql.ref(`content.${column}`)} = ${plain(value)}`);
  }
  // Written out, so that SQLite sees that the index of refused ones will do.
  if (outcome !== undefined) tests.push(sql`content.outcome = ${sql.lit(outcome)}`);
  if (fromMs !== undefined) tests.push(sql`content.at_ms >= ${fromMs}`);
  if (toMs !== undefined) tests.push(sql`content.at_ms < ${toMs}`);
  return sql<SqlBool>`${sql.join(tests, sql` and `)}`;
}

/** Removes at most `limit` of the oldest rows from before `beforeMs`; how many it were. */
export async function deleteAudit(db: Database, beforeMs: number, limit: number): Promise<number> {
  return db.transaction(async (tx) => {
    const old = tx.selectFrom("audit_event").select("id").where("at_ms", "<", beforeMs).orderBy("at_ms").limit(limit);
    const { numDeletedRows } = await tx.deleteFrom("audit_event").where("id", "in", old).executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}
