// Wires who may come in and what they may do: what the doors of app.ts ask, and what administers it.

import { createAttempts } from "./access/attempts.ts";
import { openDirectory } from "./access/directory.ts";
import { createGrants } from "./access/grants.ts";
import { createLogin } from "./access/login.ts";
import { createMembers } from "./access/members.ts";
import { createSessions } from "./access/sessions.ts";
import { createTokens } from "./access/tokens.ts";
import type { AccessHouse } from "./api/identity.ts";
import type { Config } from "./config.ts";
import { createClientAddress } from "./http/client-address.ts";
import type { Database } from "./store/database.ts";

export interface AccessParts {
  readonly db: Database;
  readonly now: () => number;
  readonly log: (sentence: string, error: unknown) => void;
}

/** The caller closes its directory. */
export async function openAccess(
  config: Pick<Config, "externalUrl" | "trustedProxies">,
  { db, now, log }: AccessParts,
): Promise<AccessHouse> {
  const directory = await openDirectory({ db, now, log });
  const parts = { db, now, directory };
  const members = createMembers(parts);
  const login = createLogin({
    directory,
    attempts: createAttempts(now),
    now,
    rehash: (member, hash) => members.renewHash(member.principal.id, member.passwordHash, hash),
  });
  return {
    directory,
    members,
    login,
    tokens: createTokens(parts),
    grants: createGrants(parts),
    sessions: createSessions(parts),
    address: createClientAddress(config.trustedProxies),
    externalUrl: config.externalUrl,
  };
}
