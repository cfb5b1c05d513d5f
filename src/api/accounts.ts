// What the routes of users and of robots have in common.

import { RegistryError } from "../oci/errors.ts";
import { listPrincipals, type PrincipalItem } from "../store/access-lists.ts";
import type { Account } from "../wire/users.ts";
import { authorOf, type Identity } from "./identity.ts";
import type { ApiHouse } from "./route.ts";
import { toTextOrNull, toTime, toTimeOrNull } from "./show.ts";

/** @throws NOT_FOUND */
export async function findAccount({ db, now }: ApiHouse, kind: "user" | "robot", name: string): Promise<PrincipalItem> {
  const request = { kind, name, nowMs: now(), sort: "name", descending: false, limit: 1 } as const;
  const { items } = await listPrincipals(db, request);
  if (items[0] !== undefined) return items[0];
  throw new RegistryError("NOT_FOUND", { message: `there is no ${kind} '${name}'` });
}

export function toAccount({ id, name, groups, tokens, createdMs, createdBy, lastUsedMs, disabledMs }: PrincipalItem): Account {
  return {
    id,
    name,
    groups: [...groups],
    tokens,
    createdAt: toTime(createdMs),
    createdBy: toTextOrNull(createdBy),
    lastUsedAt: toTimeOrNull(lastUsedMs),
    disabledAt: toTimeOrNull(disabledMs),
  };
}

/** Milliseconds, 0: never. @throws REQUEST_INVALID when it has passed */
export function parseExpiry(text: string | null, nowMs: number): number {
  if (text === null) return 0;
  const ms = Date.parse(text);
  if (ms > nowMs) return ms;
  throw new RegistryError("REQUEST_INVALID", { message: "`expiresAt` must lie in the future" });
}

/** Whoever locks themselves out does so by mistake. @throws CONFLICT */
export function assertOther({ principal }: Identity, name: string, verb: string): void {
  if (principal.name !== name) return;
  throw new RegistryError("CONFLICT", { message: `you cannot ${verb} yourself: let another administrator do it` });
}

/** @throws NOT_FOUND, CONFLICT */
export async function removeAccount(house: ApiHouse, kind: "user" | "robot", name: string, identity: Identity): Promise<void> {
  assertOther(identity, name, "delete");
  await house.access.members.remove(kind, name, authorOf(identity));
}
