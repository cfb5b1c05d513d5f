// What the registry answers to whoever must say who they are, or get another token (RFC 6750, section 3; distribution: docs/spec/auth/token).
// Exactly one challenge, and Bearer: clients read only the first, and with Basic there would be no anonymous pull.

import { buildRoute } from "../oci/route.ts";
import { serviceOf } from "./registry-token.ts";

export interface Challenge {
  /** invalid_token: it is not valid, or no longer; insufficient_scope: it is, but was not made for this. Absent: there was none. */
  readonly error?: "invalid_token" | "insufficient_scope" | undefined;
  /** What the request needs, such as `repository:team/app:pull`. */
  readonly scope?: string | undefined;
}

/** The value of WWW-Authenticate. `externalUrl`: an origin from the configuration, never what a request says about itself. */
export function formatChallenge(externalUrl: string, { error, scope }: Challenge): string {
  const parameters = [`realm="${externalUrl}${buildRoute({ kind: "token" })}"`, `service="${serviceOf(externalUrl)}"`];
  if (scope !== undefined) parameters.push(`scope="${scope}"`);
  if (error !== undefined) parameters.push(`error="${error}"`);
  return `Bearer ${parameters.join(",")}`;
}
