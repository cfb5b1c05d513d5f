// Everybody who may come in, as the doors need them: loaded when asked for, remembered until anything about access changes. A change
// counts at once in the process that makes it and in all on the same SQLite files, on PostgreSQL within a second everywhere.

import { createAccessReads, type AccessState, type StoredGrant, type StoredMember } from "../store/access-reads.ts";
import type { Database } from "../store/database.ts";
import { matches } from "./pattern.ts";
import { limitedTo, type Limits, type Principal } from "./principal.ts";
import { allRights, createRights, type Grant } from "./rights.ts";
import { UsedTimes } from "./used-times.ts";

/** A user or robot. */
export interface Member {
  readonly principal: Principal;
  /** What was issued for another generation is void. */
  readonly generation: number;
  readonly groups: readonly string[];
  /** "" without one. */
  readonly passwordHash: string;
  readonly mustChange: boolean;
  /** Why they cannot come in now; undefined: they can. */
  readonly barred: "disabled" | "expired" | undefined;
}

/** A secret of a member, neither revoked nor expired. */
export interface MemberToken {
  readonly id: number;
  readonly member: Member;
  /** `member.principal` with the limits of the token. */
  readonly principal: Principal;
}

export interface Directory {
  /** To be awaited, if it is a promise, before the calls of one request: brings in what has changed since. */
  refresh(): void | Promise<void>;
  /** Something was changed by this process: the next refresh looks. */
  changed(): void;
  /** Nobody has been given any right yet: everybody may do everything. Never again true once it was false. */
  isOpen(): boolean;
  /** Whoever does not say who they are. */
  anonymous(): Principal;
  member(id: number): Member | undefined | Promise<Member | undefined>;
  memberByName(name: string): Promise<Member | undefined>;
  /** `hash`: sha256 of the secret, hex. */
  token(hash: string): MemberToken | undefined | Promise<MemberToken | undefined>;
  /** Whether a rule keeps the tag where it is. */
  isImmutable(repository: string, tag: string): boolean;
  /** Notes that a member, and the token with which they came, were used now; written in the background, to the minute. */
  used(member: Member, tokenId?: number): void;
  close(): Promise<void>;
}

const maxMembers = 10_000;
/** How long a process on PostgreSQL goes on with what it knows. */
const trustMs = 1000;

export interface DirectoryOptions {
  readonly db: Database;
  readonly now: () => number;
  /** Told of trouble in writing down when members were last here. */
  readonly log: (sentence: string, error: unknown) => void;
}

