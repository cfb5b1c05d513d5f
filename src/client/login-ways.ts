// Which of the ways to log in that a registry offers can be gone: Bearer before Basic.

import { createRegistryError } from "../oci/errors.ts";
import type { Challenge } from "./challenge.ts";
import { resolveRealm } from "./realm.ts";

/** What the registry wants, as far as it has said. */
export interface Ways {
  readonly bearer: { readonly realm: URL; readonly service: string | undefined } | undefined;
  readonly basic: boolean;
}

export function isBearer({ scheme, parameters }: Challenge): boolean {
  return scheme === "bearer" && parameters.has("realm");
}

/** Whether one of them can be met. */
export function isUsable(challenges: readonly Challenge[]): boolean {
  return challenges.some((challenge) => isBearer(challenge) || challenge.scheme === "basic");
}

/** Of usable challenges. @throws PROTOCOL_VIOLATED for a realm that cannot be used */
export function toWays(challenges: readonly Challenge[], registry: URL): Ways {
  const { parameters } = challenges.find(isBearer) ?? {};
  const realm = parameters?.get("realm");
  return {
    bearer: realm === undefined ? undefined : { realm: resolveRealm(realm, registry), service: parameters?.get("service") },
    basic: challenges.some(({ scheme }) => scheme === "basic"),
  };
}

/** The error for what cannot be met: lists what is offered. */
export function nothingUsable(host: string, challenges: readonly Challenge[]): Error {
  const offered = [...new Set(challenges.map(({ scheme }) => scheme))].join(", ");
  return createRegistryError("UNAUTHORIZED", {
    message: `${host} wants a login by ${offered.slice(0, 100)}, and only Bearer (with a realm) and Basic are possible here`,
  });
}
