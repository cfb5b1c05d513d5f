// Who we are to one registry: which Authorization header a request carries, and what to do with a challenge.

import type { Scope } from "./scope.ts";

export interface Authorizer {
  /**
   * The value of Authorization for a request with these scopes; undefined: send none. May ask a token server first (single flight).
   * @throws UNAUTHORIZED when the token server refuses, and what asking it throws
   */
  authorize(scopes: readonly Scope[], signal: AbortSignal | undefined): Promise<string | undefined>;
  /**
   * An answer of the registry itself was 401 (or 403 with a challenge). True: ask `authorize` again and send once more; false: the answer stands.
   * `challenges`: every WWW-Authenticate header, in order; `sent`: the Authorization that was refused.
   */
  challenged(challenges: readonly string[], scopes: readonly Scope[], sent: string | undefined): Promise<boolean>;
}