/** Reads the shared state once; the caller closes. */
export async function openDirectory({ db, now, log }: DirectoryOptions): Promise<Directory> {
  const reads = createAccessReads(db);
  const used = new UsedTimes(db, now, log);
  const members = new Map<number, Member>();
  const tokens = new Map<string, KnownToken>();
  let shared = toShared(await reads.state());
  let lookedAt = mark();
  let running: Promise<void> | undefined;
  let changes = 0;

  function mark(): number {
    return db.version?.() ?? now();
  }
  /** Whether nothing can have changed; on PostgreSQL: whether we looked a moment ago. */
  function isFresh(): boolean {
    if (db.version !== undefined) return db.version() === lookedAt;
    const age = now() - lookedAt;
    return age >= 0 && age < trustMs;
  }
  async function look(): Promise<void> {
    const at = mark();
    const known = changes;
    if ((await reads.version()) !== shared.version) {
      shared = toShared(await reads.state());
      members.clear();
      tokens.clear();
    }
    // Changed meanwhile: what was read may be from before.
    if (known === changes) lookedAt = at;
  }
  async function load(by: { readonly id: number } | { readonly name: string }): Promise<Member | undefined> {
    const { version } = shared;
    const stored = await reads.member(by);
    if (stored === undefined) return undefined;
    const member = toMember(stored, shared, now);
    if (version === shared.version) remember(members, stored.id, member);
    return member;
  }
  const memberById = (id: number): ReturnType<Directory["member"]> => members.get(id) ?? load({ id });
  return {
    refresh() {
      if (running !== undefined) return running;
      if (isFresh()) return undefined;
      const flight = look().finally(() => {
        if (running === flight) running = undefined;
      });
      running = flight;
      return flight;
    },
    changed() {
      changes += 1;
      lookedAt = Number.NaN;
      running = undefined;
    },
    isOpen: () => shared.isOpen,
    anonymous: () => shared.anonymous,
    member: memberById,
    // PostgreSQL takes no NUL, and nobody is called so.
    memberByName: async (name) => (name.includes("\0") ? undefined : load({ name })),
    token(hash) {
      const known = tokens.get(hash);
      return known === undefined ? findToken(hash) : toMemberToken(known);
    },
    isImmutable: (repository, tag) =>
      shared.rules.some((rule) => matches(rule.repository_pattern, repository) && matches(rule.tag_pattern, tag)),
    used: (member, tokenId) => used.note(member.principal.id, tokenId),
    close: () => used.close(),
  };

  async function findToken(hash: string): Promise<MemberToken | undefined> {
    const { version } = shared;
    const stored = await reads.token(hash);
    if (stored === undefined) return undefined;
    const { id, principal_id: memberId, expires_ms: expiresMs, role } = stored;
    const known: KnownToken = { id, memberId, expiresMs, limits: role === "" ? undefined : limitedTo(role), last: undefined };
    if (version === shared.version) remember(tokens, hash, known);
    return toMemberToken(known);
  }

  function toMemberToken(known: KnownToken): MemberToken | undefined | Promise<MemberToken | undefined> {
    if (known.expiresMs !== 0 && known.expiresMs <= now()) return undefined;
    const member = memberById(known.memberId);
    return member instanceof Promise ? member.then((found) => withMember(known, found)) : withMember(known, member);
  }
}

/** The same value as long as the member is, so that what is derived of it can be remembered. */
function withMember(known: KnownToken, member: Member | undefined): MemberToken | undefined {
  if (member === undefined || known.last?.member === member) return member && known.last;
  const { id, limits } = known;
  const { principal } = member;
  known.last = { id, member, principal: limits === undefined ? principal : { ...principal, limits } };
  return known.last;
}

interface KnownToken {
  readonly id: number;
  readonly memberId: number;
  readonly expiresMs: number;
  readonly limits: Limits | undefined;
  last: MemberToken | undefined;
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= maxMembers) map.clear();
  map.set(key, value);
}

interface Shared {
  readonly version: number;
  readonly isOpen: boolean;
  readonly anonymous: Principal;
  readonly everyone: readonly Grant[];
  readonly rules: AccessState["rules"];
}

function toShared({ version, closed_ms: closedMs, everyone: stored, rules }: AccessState): Shared {
  const isOpen = closedMs === 0;
  const everyone = stored.map((grant) => toGrant(grant, "everyone"));
  const rights = isOpen ? allRights : createRights(everyone);
  return { version, isOpen, anonymous: { id: 0, name: "anonymous", kind: "anonymous", rights }, everyone, rules };
}

function toMember(stored: StoredMember, { everyone }: Shared, now: () => number): Member {
  const { id, kind, name, expires_ms: expiresMs, disabled_ms: disabledMs } = stored;
  const own = stored.grants.map((grant) =>
    toGrant(grant, grant.subject_kind === "group" ? `group ${grant.group_name}` : `${kind} ${name}`),
  );
  return {
    principal: { id, name, kind, rights: createRights([...own, ...everyone]) },
    generation: stored.generation,
    groups: stored.groups,
    passwordHash: stored.password_hash,
    mustChange: stored.must_change === 1,
    get barred() {
      if (disabledMs !== 0) return "disabled";
      return expiresMs !== 0 && expiresMs <= now() ? "expired" : undefined;
    },
  };
}

function toGrant({ id, role, pattern, overwrite }: StoredGrant, to: string): Grant {
  return { id, role, pattern, overwrite: overwrite === 1, to };
}
