// A bearer token from a token server (distribution: docs/spec/auth/token, docs/spec/auth/oauth): by GET with Basic, or by POST where there
// is a refresh token. Some servers know only one of the two: each falls back to the other as long as there is a password.

import { createRegistryError, type ErrorCode } from "../oci/errors.ts";
import type { Credential, Login } from "./credential.ts";
import { parseRetryAfter } from "./retry.ts";
import { explain, redact } from "./wire-errors.ts";

/** Whatever a token server answers, read whole. See createTokenAsk. @throws UNREACHABLE, TIMEOUT, PROTOCOL_VIOLATED */
export type AskTokenServer = (request: TokenServerRequest) => Promise<TokenServerAnswer>;

export interface TokenServerRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface TokenServerAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /** Every WWW-Authenticate header, in order. */
  readonly challenges: readonly string[];
  readonly text: string;
}

export interface TokenQuestion {
  /** As `resolveRealm` gives it. */
  readonly realm: URL;
  readonly service: string | undefined;
  /** Merged. */
  readonly scopes: readonly string[];
  /** Undefined: for anybody. */
  readonly credential: Exclude<Credential, { readonly registryToken: string }> | undefined;
  /** From an earlier answer: tried before the credential, which is then what a refusal falls back to. */
  readonly refreshToken?: string | undefined;
  /** Ask for a refresh token, too: only to log in, since some servers give out ones that do not work. */
  readonly offline?: true;
}

export interface Token {
  readonly value: string;
  /** Milliseconds by our own clock. */
  readonly expiresAt: number;
  /** For the next question: a new one, or the one that worked. */
  readonly refreshToken: string | undefined;
}

const clientId = "hythe";
/** Seconds that a token lives when its server does not say, or says less. */
const minLifetime = 60;
const maxLifetime = 365 * 24 * 3600;
/** What servers say who do not know how they were asked: ACR 400, Artifactory 401, Google 404. */
const notThisWay = new Set([400, 401, 404, 405]);

/** Asks at most three times. @throws UNAUTHORIZED, DENIED, TOOMANYREQUESTS, UNAVAILABLE, PROTOCOL_VIOLATED as the server answered, and what `ask` throws */
export async function askForToken(
  ask: AskTokenServer,
  question: TokenQuestion,
  now: () => number,
  signal?: AbortSignal,
): Promise<Token> {
  const ways = waysToAsk(question);
  for (const [index, way] of ways.entries()) {
    const answer = await ask({ ...way.request, signal });
    if (answer.status >= 200 && answer.status < 300) return parseToken(answer.text, way, now());
    const next = ways[index + 1];
    if (next === undefined || !next.after.has(answer.status))
      throw refusal(answer, way, question, { secrets: ways.map(({ secret }) => secret), now: now() });
  }
  throw new Error("there is always a way to ask");
}

interface Way {
  readonly request: TokenServerRequest;
  /** Statuses of the way before, after which this one is tried. */
  readonly after: ReadonlySet<number>;
  readonly refreshToken?: string;
  /** As an Authorization, to be cut out of what the server says. */
  readonly secret: string | undefined;
}

function waysToAsk(question: TokenQuestion): Way[] {
  const { credential, refreshToken } = question;
  const ways: Way[] = [];
  if (refreshToken !== undefined) ways.push(byRefreshToken(question, refreshToken));
  if (credential === undefined) {
    ways.push(byQuery(question, undefined));
  } else if ("identityToken" in credential) {
    if (credential.identityToken !== refreshToken) ways.push(byRefreshToken(question, credential.identityToken));
  } else {
    ways.push(byQuery(question, credential), byPassword(question, credential));
  }
  return ways;
}

