// What an OpenID provider says of somebody, as we understand it.

import { RegistryError } from "../oci/errors.ts";
import { parseGroupName } from "./names.ts";

export interface Identity {
  /** Issuer and subject: the only pair that never names anybody else. */
  readonly external: string;
  /** In lower case, not checked: who was here before has a name already. "": the provider says none. */
  readonly name: string;
  readonly groups: readonly string[];
}

export interface ClaimNames {
  readonly nameClaim: string;
  readonly groupsClaim: string;
}

type Claims = Readonly<Record<string, unknown>>;

/** Whether the ID token says all that we want to know, so that nobody needs to be asked again. */
export function isComplete(claims: Claims, { nameClaim, groupsClaim }: ClaimNames): boolean {
  return claims[nameClaim] !== undefined && claims[groupsClaim] !== undefined;
}

/**
 * `verified`: of the ID token; `more`: of the userinfo of the same subject. No groups claim: no groups. Groups whose names cannot be ours
 * are left out, which can only take rights away.
 */
export function toIdentity(verified: { readonly iss: string; readonly sub: string }, more: Claims, names: ClaimNames): Identity {
  const claims: Claims = { ...more, ...verified };
  const name = claims[names.nameClaim];
  return {
    external: `${verified.iss} ${verified.sub}`,
    name: typeof name === "string" ? name.toLowerCase() : "",
    groups: toTexts(claims[names.groupsClaim]).filter(isGroupName),
  };
}

function toTexts(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "string");
}

function isGroupName(text: string): boolean {
  try {
    parseGroupName(text);
    return true;
  } catch (error) {
    if (error instanceof RegistryError) return false;
    throw error;
  }
}
