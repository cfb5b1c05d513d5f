// Making, changing and removing users and robots. Who may ask for it is the door's question; each change is one transaction with its
// row in the audit log, and works at once.

import { sql, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import { endIssued, findPrincipal, type Author } from "../store/access-changes.ts";
import type { Schema } from "../store/schema.ts";
import type { Caller } from "./caller.ts";
import { change, type AccessParts } from "./change.ts";
import { insertGrant, type NewGrant } from "./grants.ts";
import { parseGroupNames, parseMemberName } from "./names.ts";
import { insertToken, type NewToken } from "./tokens.ts";

export interface NewUser {
  readonly name: string;
  /** Of password.ts or an htpasswd file; "": signs in with tokens, or with a provider. */
  readonly passwordHash: string;
  readonly mustChange?: boolean;
  readonly groups?: readonly string[];
  /** Administrator of the registry. */
  readonly admin?: boolean;
}

export interface NewRobot {
  readonly name: string;
  /** 0: never. */
  readonly expiresMs: number;
  readonly grants: readonly Omit<NewGrant, "subject">[];
  readonly token: Omit<NewToken, "owner">;
}

/** Absent: stays as it is. */
export interface MemberChange {
  readonly disabled?: boolean;
  readonly groups?: readonly string[];
  /** 0: never. */
  readonly expiresMs?: number;
}

export interface Members {
  /** @throws REQUEST_INVALID, CONFLICT when the name is taken */
  addUser(user: NewUser, author: Author): Promise<void>;
  /** The very first user, an administrator. @throws CONFLICT when somebody was given rights already */
  addFirstUser(user: NewUser, author: Author): Promise<void>;
  /** With its first token. @throws REQUEST_INVALID, CONFLICT when the name is taken */
  addRobot(robot: NewRobot, author: Author): Promise<void>;
  /** @throws NOT_FOUND, REQUEST_INVALID */
  update(kind: "user" | "robot", name: string, change: MemberChange, author: Author): Promise<void>;
  /** Ends sessions and issued registry tokens. @throws NOT_FOUND */
  setPassword(name: string, password: { readonly hash: string; readonly mustChange: boolean }, author: Author): Promise<void>;
  /** The same password under a better hash, unless it was changed meanwhile. Ends nothing. */
  renewHash(id: number, old: string, hash: string): Promise<void>;
  /** Sessions and issued registry tokens end; tokens that were made to stay, stay. @throws NOT_FOUND */
  signOutEverywhere(name: string, author: Author): Promise<void>;
  /** With grants, tokens and sessions. The id is never used again. @throws NOT_FOUND */
  remove(kind: "user" | "robot", name: string, author: Author): Promise<void>;
  /**
   * The user that a provider vouches for, made at the first sign-in, with the groups that it has now.
   * `external`: issuer and subject. @throws CONFLICT when the name belongs to somebody else, DENIED when disabled
   */
  signInExternal(
    user: { readonly external: string; readonly name: string; readonly groups: readonly string[] },
    caller?: Caller,
  ): Promise<number>;
}

export function createMembers(parts: AccessParts): Members {
  const { now } = parts;
  const addUser = async (user: NewUser, author: Author, first: boolean): Promise<void> => {
    const { name, passwordHash, mustChange = false, groups = [], admin = false } = user;
    const values = { kind: "user", name: parseMemberName(name), password_hash: passwordHash } as const;
    const groupNames = parseGroupNames(groups);
    await change(parts, { nowMs: now(), author, closes: true }, async ({ tx, nowMs, wasOpen, audit }) => {
      if (first && !wasOpen) {
        throw new RegistryError("CONFLICT", { message: "this registry was set up already: sign in instead" });
      }
      const id = await insertPrincipal(tx, { ...values, must_change: mustChange ? 1 : 0 }, nowMs, author);
      await setGroups(tx, id, groupNames);
      await audit({ action: "user.create", objectKind: "user", object: name, detail: { admin, groups: groupNames } });
      if (admin) {
        const grant = { subject: { kind: "principal", name }, role: "admin", pattern: "*", overwrite: true } as const;
        await insertGrant(tx, grant, id, nowMs, author);
      }
    });
  };
  return {
    addUser: (user, author) => addUser(user, author, false),
    addFirstUser: (user, author) => addUser({ ...user, admin: true }, author, true),
    async addRobot({ name, expiresMs, grants, token }, author) {
      const values = { kind: "robot", name: parseMemberName(name), expires_ms: expiresMs } as const;
      await change(parts, { nowMs: now(), author, closes: true }, async ({ tx, nowMs, audit }) => {
        const id = await insertPrincipal(tx, values, nowMs, author);
        const given = grants.map(({ role, pattern }) => `${role} ${pattern}`);
        await audit({ action: "robot.create", objectKind: "robot", object: name, detail: { expiresMs, grants: given } });
        for (const grant of grants) await insertGrant(tx, { ...grant, subject: { kind: "principal", name } }, id, nowMs, author);
        await insertToken(tx, { ...token, owner: name }, id, nowMs, author);
      });
    },
    async update(kind, name, { disabled, groups, expiresMs }, author) {
      const groupNames = groups && parseGroupNames(groups);
      await change(parts, { nowMs: now(), author }, async ({ tx, nowMs, audit }) => {
        const { id, external } = await findPrincipal(tx, kind, name);
        if (groupNames !== undefined) {
          if (external !== "") throw invalid(`the groups of '${name}' come from the OpenID provider: change them there`);
          await setGroups(tx, id, groupNames);
        }
        const values = {
          ...(disabled !== undefined && { disabled_ms: disabled ? nowMs : 0 }),
          ...(expiresMs !== undefined && { expires_ms: expiresMs }),
        };
        if (Object.keys(values).length > 0) await tx.updateTable("principal").set(values).where("id", "=", id).execute();
        if (disabled === true) await endIssued(tx, id);
        const detail = {
          ...(disabled !== undefined && { disabled }),
          ...(groupNames && { groups: groupNames }),
          ...(expiresMs !== undefined && { expiresMs }),
        };
        await audit({ action: `${kind}.update`, objectKind: kind, object: name, detail });
      });
    },
    async setPassword(name, { hash, mustChange }, author) {
      await change(parts, { nowMs: now(), author }, async ({ tx, audit }) => {
        const { id, external } = await findPrincipal(tx, "user", name);
        if (external !== "") throw invalid(`'${name}' signs in with the OpenID provider and has no password here`);
        const values = { password_hash: hash, must_change: mustChange ? 1 : 0 };
        await tx.updateTable("principal").set(values).where("id", "=", id).execute();
        await endIssued(tx, id);
        await audit({ action: "user.password", objectKind: "user", object: name });
      });
    },
    async renewHash(id, old, hash) {
      await parts.db.transaction(async (tx) => {
        // What is remembered of the user holds the old hash, which is as true as the new one.
        await tx
          .updateTable("principal")
          .set({ password_hash: hash })
          .where("id", "=", id)
          .where("password_hash", "=", old)
          .execute();
      });
    },
    async signOutEverywhere(name, author) {
      await change(parts, { nowMs: now(), author }, async ({ tx, audit }) => {
        const { id, kind } = await findPrincipal(tx, undefined, name);
        await endIssued(tx, id);
        await audit({ action: "session.endAll", objectKind: kind, object: name });
      });
    },
    async remove(kind, name, author) {
      await change(parts, { nowMs: now(), author }, async ({ tx, nowMs, audit }) => {
        const { id } = await findPrincipal(tx, kind, name);
        await endIssued(tx, id);
        await tx
          .updateTable("token")
          .set({ revoked_ms: nowMs })
          .where("principal_id", "=", id)
          .where("revoked_ms", "=", 0)
          .execute();
        await tx.deleteFrom("access_grant").where("subject_kind", "=", "principal").where("principal_id", "=", id).execute();
        await tx.deleteFrom("principal_group").where("principal_id", "=", id).execute();
        await tx.updateTable("principal").set({ deleted_ms: nowMs, password_hash: "" }).where("id", "=", id).execute();
        await audit({ action: `${kind}.delete`, objectKind: kind, object: name });
      });
    },
    async signInExternal({ external, name, groups }, caller) {
      const groupNames = parseGroupNames(groups);
      const author = { principal: { id: 0, name: "anonymous" }, caller };
      return change(parts, { nowMs: now(), author, closes: true }, async ({ tx, nowMs, audit }) => {
        const known = await findExternal(tx, external);
        if (known !== undefined && known.disabled_ms !== 0) throw refuseDisabled(known.name);
        const id =
          known?.id ?? (await insertPrincipal(tx, { kind: "user", name: parseMemberName(name), external }, nowMs, author));
        if (known === undefined)
          await audit({ action: "user.create", objectKind: "user", object: name, detail: { provider: true } });
        await setGroups(tx, id, groupNames);
        return id;
      });
    },
  };
}

type NewPrincipal = { readonly kind: "user" | "robot"; readonly name: string } & Partial<
  Record<"password_hash" | "external", string> & Record<"must_change" | "expires_ms", number>
>;

/** @throws CONFLICT when the name is taken */
async function insertPrincipal(tx: Transaction<Schema>, row: NewPrincipal, nowMs: number, author: Author): Promise<number> {
  const taken = await tx
    .selectFrom("principal")
    .select("kind")
    .where("name", "=", row.name)
    .where("deleted_ms", "=", sql.lit(0))
    .executeTakeFirst();
  if (taken !== undefined) {
    throw new RegistryError("CONFLICT", { message: `there is a ${taken.kind} '${row.name}' already` });
  }
  const { id } = await tx
    .insertInto("principal")
    .values({ ...row, created_ms: nowMs, created_by: author.principal.name })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

async function setGroups(tx: Transaction<Schema>, id: number, groups: readonly string[]): Promise<void> {
  await tx.deleteFrom("principal_group").where("principal_id", "=", id).execute();
  if (groups.length === 0) return;
  const rows = groups.map((name) => ({ principal_id: id, name }));
  await tx.insertInto("principal_group").values(rows).execute();
}

function findExternal(
  tx: Transaction<Schema>,
  external: string,
): Promise<{ id: number; name: string; disabled_ms: number } | undefined> {
  return tx
    .selectFrom("principal")
    .select(["id", "name", "disabled_ms"])
    .where("external", "=", external)
    .where("external", "<>", sql.lit(""))
    .where("deleted_ms", "=", sql.lit(0))
    .executeTakeFirst();
}

function refuseDisabled(name: string): RegistryError {
  return new RegistryError("DENIED", { message: `'${name}' is disabled` });
}

function invalid(message: string): RegistryError {
  return new RegistryError("REQUEST_INVALID", { message });
}
