// A directory of members that tests write down: what the doors and the token service see of access, without a database.

import { hashSecret, createSecret } from "../src/access/secret.ts";
import type { Directory, Member } from "../src/access/directory.ts";
import { limitedTo, type Principal } from "../src/access/principal.ts";
import { createRights, type Grant, type Role } from "../src/access/rights.ts";

export interface TestMember {
  readonly id: number;
  readonly name: string;
  readonly kind?: "user" | "robot";
  /** `push team/*`, `create team/*` (push that moves no tag), `pull *` */
  readonly grants?: readonly string[];
  readonly passwordHash?: string;
}

export interface TestDirectory extends Directory {
  /** Adds a member, or replaces one of the same id: its generation stays. */
  set(member: TestMember): void;
  /** A token of a member; `role` is its limit. */
  give(id: number, role?: Role): string;
  revoke(secret: string): void;
  bar(id: number, why: Member["barred"]): void;
  nextGeneration(id: number): void;
  /** To everyone; the registry is closed from then on. */
  grant(...grants: readonly string[]): void;
  readonly lastUsed: Map<number, number | undefined>;
}

/** Open until something is set or granted. */
export function createTestDirectory(): TestDirectory {
  const members = new Map<number, Member>();
  const tokens = new Map<string, { readonly id: number; readonly memberId: number; readonly role: Role | undefined }>();
  const lastUsed = new Map<number, number | undefined>();
  let everyone: readonly Grant[] = [];
  let isOpen = true;
  let everyoneRights = createRights([toGrant("admin *")]);
  const change = (id: number, to: Partial<Member>): void => void members.set(id, { ...members.get(id)!, ...to });
  const anonymous = (): Principal => ({ id: 0, name: "anonymous", kind: "anonymous", rights: everyoneRights });
  return {
    lastUsed,
    set({ id, name, kind = "user", grants = [], passwordHash = "" }) {
      if (isOpen) everyoneRights = createRights([]);
      isOpen = false;
      const rights = createRights([...grants.map(toGrant), ...everyone]);
      const generation = members.get(id)?.generation ?? 0;
      const principal = { id, name, kind, rights };
      members.set(id, { principal, generation, groups: [], passwordHash, mustChange: false, barred: undefined });
    },
    give(memberId, role) {
      const { text, hash } = createSecret();
      tokens.set(hash, { id: tokens.size + 1, memberId, role });
      return text;
    },
    revoke: (secret) => void tokens.delete(hashSecret(secret)),
    bar: (id, barred) => change(id, { barred }),
    nextGeneration: (id) => change(id, { generation: members.get(id)!.generation + 1 }),
    grant(...grants) {
      isOpen = false;
      everyone = grants.map(toGrant);
      everyoneRights = createRights(everyone);
    },
    refresh: () => undefined,
    changed: () => undefined,
    isOpen: () => isOpen,
    anonymous,
    member: (id) => members.get(id),
    memberByName: async (name) => [...members.values()].find(({ principal }) => principal.name === name),
    async token(hash) {
      const token = tokens.get(hash);
      const member = token && members.get(token.memberId);
      if (member === undefined) return undefined;
      const limits = token?.role === undefined ? {} : { limits: limitedTo(token.role) };
      return { id: token!.id, member, principal: { ...member.principal, ...limits } };
    },
    isImmutable: () => false,
    used: (member, tokenId) => void lastUsed.set(member.principal.id, tokenId),
    close: async () => undefined,
  };
}

function toGrant(text: string, id = 0): Grant {
  const [role = "", pattern = ""] = text.split(" ");
  return { id, role: role === "create" ? "push" : (role as Role), pattern, overwrite: role !== "create", to: "everyone" };
}
