// The cookie of a session, and what keeps other sites from using it: its own attributes, the Origin of the request, and a token that
// only our own pages know.

import type { IncomingMessage } from "node:http";
import { isCsrfOf } from "../access/sessions.ts";
import { RegistryError } from "../oci/errors.ts";
import type { AccessHouse, Identity } from "./identity.ts";

type Place = Pick<AccessHouse, "address" | "externalUrl">;

/** With https the prefix makes browsers refuse it from subdomains and from plain http. */
function cookieName(secure: boolean): string {
  return secure ? "__Host-hythe_session" : "hythe_session";
}

function isSecure({ address, externalUrl }: Place, request: IncomingMessage): boolean {
  return externalUrl === undefined ? address.isSecure(request) : externalUrl.protocol === "https:";
}

/** Undefined: none, or several, of which somebody else must have set one. */
export function readSessionCookie(place: Place, request: IncomingMessage): string | undefined {
  const name = cookieName(isSecure(place, request));
  const found = (request.headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]!.slice(name.length + 1) : undefined;
}

export function clearSessionCookie(place: Place, request: IncomingMessage): string {
  return formatSessionCookie(place, request, "", 0);
}

/** A Set-Cookie. Not Strict: the way back from an OpenID provider is a navigation from another site. */
export function formatSessionCookie(place: Place, request: IncomingMessage, secret: string, maxAgeSeconds: number): string {
  const secure = isSecure(place, request);
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure ? "; Secure" : ""}`;
  return `${cookieName(secure)}=${secret}; ${attributes}`;
}

/**
 * Whether one of our own pages, or no page at all, sends this request that changes something. @throws DENIED
 * Told from what browsers say and pages cannot change: Sec-Fetch-Site, Origin. Programs send neither.
 */
export function assertOwnPage({ externalUrl }: Place, { headers }: IncomingMessage): void {
  const site = headers["sec-fetch-site"];
  const { origin } = headers;
  const isOwnSite = site === undefined || site === "same-origin" || site === "none";
  if (isOwnSite && (origin === undefined || isOwnOrigin(origin, externalUrl, headers.host))) return;
  throw new RegistryError("DENIED", { message: "a page of another site may not do that here" });
}

function isOwnOrigin(origin: string, externalUrl: URL | undefined, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const { host: named, origin: whole } = new URL(origin);
  return whole === externalUrl?.origin || (named !== "" && named === host?.toLowerCase());
}

/** Who came with the cookie must show that one of our pages has it. @throws DENIED */
export function assertCsrf({ session }: Identity, { headers }: IncomingMessage): void {
  if (session === undefined) return;
  const token = headers["x-csrf-token"];
  if (typeof token === "string" && isCsrfOf(session, token)) return;
  throw new RegistryError("DENIED", { message: "with the session cookie, X-CSRF-Token must be the `csrf` of /api/v1/session" });
}
