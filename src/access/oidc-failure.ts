// What went wrong with an OpenID provider, as an error of ours. What would surprise: the library's errors are not kept as causes, because
// they carry whole answers, with tokens in them; codes are enough to find the mistake.

import { RegistryError } from "../oci/errors.ts";

/** Of the provider's answers only texts of this form go on: error codes, as the specifications list them. */
const codeForm = /^[A-Za-z0-9_]{1,60}$/;

/** `host`: of the issuer. */
export function toOidcError(error: unknown, host: string): RegistryError {
  if (error instanceof RegistryError) return error;
  const { name, code, error: said, status } = fieldsOf(error);
  if (name === "AuthorizationResponseError") return refused(host, said);
  if (name === "ResponseBodyError" && said === "invalid_grant") {
    return new RegistryError("REQUEST_INVALID", { message: "this sign-in took too long or was used before: start again" });
  }
  if (name === "ResponseBodyError" || name === "WWWAuthenticateChallengeError") {
    const answer = said === undefined ? `with status ${String(status)}` : formatCode(said);
    return violated(host, `it answers ${answer} (check oidc.clientId and oidc.clientSecret)`);
  }
  const cause = fieldsOf((error as { cause?: unknown } | undefined)?.cause);
  if (code === "OAUTH_TIMEOUT") return unreachable(host, "it does not answer in time");
  if (code === "OAUTH_RESPONSE_IS_NOT_CONFORM" && typeof cause.status === "number" && cause.status >= 500)
    return unreachable(host, `it answers with status ${cause.status}`);
  // fetch throws it with what happened as its cause, the library without one for what it cannot work with.
  if (error instanceof TypeError && error.cause !== undefined) return unreachable(host, formatCode(deepestCode(error)));
  // Of an exception of the library only what it says itself; its causes hold what came over the wire.
  const sentence = error instanceof Error ? [error.message, cause.message].filter((part) => typeof part === "string") : [];
  return violated(host, sentence.join(": ") || "its answer is not understood");
}

function refused(host: string, said: unknown): RegistryError {
  return new RegistryError("DENIED", { message: `${host} did not sign you in: ${formatCode(said)}` });
}

function unreachable(host: string, why: string): RegistryError {
  return new RegistryError("UNREACHABLE", {
    message: `the sign-in provider ${host} cannot be reached (${why}); passwords and tokens of this registry work as ever`,
  });
}

function violated(host: string, why: string): RegistryError {
  return new RegistryError("PROTOCOL_VIOLATED", { message: `the sign-in provider ${host} cannot be believed: ${why}` });
}

interface Fields {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly error?: unknown;
  readonly status?: unknown;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value : {};
}

function formatCode(code: unknown): string {
  return typeof code === "string" && codeForm.test(code) ? code : "no reason given";
}

/** fetch hides what happened behind what it says. */
function deepestCode(error: unknown): unknown {
  let code: unknown;
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    code = fieldsOf(at).code ?? code;
    at = at.cause;
  }
  return code;
}