function byQuery({ offline, realm, service, scopes }: TokenQuestion, login: Login | undefined): Way {
  const url = new URL(realm);
  const query = url.searchParams; // what the realm brought along stays as it is
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && !query.has(name)) query.append(name, value);
  };
  add("service", service);
  for (const scope of scopes) if (!query.has("scope", scope)) query.append("scope", scope);
  add("client_id", clientId);
  add("account", login?.username);
  add("offline_token", offline === true ? "true" : undefined);
  const secret = login === undefined ? undefined : basic(login);
  const headers = { accept: "application/json", ...(secret !== undefined && { authorization: secret }) };
  return { request: { method: "GET", url, headers }, after: notThisWay, secret };
}

function byRefreshToken(question: TokenQuestion, refreshToken: string): Way {
  const form = { grant_type: "refresh_token", refresh_token: refreshToken };
  return { request: post(question, form), after: notThisWay, refreshToken, secret: `Bearer ${refreshToken}` };
}

/** Only where the page for GET is not there: a server that knows it has already refused the password. */
function byPassword(question: TokenQuestion, login: Login): Way {
  const request = post(question, { grant_type: "password", username: login.username, password: login.password });
  return { request, after: new Set([404, 405]), secret: basic(login) };
}

function post({ offline, realm, service, scopes }: TokenQuestion, grant: Record<string, string>): TokenServerRequest {
  const form = new URLSearchParams({ ...grant, client_id: clientId, access_type: offline === true ? "offline" : "online" });
  if (service !== undefined) form.set("service", service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url: realm, headers, body: form.toString() };
}

/** The value of Authorization. */
export function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function parseToken(text: string, way: Way, now: number): Token {
  const answer = parseObject(text);
  const value = [answer?.["access_token"], answer?.["token"]].find((each) => typeof each === "string" && each !== "");
  // What cannot stand in a header is no token: RFC 6750 has fewer characters still.
  if (answer === undefined || typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) {
    throw createRegistryError("PROTOCOL_VIOLATED", {
      message: `the token server ${way.request.url.host} answered without a token`,
    });
  }
  const refreshToken = answer["refresh_token"];
  return {
    value,
    expiresAt: expiry(answer["issued_at"], answer["expires_in"], now),
    refreshToken: typeof refreshToken === "string" && refreshToken !== "" ? refreshToken : way.refreshToken,
  };
}

/** By our own clock: an issue date in the future, or so long ago that the token would be over, tells of another clock and means now. */
function expiry(issuedAt: unknown, expiresIn: unknown, now: number): number {
  const seconds = Number(typeof expiresIn === "string" || typeof expiresIn === "number" ? expiresIn : 0);
  const lifetime = Math.min(Math.max(seconds || 0, minLifetime), maxLifetime) * 1000; // NaN is none
  const issued = typeof issuedAt === "string" ? Date.parse(issuedAt) : Number.NaN;
  return (issued <= now && issued + lifetime > now ? issued : now) + lifetime;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // no JSON is no token, the caller says so
  }
}

const codes: Readonly<Record<number, ErrorCode>> = {
  400: "UNAUTHORIZED",
  401: "UNAUTHORIZED",
  403: "DENIED",
  429: "TOOMANYREQUESTS",
};

function refusal(
  answer: TokenServerAnswer,
  way: Way,
  { realm, credential }: TokenQuestion,
  { now, secrets }: { readonly now: number; readonly secrets: readonly (string | undefined)[] },
): Error {
  const { status } = answer;
  const code = codes[status] ?? (status >= 500 ? "UNAVAILABLE" : "PROTOCOL_VIOLATED");
  const { message } = explain(answer.text, answer.header("content-type") ?? "");
  const said = message === undefined ? "" : `: ${secrets.reduce<string>(redact, message)}`;
  const retryAt = parseRetryAfter(answer.header("retry-after"), now);
  const what = code === "UNAUTHORIZED" && credential !== undefined ? "refused the credentials" : "gave no token";
  const without = code === "UNAUTHORIZED" && credential === undefined ? " to somebody who is not logged in" : "";
  return createRegistryError(code, {
    message: `the token server ${realm.host} ${what}${without} (${status})${said}`,
    request: { host: realm.host, method: way.request.method, path: realm.pathname, attempts: 1, status },
    ...(retryAt !== undefined && { retryAt }),
  });
}
