// Whether a registry accepts who we say we are, asked at its front door before anything is saved.

import { createRegistryError, RegistryError, type ErrorCode } from "../oci/errors.ts";
import type { AuthorizerOptions } from "./authorizer.ts";
import { parseChallenges } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import { isUsable, nothingUsable, toWays, type Ways } from "./login-ways.ts";
import { mayHaveCredentials, refuseRealm } from "./realm.ts";
import { parseRetryAfter } from "./retry.ts";
import { askForToken, basic, type AskTokenServer, type TokenQuestion, type TokenServerAnswer } from "./token.ts";

export interface LoginCheck {
  /** false: the registry lets everybody in at its front door, so nothing was proved. */
  readonly asked: boolean;
  /** What the token server gives to be kept instead of the password; it has been tried. */
  readonly identityToken?: string;
}

/** @throws UNAUTHORIZED when it does not accept it, DENIED, TOOMANYREQUESTS, UNAVAILABLE, PROTOCOL_VIOLATED, and what `ask` throws */
export async function checkLogin(options: AuthorizerOptions, signal?: AbortSignal): Promise<LoginCheck> {
  const { ask, credentials, host, registry } = options;
  const first = await knock(options, undefined, signal);
  if (isOpen(first)) return { asked: false };
  const credential = await credentials.get(host);
  if (first.status !== 401 || credential === undefined) throw refusal(options, first);
  const challenges = parseChallenges(first.challenges);
  if (!isUsable(challenges)) throw nothingUsable(host, challenges);

  const question = toQuestion(options, credential, toWays(challenges, registry));
  const token = question && (await askForToken(ask, question, options.now, signal));
  const authorization = token === undefined ? withoutTokenServer(credential) : `Bearer ${token.value}`;
  const second = authorization === undefined ? first : await knock(options, authorization, signal);
  if (!isOpen(second)) throw refusal(options, second);
  const given = "username" in credential ? token?.refreshToken : undefined;
  const works = question !== undefined && given !== undefined && (await isIdentityToken(options, question, given, signal));
  return works ? { asked: true, identityToken: given } : { asked: true };
}

/** Undefined: the token server is not asked. */
function toQuestion(options: AuthorizerOptions, credential: Credential, ways: Ways): TokenQuestion | undefined {
  const { bearer } = ways;
  if (bearer === undefined || "registryToken" in credential) return undefined;
  if (mayHaveCredentials(bearer.realm, options)) return { ...bearer, scopes: [], credential, offline: true };
  if (ways.basic && "username" in credential) return undefined;
  return refuseRealm(bearer.realm, options.registry);
}

function withoutTokenServer(credential: Credential): string | undefined {
  if ("registryToken" in credential) return `Bearer ${credential.registryToken}`;
  return "username" in credential ? basic(credential) : undefined;
}

function knock(
  { ask, registry }: AuthorizerOptions,
  authorization: string | undefined,
  signal: AbortSignal | undefined,
): ReturnType<AskTokenServer> {
  const headers = authorization === undefined ? {} : { authorization };
  return ask({ method: "GET", url: new URL("/v2/", registry), headers, signal });
}

function isOpen({ status }: TokenServerAnswer): boolean {
  return status >= 200 && status < 300;
}

async function isIdentityToken(
  { ask, now }: AuthorizerOptions,
  question: TokenQuestion,
  identityToken: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await askForToken(ask, { ...question, credential: { identityToken } }, now, signal);
    return true;
  } catch (error) {
    if (error instanceof RegistryError) return false; // the password is known to work
    throw error;
  }
}

const codes: Readonly<Record<number, ErrorCode>> = { 401: "UNAUTHORIZED", 403: "DENIED", 429: "TOOMANYREQUESTS" };

function refusal({ now, registry }: AuthorizerOptions, { header, status }: TokenServerAnswer): Error {
  const code = codes[status] ?? (status >= 500 ? "UNAVAILABLE" : "PROTOCOL_VIOLATED");
  const retryAt = parseRetryAfter(header("retry-after"), now());
  return createRegistryError(code, {
    message: `${registry.host} answered ${status} to GET /v2/`,
    request: { host: registry.host, method: "GET", path: "/v2/", attempts: 1, status },
    ...(retryAt !== undefined && { retryAt }),
  });
}
