// Browsers that are signed in. A session is a random secret in a cookie; the database knows its hash. What would surprise: the CSRF
// token is derived from the secret, so a page that is loaded again can be told it, and nothing more has to be stored.

import { createHmac, randomBytes } from "node:crypto";
import type { Database } from "../store/database.ts";
import type { Directory, Member } from "./directory.ts";
import { hashSecret, isSameSecret } from "./secret.ts";

const idleMs = 12 * 3_600_000;
const longestMs = 7 * 24 * 3_600_000;
/** When it was last used is written down that exactly. */
const usedStepMs = 60_000;
/** Of one user; with one more the one that was used longest ago ends. */
const maxPerMember = 50;
const secretForm = /^[A-Za-z0-9_-]{43}$/;

export interface Session {
  readonly member: Member;
  /** What a page shows with every request that changes something. */
  readonly csrf: string;
  /** At the latest; sooner when it is not used for twelve hours. */
  readonly expiresMs: number;
}

export interface NewSession extends Session {
  /** Of its cookie. */
  readonly secret: string;
  readonly maxAgeSeconds: number;
}

export interface Sessions {
  /** Always a new secret, whatever the browser came with. */
  begin(member: Member): Promise<NewSession>;
  /** Undefined: there is none, it has expired, or its user may not come in any more. */
  find(secret: string): Promise<Session | undefined>;
  end(secret: string): Promise<void>;
  /** Removes those that have expired. */
  sweep(): Promise<void>;
}

export interface SessionsOptions {
  readonly db: Database;
  readonly directory: Pick<Directory, "member">;
  readonly now: () => number;
}

export function createSessions({ db, directory, now }: SessionsOptions): Sessions {
  const findRow = db.prepare<{ hash: string }, SessionRow>((query, param) =>
    query
      .selectFrom("session")
      .select(["principal_id", "generation", "expires_ms", "last_used_ms"])
      .where("secret_hash", "=", param("hash")),
  );

  async function begin(member: Member): Promise<NewSession> {
    const secret = randomBytes(32).toString("base64url");
    const nowMs = now();
    const principalId = member.principal.id;
    await db.transaction(async (tx) => {
      const others = tx
        .selectFrom("session")
        .select("secret_hash")
        .where("principal_id", "=", principalId)
        .orderBy("last_used_ms", "desc")
        .orderBy("secret_hash")
        .offset(maxPerMember - 1)
        .limit(maxPerMember);
      await tx.deleteFrom("session").where("secret_hash", "in", others).execute();
      await tx
        .insertInto("session")
        .values({
          secret_hash: hashSecret(secret),
          principal_id: principalId,
          generation: member.generation,
          created_ms: nowMs,
          expires_ms: nowMs + longestMs,
          last_used_ms: nowMs,
        })
        .execute();
    });
    return { member, secret, csrf: csrfOf(secret), expiresMs: nowMs + longestMs, maxAgeSeconds: longestMs / 1000 };
  }

  async function find(secret: string): Promise<Session | undefined> {
    if (!secretForm.test(secret)) return undefined;
    const hash = hashSecret(secret);
    const [row] = await findRow({ hash });
    const nowMs = now();
    if (row === undefined || hasExpired(row, nowMs)) return undefined;
    const member = await directory.member(row.principal_id);
    if (member === undefined || member.barred !== undefined || member.generation !== row.generation) return undefined;
    if (nowMs - row.last_used_ms >= usedStepMs) await noteUsed(hash, nowMs);
    return { member, csrf: csrfOf(secret), expiresMs: row.expires_ms };
  }

  async function noteUsed(hash: string, nowMs: number): Promise<void> {
    const used = { last_used_ms: nowMs };
    const write = db.transaction((tx) => tx.updateTable("session").set(used).where("secret_hash", "=", hash).execute(), {
      durable: false,
    });
    // Reading goes on while the database cannot be written; the next request tries again.
    await write.catch(() => undefined);
  }

  return {
    begin,
    find,
    async end(secret) {
      const hash = hashSecret(secret);
      await db.transaction((tx) => tx.deleteFrom("session").where("secret_hash", "=", hash).execute());
    },
    async sweep() {
      const nowMs = now();
      await db.transaction((tx) =>
        tx
          .deleteFrom("session")
          .where((either) => either.or([either("expires_ms", "<=", nowMs), either("last_used_ms", "<=", nowMs - idleMs)]))
          .execute(),
      );
    },
  };
}

interface SessionRow {
  readonly principal_id: number;
  readonly generation: number;
  readonly expires_ms: number;
  readonly last_used_ms: number;
}

function hasExpired({ expires_ms, last_used_ms }: SessionRow, nowMs: number): boolean {
  return expires_ms <= nowMs || last_used_ms + idleMs <= nowMs;
}

/** Whether `text` is the CSRF token of the session; in the same time for every wrong one. */
export function isCsrfOf({ csrf }: Pick<Session, "csrf">, text: string): boolean {
  return isSameSecret(csrf, text);
}

function csrfOf(secret: string): string {
  return createHmac("sha256", secret).update("hythe csrf").digest("base64url");
}
