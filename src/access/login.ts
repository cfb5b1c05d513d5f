// A name with a password or a token becomes somebody we know. What would surprise: what was verified is remembered for a minute, because
// a client that sends Basic does so with every request and a password costs 50 ms; a new generation (changed password, disabled) ends that.

import { createHmac, randomBytes } from "node:crypto";
import { RegistryError } from "../oci/errors.ts";
import type { Attempts } from "./attempts.ts";
import type { Caller } from "./caller.ts";
import type { Directory, Member } from "./directory.ts";
import { hashPassword, needsRehash, nobodysHash, verifyPassword } from "./password.ts";
import type { Principal } from "./principal.ts";
import { hashSecret, isSecret } from "./secret.ts";

export interface SignedIn {
  readonly member: Member;
  /** `member.principal`, with the limits of the token if it was one. */
  readonly principal: Principal;
  /** What they came with, if it was a token. */
  readonly token?: { readonly id: number; readonly hash: string };
}

export interface Login {
  /**
   * A user by password or token, a robot by token. Wrong names, wrong secrets and members who may not come in now are refused alike.
   * @throws UNAUTHORIZED, TOOMANYREQUESTS with Retry-After
   */
  logIn(name: string, secret: string, caller: Caller): Promise<SignedIn>;
  /** A user by password alone: a session has no limits, so a token cannot begin one. @throws as logIn */
  byPassword(name: string, password: string, caller: Caller): Promise<SignedIn>;
}

export interface LoginOptions {
  readonly directory: Pick<Directory, "memberByName" | "token" | "used">;
  readonly attempts: Attempts;
  readonly now: () => number;
  /** Stores a hash of our own for a password that was right, unless it was changed meanwhile. Its failure fails no login. */
  readonly rehash?: (member: Member, passwordHash: string) => Promise<void>;
  /** Told of wrong passwords and tokens; `member`: whose name it was, if anybody's. Never the text that was given for a name: it may be the password. */
  readonly refused?: (member: Member | undefined, caller: Caller) => void;
}

const rememberMs = 60_000;
const maxRemembered = 10_000;
const maxNameLength = 128;

interface Verified {
  readonly memberId: number;
  readonly generation: number;
  readonly until: number;
}

export function createLogin({ directory, attempts, now, rehash, refused }: LoginOptions): Login {
  const verified = new Map<string, Verified>();
  const flights = new Map<string, Promise<Member>>();
  const key = randomBytes(32);

  function refuse(member: Member | undefined, caller: Caller): never {
    refused?.(member, caller);
    throw new RegistryError("UNAUTHORIZED", { message: "wrong name, password or token" });
  }

  async function byToken(name: string, secret: string, caller: Caller): Promise<SignedIn> {
    const hash = hashSecret(secret);
    const found = await directory.token(hash);
    if (found === undefined || found.member.principal.name !== name || found.member.barred !== undefined) {
      // One that is void, or mistyped: whose it was to be is known by the name.
      return refuse(found?.member ?? (await directory.memberByName(name)), caller);
    }
    directory.used(found.member, found.id);
    return { member: found.member, principal: found.principal, token: { id: found.id, hash } };
  }

  async function verify(name: string, password: string, caller: Caller): Promise<Member> {
    const attempt = attempts.begin(name, caller.address);
    const member = await directory.memberByName(name);
    const stored = member === undefined || member.passwordHash === "" ? nobodysHash : member.passwordHash;
    const isRight = await verifyPassword(password, stored).catch((error: unknown) => {
      // Too many wait: whoever comes again because of that has made no mistake.
      attempt.withdrawn();
      throw error;
    });
    if (!isRight || member === undefined || member.barred !== undefined || member.principal.kind !== "user") {
      return refuse(member, caller);
    }
    attempt.succeeded();
    if (rehash !== undefined && needsRehash(stored)) await storeAnew(member, password, rehash);
    return member;
  }

  function remember(id: string, member: Member): void {
    verified.delete(id);
    verified.set(id, { memberId: member.principal.id, generation: member.generation, until: now() + rememberMs });
    if (verified.size > maxRemembered) verified.delete(verified.keys().next().value!);
  }

  /** Still who they were when the password was verified. */
  async function recall(id: string, name: string): Promise<Member | undefined> {
    const entry = verified.get(id);
    if (entry === undefined || entry.until <= now()) return undefined;
    const member = await directory.memberByName(name);
    const isSame = member?.principal.id === entry.memberId && member.generation === entry.generation;
    return isSame && member.barred === undefined ? member : undefined;
  }

  async function byPassword(name: string, password: string, caller: Caller): Promise<SignedIn> {
    // Longer names there are none, and what is counted by name must not fill the memory.
    if (isSecret(password) || name.length > maxNameLength) return refuse(undefined, caller);
    const id = createHmac("sha256", key).update(`${name.length} ${name}${password}`).digest("base64");
    let member = await recall(id, name);
    if (member === undefined) {
      // Clients send several requests at once: the first one pays, and only it is counted.
      let flight = flights.get(id);
      if (flight === undefined) {
        flight = verify(name, password, caller).finally(() => flights.delete(id));
        flights.set(id, flight);
      }
      remember(id, await flight);
      // Looked up again, because meanwhile they may have been disabled.
      member = (await recall(id, name)) ?? refuse(undefined, caller);
    }
    directory.used(member);
    return { member, principal: member.principal };
  }

  return {
    logIn: (name, secret, caller) => (isSecret(secret) ? byToken : byPassword)(name, secret, caller),
    byPassword,
  };
}

async function storeAnew(member: Member, password: string, rehash: NonNullable<LoginOptions["rehash"]>): Promise<void> {
  try {
    await rehash(member, await hashPassword(password));
  } catch {
    // The password was right, and the next login tries again.
  }
}
