// Tokens that were made to stay: a robot's only way in, and what a user gives to a machine instead of a password. Only the hash of the
// secret comes here; whoever made it shows it once.

import type { Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import { findPrincipal, type Author } from "../store/access-changes.ts";
import { insertAudit } from "../store/audit.ts";
import type { Schema } from "../store/schema.ts";
import { change, type AccessParts } from "./change.ts";
import type { Role } from "./rights.ts";

export interface NewToken {
  /** Name of the user or robot that it stands for. */
  readonly owner: string;
  /** What it is for. */
  readonly name: string;
  readonly secretHash: string;
  /** What it is good for at most; "": all that its owner may. */
  readonly role: Role | "";
  /** 0: never. */
  readonly expiresMs: number;
}

export interface Tokens {
  /** Its id. @throws NOT_FOUND, REQUEST_INVALID */
  add(token: NewToken, author: Author): Promise<number>;
  /** `owner`: only if it is theirs. @throws NOT_FOUND */
  revoke(id: number, owner: string | undefined, author: Author): Promise<void>;
  /** All that a robot or user had are void, in the same instant in which the new one works. @throws NOT_FOUND */
  rotate(token: NewToken, author: Author): Promise<number>;
}

const maxNameLength = 100;
const maxTokens = 100;

export function createTokens(parts: AccessParts): Tokens {
  const { now } = parts;
  return {
    add: (token, author) =>
      change(parts, { nowMs: now(), author }, async ({ tx, nowMs }) => {
        const { id: principalId } = await findPrincipal(tx, undefined, token.owner);
        const { n } = await tx
          .selectFrom("token")
          .select((select) => select.fn.countAll<number>().as("n"))
          .where("principal_id", "=", principalId)
          .where("revoked_ms", "=", 0)
          .executeTakeFirstOrThrow();
        if (n >= maxTokens) {
          throw new RegistryError("REQUEST_INVALID", {
            message: `'${token.owner}' has ${maxTokens} tokens already: revoke some first`,
          });
        }
        return insertToken(tx, token, principalId, nowMs, author);
      }),
    async revoke(id, owner, author) {
      await change(parts, { nowMs: now(), author }, async ({ tx, nowMs, audit }) => {
        const found = await tx
          .selectFrom("token")
          .innerJoin("principal", "principal.id", "token.principal_id")
          .select(["token.name", "principal.name as owner"])
          .where("token.id", "=", id)
          .where("revoked_ms", "=", 0)
          .executeTakeFirst();
        if (found === undefined || (owner !== undefined && found.owner !== owner)) {
          throw new RegistryError("NOT_FOUND", { message: `there is no token ${id}` });
        }
        await tx.updateTable("token").set({ revoked_ms: nowMs }).where("id", "=", id).execute();
        await audit({ action: "token.revoke", objectKind: "token", object: found.owner, detail: { id, name: found.name } });
      });
    },
    rotate: (token, author) =>
      change(parts, { nowMs: now(), author }, async ({ tx, nowMs, audit }) => {
        const { id: principalId } = await findPrincipal(tx, undefined, token.owner);
        const { numUpdatedRows } = await tx
          .updateTable("token")
          .set({ revoked_ms: nowMs })
          .where("principal_id", "=", principalId)
          .where("revoked_ms", "=", 0)
          .executeTakeFirst();
        const detail = { revoked: Number(numUpdatedRows) };
        await audit({ action: "token.rotate", objectKind: "token", object: token.owner, detail });
        return insertToken(tx, token, principalId, nowMs, author);
      }),
  };
}

/** Part of a change of access. @throws REQUEST_INVALID */
export async function insertToken(
  tx: Transaction<Schema>,
  { owner, name, secretHash, role, expiresMs }: NewToken,
  principalId: number,
  nowMs: number,
  author: Author,
): Promise<number> {
  if (name.length > maxNameLength || /\p{C}/u.test(name)) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `a token is named with at most ${maxNameLength} printable characters`,
    });
  }
  if (expiresMs !== 0 && expiresMs <= nowMs) {
    throw new RegistryError("REQUEST_INVALID", { message: "a token cannot expire in the past" });
  }
  const { id } = await tx
    .insertInto("token")
    .values({
      principal_id: principalId,
      name,
      secret_hash: secretHash,
      role,
      created_ms: nowMs,
      created_by: author.principal.name,
      expires_ms: expiresMs,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await insertAudit(tx, nowMs, { ...author, action: "token.create", objectKind: "token", object: owner, detail: { id, name } });
  return id;
}
