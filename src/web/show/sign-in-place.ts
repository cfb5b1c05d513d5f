// The place of signing in: where it leads afterwards, and why the provider did not let somebody in. Whoever wrote the link decides neither
// where it leads nor what is read: another server is nowhere, and a code that nobody knows gets the general sentence. Pure.

import type { Search } from "./search-params.ts";

export const signInPath = "/sign-in";

/** A path of the UI, with its query. */
export function readReturnTo({ returnTo }: Search): string {
  return returnTo !== undefined && /^\/(?![/\\])/.test(returnTo) ? returnTo : "/";
}

const sentences = new Map([
  [
    "REQUEST_INVALID",
    "This sign-in was begun in another browser, took more than ten minutes, was used before, or the provider says of you what cannot be taken. Begin again; if that does not help, an administrator finds the reason in the audit log.",
  ],
  [
    "DENIED",
    "You were not let in, by the provider or by an administrator here. Ask an administrator; the audit log has the reason.",
  ],
  ["CONFLICT", "The name that you have at the provider belongs to somebody else here. Ask an administrator."],
  ["NOT_FOUND", "This registry has no sign-in provider. Sign in with a password."],
  ["TOOMANYREQUESTS", "Too many tries. Wait a minute, then begin again."],
  ["UNREACHABLE", "The sign-in provider cannot be reached. Try again later; passwords and tokens of this registry work as ever."],
  [
    "PROTOCOL_VIOLATED",
    "The sign-in provider gave an answer that cannot be trusted. Passwords and tokens of this registry work as ever; an administrator finds the reason in the log.",
  ],
]);

/** `requestId`: under which the log knows it; undefined: it is not there. */
export interface SignInFailure {
  readonly sentence: string;
  readonly requestId: string | undefined;
}

/** Undefined: nothing failed. */
export function readFailure({ failed, request }: Search): SignInFailure | undefined {
  if (failed === undefined) return undefined;
  return {
    sentence: sentences.get(failed) ?? "Signing in with the provider did not work. Try again.",
    requestId: request !== undefined && /^[\w-]{1,40}$/.test(request) ? request : undefined,
  };
}
