// Everybody who may come in, as the doors need them: loaded when asked for, remembered until anything about access changes. A change
// counts at once in the process that makes it and in all on the same SQLite files, on PostgreSQL within a second everywhere.

import type { Principal } from "./principal.ts";

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
  /** Nobody has been given any right yet: everybody may do everything. Never again true once it was false. */
  isOpen(): boolean;
  /** Whoever does not say who they are. */
  anonymous(): Principal;
  member(id: number): Member | undefined | Promise<Member | undefined>;
  memberByName(name: string): Promise<Member | undefined>;
  /** `hash`: sha256 of the secret, hex. */
  token(hash: string): Promise<MemberToken | undefined>;
  /** Whether a rule keeps the tag where it is. */
  isImmutable(repository: string, tag: string): boolean;
  /** Notes that a member, and the token with which they came, were used now; written in the background, to the minute. */
  used(member: Member, tokenId?: number): void;
  close(): Promise<void>;
}
