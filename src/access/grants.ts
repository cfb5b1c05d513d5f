// Giving and taking rights, and the rules that keep tags where they are.

import type { Selectable, Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import { findPrincipal, type Author } from "../store/access-changes.ts";
import { insertAudit } from "../store/audit.ts";
import type { AccessGrantTable } from "../store/schema-access.ts";
import type { Schema } from "../store/schema.ts";
import { change, type AccessParts } from "./change.ts";
import { parseGroupName } from "./names.ts";
import { parseRepositoryPattern, parseTagPattern } from "./pattern.ts";
import type { Role } from "./rights.ts";

/** Whom rights are given to: a user or robot, a group, or whoever comes, also without saying who they are. */
export type Subject =
  | { readonly kind: "principal"; readonly name: string }
  | { readonly kind: "group"; readonly name: string }
  | { readonly kind: "everyone" };

export interface NewGrant {
  readonly subject: Subject;
  readonly role: Role;
  readonly pattern: string;
  /** false, with role push: may create tags and not move those that exist. */
  readonly overwrite: boolean;
}

export interface Grants {
  /** Its id; giving what was given already changes `overwrite` at most. @throws NOT_FOUND, REQUEST_INVALID */
  add(grant: NewGrant, author: Author): Promise<number>;
  /** @throws NOT_FOUND */
  remove(id: number, author: Author): Promise<void>;
  /** Tags that match stay on their image for ever, until the rule goes. @throws REQUEST_INVALID */
  addRule(rule: { readonly repositoryPattern: string; readonly tagPattern: string }, author: Author): Promise<number>;
  /** @throws NOT_FOUND */
  removeRule(id: number, author: Author): Promise<void>;
}

/** Of one user, robot or group, or of everyone: all of them are looked at where a name is seen for the first time, and in every list. */
const maxGrants = 1000;

export function createGrants(parts: AccessParts): Grants {
  const { now } = parts;
  return {
    add: (grant, author) =>
      change(parts, { nowMs: now(), author, closes: true }, async ({ tx, nowMs }) => {
        const { subject } = grant;
        const owner = subject.kind === "principal" ? (await findPrincipal(tx, undefined, subject.name)).id : 0;
        return insertGrant(tx, grant, owner, nowMs, author);
      }),
    async remove(id, author) {
      await change(parts, { nowMs: now(), author }, async ({ tx, audit }) => {
        const found = await tx.deleteFrom("access_grant").where("id", "=", id).returningAll().executeTakeFirst();
        if (found === undefined) throw missing("grant", id);
        const { subject_kind: kind, group_name: group, principal_id: owner, role, pattern } = found;
        const named = await tx.selectFrom("principal").select("name").where("id", "=", owner).executeTakeFirst();
        const subject = kind === "everyone" ? kind : kind === "group" ? `group ${group}` : (named?.name ?? "");
        await audit({ action: "grant.remove", objectKind: "grant", object: subject, detail: { id, role, pattern } });
      });
    },
    addRule({ repositoryPattern, tagPattern }, author) {
      const values = {
        repository_pattern: parseRepositoryPattern(repositoryPattern),
        tag_pattern: parseTagPattern(tagPattern),
      };
      return change(parts, { nowMs: now(), author }, async ({ tx, nowMs, audit }) => {
        const { id } = await tx
          .insertInto("immutable_rule")
          .values({ ...values, created_ms: nowMs, created_by: author.principal.name })
          .onConflict((conflict) => conflict.columns(["repository_pattern", "tag_pattern"]).doUpdateSet(values))
          .returning("id")
          .executeTakeFirstOrThrow();
        const object = `${values.repository_pattern}:${values.tag_pattern}`;
        await audit({ action: "rule.add", objectKind: "rule", object, detail: { id } });
        return id;
      });
    },
    async removeRule(id, author) {
      await change(parts, { nowMs: now(), author }, async ({ tx, audit }) => {
        const found = await tx.deleteFrom("immutable_rule").where("id", "=", id).returningAll().executeTakeFirst();
        if (found === undefined) throw missing("rule", id);
        const object = `${found.repository_pattern}:${found.tag_pattern}`;
        await audit({ action: "rule.remove", objectKind: "rule", object, detail: { id } });
      });
    },
  };
}

/** Part of a change of access. `principalId`: of the subject, 0 when it is none. @throws REQUEST_INVALID */
export async function insertGrant(
  tx: Transaction<Schema>,
  { subject, role, pattern: text, overwrite }: NewGrant,
  principalId: number,
  nowMs: number,
  author: Author,
): Promise<number> {
  const pattern = parseRepositoryPattern(text);
  const group = subject.kind === "group" ? parseGroupName(subject.name) : "";
  await refuseTooMany(tx, { subject_kind: subject.kind, principal_id: principalId, group_name: group });
  const { id } = await tx
    .insertInto("access_grant")
    .values({
      subject_kind: subject.kind,
      principal_id: principalId,
      group_name: group,
      role,
      pattern,
      overwrite: overwrite ? 1 : 0,
      created_ms: nowMs,
      created_by: author.principal.name,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["subject_kind", "principal_id", "group_name", "role", "pattern"])
        .doUpdateSet({ overwrite: overwrite ? 1 : 0 }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  const object = subject.kind === "everyone" ? subject.kind : subject.kind === "group" ? `group ${group}` : subject.name;
  const detail = { id, role, pattern, ...(role === "push" && { overwrite }) };
  await insertAudit(tx, nowMs, { ...author, action: "grant.add", objectKind: "grant", object, detail });
  return id;
}

type SubjectColumns = Pick<Selectable<AccessGrantTable>, "subject_kind" | "principal_id" | "group_name">;

async function refuseTooMany(tx: Transaction<Schema>, { subject_kind, principal_id, group_name }: SubjectColumns): Promise<void> {
  const { n } = await tx
    .selectFrom("access_grant")
    .select((select) => select.fn.countAll<number>().as("n"))
    .where("subject_kind", "=", subject_kind)
    .where("principal_id", "=", principal_id)
    .where("group_name", "=", group_name)
    .executeTakeFirstOrThrow();
  if (n < maxGrants) return;
  throw new RegistryError("REQUEST_INVALID", {
    message: `there are ${maxGrants} grants to the same already: take some back first`,
  });
}

function missing(what: string, id: number): RegistryError {
  return new RegistryError("NOT_FOUND", { message: `there is no ${what} ${id}` });
}
