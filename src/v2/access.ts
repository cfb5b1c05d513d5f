// What the distribution door knows of access: who sends a request, tokens for those who ask, where to send the others.

import type { IncomingMessage } from "node:http";
import type { Audit } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import type { Directory } from "../access/directory.ts";
import { createIdentify, type Identify } from "../access/identify.ts";
import type { Login } from "../access/login.ts";
import type { Principal } from "../access/principal.ts";
import { createRefreshTokens } from "../access/refresh-token.ts";
import { createRegistryTokens, type TokenOptions } from "../access/registry-token.ts";
import { allRights } from "../access/rights.ts";
import { guardTags } from "../access/tag-guard.ts";
import { createTokenService, type TokenService } from "../access/token-service.ts";
import type { ClientAddress } from "../http/client-address.ts";
import { countRequests, noRequestLimit, type RequestLimit } from "../http/request-limit.ts";
import { RegistryError } from "../oci/errors.ts";
import type { AuditEvent } from "../store/audit.ts";
import { formatReference, type RepositoryName } from "../oci/reference.ts";
import type { AssertMayLeave } from "../oci/registry.ts";

export interface V2Access {
  readonly identify: Identify;
  readonly tokens: TokenService;
  /** Where the registry is reached from outside, an origin: there are the tokens. Asked for each time, because a free port is known late. */
  readonly externalUrl: () => string;
  /** Whether nobody has been given any right yet. */
  readonly isOpen: () => boolean;
  /** Stands for all that is known of access at this moment: another object when something was changed. */
  readonly known: () => object | Promise<object>;
  /** For the transaction that moves or deletes tags of `repository`: what keeps one where it is. */
  readonly guard: (
    principal: Principal,
    action: "overwrite" | "delete",
    repository: RepositoryName,
    caller: Caller,
  ) => AssertMayLeave;
  /** Of the client itself, behind the proxies that are trusted. */
  readonly addressOf: (req: IncomingMessage) => string;
  /** Adds a row to the audit log; resolves when it is written. Absent: there is none. */
  readonly record?: Audit["record"];
  /** Told when somebody we know asked for more than they may do, whatever their token is good for. */
  readonly refused?: (
    principal: Principal,
    action: "pull" | "push" | "delete",
    repository: RepositoryName,
    caller: Caller,
  ) => void;
}

/** While nobody guards the registry, and before anybody was asked. */
export const everybody: Principal = { id: 0, name: "anonymous", kind: "anonymous", rights: allRights };

/** For a door that nobody guards: everybody may do everything, and there are no tokens. */
export const openAccess: V2Access = {
  identify: () => everybody,
  tokens: {
    async issue() {
      throw new RegistryError("NOT_FOUND", { message: "this registry needs no tokens" });
    },
  },
  externalUrl: () => "http://localhost",
  isOpen: () => true,
  known: () => everybody,
  guard: () => () => undefined,
  addressOf: (req) => req.socket.remoteAddress ?? "",
};

export interface V2AccessParts extends TokenOptions {
  readonly directory: Directory;
  readonly login: Login;
  readonly address: Pick<ClientAddress, "addressOf">;
  /** Absent: any number of requests. */
  readonly requests?: RequestLimit | undefined;
  readonly audit?: Pick<Audit, "record">;
}

export function createV2Access(parts: V2AccessParts): V2Access {
  const { address, audit, directory, externalUrl, login, requests = noRequestLimit } = parts;
  const registryTokens = createRegistryTokens(parts);
  return {
    identify: countRequests(requests, createIdentify({ directory, login, registryTokens }), ({ id }) => id),
    tokens: createTokenService({ directory, login, registryTokens, refreshTokens: createRefreshTokens(parts), requests }),
    externalUrl,
    isOpen: () => directory.isOpen(),
    async known() {
      await directory.refresh();
      return directory.anonymous();
    },
    guard: (principal, action, repository, caller) =>
      guardTags(directory, principal, action, repository, (tag) => {
        const object = formatReference({ repository, tag });
        const event = { principal, action: "access.refuse", objectKind: "tag", object } as const;
        void audit?.record({ ...event, outcome: "refused", caller, detail: { action } });
      }),
    addressOf: (req) => address.addressOf(req),
    ...(audit && { record: (event: AuditEvent) => audit.record(event) }),
    refused(principal, action, repository, caller) {
      const event = { principal, action: "access.refuse", objectKind: "repository", object: repository } as const;
      void audit?.record({ ...event, outcome: "refused", caller, detail: { action } });
    },
  };
}
