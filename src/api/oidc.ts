// Signing in with the OpenID provider: to its page, and back from it with a session of ours. What would surprise: both are GET, because
// they are where browsers go; what keeps other sites from finishing a sign-in is what the browser was given when it began.

import type { Oidc } from "../access/oidc.ts";
import { RegistryError } from "../oci/errors.ts";
import { oidcCallbackQuery, oidcQuery } from "../wire/session.ts";
import { callerOf, type AccessHouse } from "./identity.ts";
import { defineRoute, RedirectAnswer } from "./route.ts";
import { begin, endOld } from "./session.ts";

export const oidcStart = defineRoute({
  path: "/api/v1/session/oidc",
  access: "none",
  summary: "Sends a browser to the OpenID provider, to sign in there",
  query: oidcQuery,
  redirects: true,
  async handle({ access }, { query, header }) {
    const { location, cookie } = await providerOf(access).start(query.returnTo);
    header("set-cookie", cookie);
    return new RedirectAnswer(location);
  },
});

export const oidcCallback = defineRoute({
  path: "/api/v1/session/oidc/callback",
  access: "none",
  summary: "Where the OpenID provider sends the browser back to; sets the cookie of a session",
  query: oidcCallbackQuery,
  redirects: true,
  async handle({ access }, ask) {
    const { request, header } = ask;
    const { url = "", headers } = request;
    const caller = callerOf(access, request);
    try {
      // As it came: the provider's parameters are for the library to read.
      const answered = await providerOf(access).finish(/\?.*/.exec(url)?.[0] ?? "", headers.cookie, caller);
      header("set-cookie", answered.cookie);
      await endOld(access, request);
      await begin(access, answered.member, ask);
      return new RedirectAnswer(answered.returnTo);
    } catch (error) {
      if (error instanceof RegistryError && error.code !== "NOT_FOUND") {
        await access.audit.record({
          principal: access.directory.anonymous(),
          caller,
          action: "session.refuse",
          objectKind: "session",
          object: "OpenID provider",
          outcome: "refused",
          detail: { code: error.code, reason: error.message },
        });
      }
      throw error;
    }
  },
});

/**
 * Where a browser reads that it was not signed in. Only a code goes there, and the id under which the log knows what is our fault: a
 * sentence in an address could be anybody's.
 */
export function failurePlace(error: RegistryError | undefined, requestId: string): string {
  const { code, status } = error ?? new RegistryError("UNKNOWN");
  return `/ui/sign-in?${new URLSearchParams({ failed: code, ...(status >= 500 && { request: requestId }) }).toString()}`;
}

/** @throws NOT_FOUND when none is configured */
function providerOf({ oidc }: AccessHouse): Oidc {
  if (oidc !== undefined) return oidc;
  throw new RegistryError("NOT_FOUND", { message: "there is no OpenID provider to sign in with here (oidc.issuer)" });
}
