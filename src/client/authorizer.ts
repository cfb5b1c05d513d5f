// Who we are to one registry: which Authorization header a request carries, and what to do with a challenge.
// Surprise: nothing but a registry token is sent before the registry has asked once; from then on tokens are fetched ahead of need.

import { RegistryError } from "../oci/errors.ts";
import { parseChallenges } from "./challenge.ts";
import type { CredentialSource } from "./credential.ts";
import { createFlights } from "./flights.ts";
import type { HostProfile } from "./host-profile.ts";
import { isBearer, isUsable, nothingUsable, toWays, type Ways } from "./login-ways.ts";
import { mayHaveCredentials, refuseRealm } from "./realm.ts";
import { formatScope, mergeScopes, type Scope } from "./scope.ts";
import { createTokens } from "./token-cache.ts";
import { basic, type AskTokenServer, type TokenQuestion } from "./token.ts";

export interface Authorizer {
  /**
   * The value of Authorization for a request with these scopes; undefined: send none. May ask a token server first (single flight).
   * @throws UNAUTHORIZED when the token server refuses, and what asking it throws
   */
  authorize(scopes: readonly Scope[], signal: AbortSignal | undefined): Promise<string | undefined>;
  /**
   * An answer of the registry itself was 401 (or 403 with a challenge). True: ask `authorize` again and send once more; false: the answer stands.
   * `challenges`: every WWW-Authenticate header, in order; `sent`: the Authorization that was refused.
   * @throws UNAUTHORIZED when no offered way can be gone, PROTOCOL_VIOLATED when the challenge cannot be used, and the signal's reason
   */
  challenged(
    challenges: readonly string[],
    scopes: readonly Scope[],
    sent: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<boolean>;
}

export interface AuthorizerOptions {
  /** The API of the registry. */
  readonly registry: URL;
  /** As in references: what credentials are looked up by. */
  readonly host: string;
  readonly profile: HostProfile;
  readonly credentials: CredentialSource;
  readonly ask: AskTokenServer;
  readonly now: () => number;
  /** See realm.ts. */
  readonly allowedRealms: readonly string[];
}

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { registry, host, profile, credentials, ask, now, allowedRealms } = options;
  const tokens = createTokens(ask, now);
  let ways: Ways | undefined;
  const flights = createFlights();

  /** Some hosts answer 401 without a challenge; then the one of `/v2/` holds. */
  async function learnFromApi(signal: AbortSignal): Promise<void> {
    const answer = await ask({ method: "GET", url: new URL("/v2/", registry), headers: {}, signal });
    const challenges = parseChallenges(answer.challenges);
    if (isUsable(challenges)) ways ??= toWays(challenges, registry);
  }

  async function toQuestion(scopes: readonly Scope[], bearer: NonNullable<Ways["bearer"]>): Promise<TokenQuestion | undefined> {
    const credential = await credentials.get(host, mainRepository(scopes));
    if (credential !== undefined && "registryToken" in credential) return undefined;
    if (credential !== undefined && !mayHaveCredentials(bearer.realm, { registry, profile, allowedRealms })) return undefined;
    const merged = mergeScopes(scopes.map(formatScope));
    return { ...bearer, scopes: profile.tokenPerRepository === true ? merged.slice(0, 1) : merged, credential };
  }

  async function tokenFor(question: TokenQuestion, signal: AbortSignal | undefined): Promise<string> {
    try {
      return await tokens.get(question, signal);
    } catch (error) {
      if (error instanceof RegistryError && error.code === "UNAUTHORIZED") credentials.refused?.();
      throw error;
    }
  }

  return {
    async authorize(scopes, signal) {
      const credential = await credentials.get(host, mainRepository(scopes));
      if (credential !== undefined && "registryToken" in credential) return `Bearer ${credential.registryToken}`;
      if (ways === undefined) return undefined;
      const login = credential !== undefined && "username" in credential ? credential : undefined;
      if (ways.bearer !== undefined) {
        const question = await toQuestion(scopes, ways.bearer);
        if (question !== undefined) return `Bearer ${await tokenFor(question, signal)}`;
        if (!ways.basic || login === undefined) refuseRealm(ways.bearer.realm, registry);
      }
      return login === undefined ? undefined : basic(login);
    },

    async challenged(headers, scopes, sent, signal) {
      const challenges = parseChallenges(headers);
      if (isUsable(challenges)) ways = toWays(challenges, registry);
      else if (sent === undefined && challenges.length > 0) throw nothingUsable(host, challenges);
      else if (ways === undefined) await flights.join("/v2/", signal, learnFromApi);
      const { bearer } = ways ?? {};
      const question = bearer && (await toQuestion(scopes, bearer));
      if (question !== undefined) {
        if (sent !== undefined && !sent.startsWith("Bearer ")) return true;
        const { error, scope } = Object.fromEntries(challenges.find(isBearer)?.parameters ?? []);
        const wanted = scope === undefined || profile.tokenPerRepository !== true ? scope : ofOneResource(scope, question);
        return tokens.refused(question, sent?.slice("Bearer ".length), { error, scope: wanted });
      }
      if (sent !== undefined) credentials.refused?.();
      // A password that was refused stays refused. Where credentials may not go, `authorize` says so.
      const credential = await credentials.get(host, mainRepository(scopes));
      return sent === undefined && credential !== undefined && (bearer !== undefined || "username" in credential);
    },
  };
}

/** Credentials may be of one repository: of several the one that is written to. */
function mainRepository(scopes: readonly Scope[]): string | undefined {
  const named = scopes.filter((scope) => "repository" in scope);
  return (named.find(({ actions }) => actions.some((action) => action !== "pull")) ?? named[0])?.repository;
}

function ofOneResource(scope: string, { scopes: [own = ""] }: TokenQuestion): string {
  const resource = own.slice(0, own.lastIndexOf(":") + 1);
  const words = scope.split(" ").filter((word) => word.startsWith(resource));
  return words.join(" ");
}
