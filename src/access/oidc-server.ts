// The OpenID provider as we know it: asked for its addresses and keys when somebody signs in, never at start, so that a provider that is
// down keeps nobody from working who does not need it. The only file that knows the library, which is loaded with the first sign-in.

import type { ClientAuth, Configuration, CustomFetchOptions } from "openid-client";
import { RegistryError } from "../oci/errors.ts";
import { toOidcError } from "./oidc-failure.ts";

export interface OidcSettings {
  /** https, or http on this machine. */
  readonly issuer: URL;
  readonly clientId: string;
  /** Undefined: a public client, with PKCE alone. */
  readonly clientSecret: string | undefined;
  /** With spaces between them, `openid` among them. */
  readonly scopes: string;
  readonly nameClaim: string;
  readonly groupsClaim: string;
}

/** What we made up for one sign-in. */
export interface Challenge {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE. */
  readonly verifier: string;
}

/** Who signed in, checked: signature, issuer, audience, expiry and nonce. */
export interface VerifiedClaims extends Readonly<Record<string, unknown>> {
  readonly iss: string;
  readonly sub: string;
}

export interface OidcServer {
  begin(redirectUri: string): Promise<Challenge & { readonly location: string }>;
  /** `answer`: where the browser was sent, with the query. `wantsMore`: whether the claims of the ID token leave a question open. */
  finish(
    answer: URL,
    challenge: Challenge,
    wantsMore: (claims: VerifiedClaims) => boolean,
  ): Promise<{ readonly claims: VerifiedClaims; readonly more: Readonly<Record<string, unknown>> }>;
}

/** Of one request to the provider, in seconds. */
const timeout = 10;
/** Addresses and keys of a provider change rarely, but they do. */
const knownForMs = 60 * 60_000;
/** While a provider is down, it is not asked more often than this. */
const failedForMs = 5000;
const maxAnswerBytes = 1024 * 1024;

/** @throws of both calls: UNREACHABLE, PROTOCOL_VIOLATED; of finish also DENIED when the provider says no, REQUEST_INVALID when it is too late */
export function createOidcServer(settings: OidcSettings, now: () => number): OidcServer {
  const { host } = settings.issuer;
  let known: Promise<Configuration> | undefined;
  let until = 0;

  function discover(): Promise<Configuration> {
    if (known === undefined || now() >= until) {
      until = now() + knownForMs;
      known = ask(settings).catch((error: unknown) => {
        until = now() + failedForMs;
        throw toOidcError(error, host);
      });
    }
    return known;
  }
  return {
    async begin(redirectUri) {
      const client = await import("openid-client");
      const configuration = await discover();
      const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
      const query = {
        redirect_uri: redirectUri,
        scope: settings.scopes,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      };
      try {
        return { state, nonce, verifier, location: client.buildAuthorizationUrl(configuration, query).href };
      } catch (error) {
        throw toOidcError(error, host);
      }
    },
    async finish(answer, { state, nonce, verifier }, wantsMore) {
      const client = await import("openid-client");
      const configuration = await discover();
      try {
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
        const tokens = await client.authorizationCodeGrant(configuration, answer, checks);
        const claims = tokens.claims()! as VerifiedClaims;
        assertSubject(claims.sub, host);
        const canAsk = configuration.serverMetadata().userinfo_endpoint !== undefined;
        const more =
          canAsk && wantsMore(claims) ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
        return { claims, more };
      } catch (error) {
        throw toOidcError(error, host);
      }
    },
  };
}

/** The specification says no more than 255 characters; the library takes none for one. */
function assertSubject(sub: string, host: string): void {
  if (sub.length > 0 && sub.length <= 255) return;
  throw new RegistryError("PROTOCOL_VIOLATED", {
    message: `the sign-in provider ${host} cannot be believed: the subject of its ID token has no or more than 255 characters`,
  });
}

async function ask({ issuer, clientId, clientSecret }: OidcSettings): Promise<Configuration> {
  const client = await import("openid-client");
  const { allowInsecureRequests, ClientSecretBasic, ClientSecretPost, customFetch, discovery, enableNonRepudiationChecks, None } =
    client;
  const authentication =
    clientSecret === undefined ? None() : withSecret(ClientSecretBasic(clientSecret), ClientSecretPost(clientSecret));
  return discovery(issuer, clientId, undefined, authentication, {
    timeout,
    [customFetch]: fetchBounded,
    execute: issuer.protocol === "http:" ? [enableNonRepudiationChecks, allowInsecureRequests] : [enableNonRepudiationChecks],
  });
}

/** As the specification has it: Basic, unless the provider says that it takes something else. */
function withSecret(basic: ClientAuth, post: ClientAuth): ClientAuth {
  return (server, ...request) => {
    const takesBasic = server.token_endpoint_auth_methods_supported?.includes("client_secret_basic") ?? true;
    return (takesBasic ? basic : post)(server, ...request);
  };
}

/** Answers of any length must not fill the memory. */
async function fetchBounded(url: string, { signal, body, ...options }: CustomFetchOptions): Promise<Response> {
  const response = await fetch(url, {
    ...options,
    body: (body ?? null) as NonNullable<RequestInit["body"]> | null,
    ...(signal && { signal }),
  });
  const { status, headers } = response;
  if (response.body === null) return new Response(null, { status, headers });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxAnswerBytes)
      throw new RegistryError("PROTOCOL_VIOLATED", { message: `${new URL(url).host} answers without end` });
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status, headers });
}
