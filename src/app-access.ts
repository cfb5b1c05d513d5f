// Wires who may come in and what they may do: what the doors of app.ts ask, and what administers it without a server.

import { statSync } from "node:fs";
import { join } from "node:path";
import { createAttempts } from "./access/attempts.ts";
import { createAudit, type Audit } from "./access/audit.ts";
import { openDirectory } from "./access/directory.ts";
import { createGrants } from "./access/grants.ts";
import { createLogin } from "./access/login.ts";
import { createMembers } from "./access/members.ts";
import { createOidc, type Oidc, type OidcOptions } from "./access/oidc.ts";
import { operator } from "./access/principal.ts";
import { createSessions } from "./access/sessions.ts";
import { createSetup } from "./access/setup.ts";
import { createTokens } from "./access/tokens.ts";
import { createApi } from "./api/api.ts";
import type { AccessHouse } from "./api/identity.ts";
import { makeFolder } from "./client/make-folder.ts";
import type { Config } from "./config.ts";
import { createClientAddress } from "./http/client-address.ts";
import { createRequestLimit } from "./http/request-limit.ts";
import { createTraffic } from "./http/traffic.ts";
import { createJobs } from "./jobs/jobs.ts";
import { RegistryError } from "./oci/errors.ts";
import { createCatalogue } from "./store/catalogue.ts";
import { openDatabase, type Database, type DatabaseOptions } from "./store/database.ts";

export interface AccessParts {
  readonly db: Database;
  readonly now: () => number;
  readonly log: (sentence: string, error: unknown) => void;
}

export interface OpenedAccess extends AccessHouse {
  readonly audit: Audit;
  close(): Promise<void>;
}

/** The caller closes it. */
export async function openAccess(
  config: Pick<Config, "externalUrl" | "trustedProxies" | "audit.keep" | "limits.requestsPerSecond">,
  { db, now, log }: AccessParts,
): Promise<OpenedAccess> {
  const directory = await openDirectory({ db, now, log });
  const parts = { db, now, directory };
  const members = createMembers(parts);
  const audit = createAudit({ db, now, keepMs: config["audit.keep"], log });
  const login = createLogin({
    directory,
    attempts: createAttempts(now),
    now,
    rehash: (member, hash) => members.renewHash(member.principal.id, member.passwordHash, hash),
    refused: (member, caller) => {
      const principal = member?.principal ?? { id: 0, name: "anonymous" };
      // The name that was given is nobody's, and may be a password in the wrong field.
      const object = member?.principal.name ?? "somebody unknown";
      void audit.record({ principal, caller, action: "session.refuse", objectKind: "session", object, outcome: "refused" });
    },
  });
  return {
    directory,
    members,
    login,
    audit,
    tokens: createTokens(parts),
    grants: createGrants(parts),
    sessions: createSessions(parts),
    setup: createSetup(directory, members),
    address: createClientAddress(config.trustedProxies),
    requests: createRequestLimit({ perSecond: config["limits.requestsPerSecond"], monotonic: () => performance.now() }),
    externalUrl: config.externalUrl,
    async close() {
      await audit.close();
      await directory.close();
    },
  };
}

/** Undefined: `oidc.issuer` is not set. */
export function createSignIn(config: Config, parts: Omit<OidcOptions, "settings">): Oidc | undefined {
  const { "oidc.issuer": issuer, "oidc.clientId": clientId } = config;
  if (issuer === undefined || clientId === undefined) return undefined;
  const settings = {
    issuer,
    clientId,
    clientSecret: config["oidc.clientSecret"],
    scopes: config["oidc.scopes"],
    nameClaim: config["oidc.nameClaim"],
    groupsClaim: config["oidc.groupsClaim"],
  };
  return createOidc({ settings, ...parts });
}

export function databaseOptions(config: Pick<Config, "data" | "database">): DatabaseOptions {
  return { folder: config.data, ...(config.database !== undefined && { url: config.database }) };
}

/** /api/v1 without a server, asked by the console of the machine. */
export interface Administration {
  ask(question: {
    readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    readonly path: string;
    readonly body?: unknown;
  }): Promise<{ readonly status: number; readonly text: string }>;
  close(): Promise<void>;
}

/**
 * Beside a running server, or before there is one. `begin`: makes a registry where there is none; else @throws NOT_FOUND.
 * Errors that are our fault are given to `report`.
 */
export async function openAdministration(
  config: Config,
  { begin, report, version }: { readonly begin: boolean; readonly report: (error: unknown) => void; readonly version: string },
): Promise<Administration> {
  if (!begin && config.database === undefined && !isThere(join(config.data, "catalogue.db"))) {
    throw new RegistryError("NOT_FOUND", {
      message: `there is no registry in ${config.data}: name its folder with --data, or begin with hythe user add`,
    });
  }
  await makeFolder(config.data, 0o700);
  const db = await openDatabase(databaseOptions(config));
  const now = Date.now;
  const access = await openAccess(config, { db, now, log: (_sentence, error) => report(error) });
  const api = await createApi({
    db,
    content: createCatalogue(db, now).manifests,
    pulls: undefined,
    now,
    facts: { version, startedMs: now(), blobs: "disk", idleAfterMs: config["usage.idleAfter"] },
    metrics: { traffic: createTraffic(), jobs: createJobs({ db, now, owner: "console", handlers: {}, report: () => undefined }) },
    access,
    identify: async () => ({ principal: operator }),
    report,
  });
  return {
    async ask({ method, path, body }) {
      const { statusCode, payload } = await api.inject({
        method,
        url: path,
        ...(body !== undefined && { payload: body as object }),
      });
      return { status: statusCode, text: payload };
    },
    async close() {
      await api.close();
      await access.close();
      await db.close();
    },
  };
}

/** @throws what the file system says of a folder that others may not look into */
function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
