// Signing in with an OpenID provider: authorization code with PKCE, state and nonce. The provider says who somebody is and in which groups;
// from then on sessions and tokens are ours and live without it. The first sign-in makes the user, with no rights but those of their groups.

import { RegistryError } from "../oci/errors.ts";
import type { Caller } from "./caller.ts";
import type { Directory, Member } from "./directory.ts";
import type { Members } from "./members.ts";
import { isComplete, toIdentity, type ClaimNames, type Identity } from "./oidc-claims.ts";
import { createOidcServer, type OidcSettings } from "./oidc-server.ts";
import { createTickets, type Ticket } from "./oidc-ticket.ts";
import { parseReturnPath } from "./return-path.ts";
import { isSameSecret } from "./secret.ts";

export interface Oidc {
  /** Where to send the browser, and what it keeps meanwhile (a Set-Cookie). @throws REQUEST_INVALID, UNREACHABLE, PROTOCOL_VIOLATED */
  start(returnTo: string): Promise<{ readonly location: string; readonly cookie: string }>;
  /**
   * The browser came back, with this query (`?code=…`) and these cookies. `returnTo`: a path of this server; `cookie`: a Set-Cookie that
   * ends what start() began. @throws REQUEST_INVALID when it was not begun there, DENIED, CONFLICT when the name belongs to somebody else,
   * UNREACHABLE, PROTOCOL_VIOLATED
   */
  finish(
    query: string,
    cookies: string | undefined,
    caller: Caller,
  ): Promise<{ readonly member: Member; readonly returnTo: string; readonly cookie: string }>;
}

export interface OidcOptions {
  readonly settings: OidcSettings;
  /** Where browsers reach us, an origin; known when we listen. */
  readonly externalUrl: () => string;
  /** That of all keys of access. */
  readonly secret: Uint8Array;
  readonly members: Pick<Members, "signInExternal">;
  readonly directory: Pick<Directory, "refresh" | "member">;
  readonly now: () => number;
}

/** What the provider must know of us. */
const callbackPath = "/api/v1/session/oidc/callback";
const ticketMs = 10 * 60_000;

/** Asks nobody anything before somebody signs in. */
export function createOidc({ settings, externalUrl, secret, members, directory, now }: OidcOptions): Oidc {
  const server = createOidcServer(settings, now);
  const tickets = createTickets(secret, now);

  /** @throws REQUEST_INVALID */
  function openTicket(query: URLSearchParams, sealed: string | undefined): Ticket {
    const ticket = sealed === undefined ? undefined : tickets.open(sealed);
    if (ticket !== undefined && isSameSecret(ticket.state, query.get("state") ?? "")) return ticket;
    throw new RegistryError("REQUEST_INVALID", {
      message: "this sign-in was not begun in this browser, or more than ten minutes ago: start again",
    });
  }

  return {
    async start(returnTo) {
      const path = parseReturnPath(returnTo);
      const { location, ...challenge } = await server.begin(externalUrl() + callbackPath);
      const sealed = tickets.seal({ ...challenge, returnTo: path, expiresMs: now() + ticketMs });
      return { location, cookie: cookiePlace(externalUrl()).format(sealed, ticketMs / 1000) };
    },
    async finish(query, cookies, caller) {
      const place = cookiePlace(externalUrl());
      const answer = new URL(externalUrl() + callbackPath);
      answer.search = query;
      const ticket = openTicket(answer.searchParams, readCookie(cookies, place.name));
      const { claims, more } = await server.finish(answer, ticket, (found) => !isComplete(found, settings));
      const identity = toIdentity(claims, more, settings);
      const id = await members.signInExternal(identity, caller).catch((error: unknown) => {
        throw explain(error, identity, settings);
      });
      await directory.refresh();
      const member = await directory.member(id);
      if (member === undefined || member.barred !== undefined) {
        throw new RegistryError("DENIED", { message: `'${identity.name}' may not sign in here: ask an administrator` });
      }
      return { member, returnTo: ticket.returnTo, cookie: place.format("", 0) };
    },
  };
}

/** In words for who has just come from the provider. */
function explain(error: unknown, { name }: Identity, { nameClaim, groupsClaim }: ClaimNames): unknown {
  if (!(error instanceof RegistryError)) return error;
  const { code, message } = error;
  if (code === "CONFLICT") {
    return new RegistryError(code, { message: `the name '${name}' belongs to somebody else here: ask an administrator` });
  }
  if (code !== "REQUEST_INVALID") return error;
  const problem =
    name === "" ? `'${nameClaim}' is missing (oidc.nameClaim, oidc.scopes)` : `'${nameClaim}' or '${groupsClaim}': ${message}`;
  return new RegistryError(code, { message: `the sign-in provider makes a claim that cannot be taken: ${problem}` });
}

function cookiePlace(externalUrl: string): { readonly name: string; format(value: string, maxAgeSeconds: number): string } {
  const secure = externalUrl.startsWith("https:");
  // With https the prefix keeps other hosts of the same domain from setting it, and so from signing others in as themselves.
  const name = secure ? "__Host-hythe_oidc" : "hythe_oidc";
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  return { name, format: (value, maxAgeSeconds) => `${name}=${value}; ${attributes}; Max-Age=${maxAgeSeconds}` };
}

/** Undefined: none, or several, of which somebody else must have set one. */
function readCookie(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim());
  const found = pairs.filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]!.slice(name.length + 1) : undefined;
}
