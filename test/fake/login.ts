// Who may ask the fake registry for what, and the challenge for everybody else, in all the forms that are seen.

import { accessNeeded, routeRepository } from "../../src/oci/route.ts";
import { replyError, type FakeExchange } from "./fake-exchange.ts";
import type { Grants, TokenServer } from "./token-server.ts";

export interface LoginOptions {
  /** open: nobody is asked. */
  readonly login: "open" | "basic" | "bearer";
  readonly users: Readonly<Record<string, string>>;
  readonly anonymous: "nothing" | "pull";
}

const service = "fake registry";

/** Answers 401 when the request has no right to be: true. */
export function answerStranger(exchange: FakeExchange, tokens: TokenServer, options: LoginOptions): boolean {
  const { has } = exchange.world;
  const { login } = options;
  if (login === "open" || exchange.route === undefined) return false;
  const needed = neededBy(exchange);
  const authorization = exchange.req.headers.authorization;
  const basic = login === "basic" || has("two-challenges-one-header");
  if (basic && authorization !== undefined && isUser(authorization, options.users)) return false;
  const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
  const grants = token === undefined ? undefined : tokens.grantsOf(token);
  if (login === "bearer" && grants !== undefined && allows(grants, needed)) return false;
  if (
    login === "basic" &&
    authorization === undefined &&
    options.anonymous === "pull" &&
    needed.every(({ action }) => action === "pull")
  ) {
    return false;
  }
  const trouble = token === undefined ? "" : grants === undefined ? ',error="invalid_token"' : ',error="insufficient_scope"';
  const shown =
    has("challenge-only-on-base") && exchange.route.kind !== "base"
      ? undefined
      : challenges(exchange, tokens, login, needed, trouble);
  if (shown !== undefined) exchange.res.setHeader("www-authenticate", shown);
  return replyError(exchange.res, 401, "UNAUTHORIZED");
}

interface Needed {
  readonly name: string;
  readonly action: string;
}

function neededBy({ method, query, route, world }: FakeExchange): readonly Needed[] {
  const access = accessNeeded(route!.kind, method);
  const name = routeRepository(route!);
  if (access === "none" || access === "login") return [];
  if (access === "catalog") return [{ name: "*", action: "*" }];
  const actions =
    access === "push"
      ? ["pull", "push"]
      : access === "delete"
        ? world.has("delete-needs-triple")
          ? ["pull", "push", "delete"]
          : [world.has("delete-never-granted") ? "push" : "delete"]
        : [access];
  const from = query.get("from");
  const source = route!.kind === "uploads" && query.has("mount") && from !== null ? [{ name: from, action: "pull" }] : [];
  return [...actions.map((action) => ({ name: name!, action })), ...source];
}

function allows(grants: Grants, needed: readonly Needed[]): boolean {
  return needed.every(({ name, action }) => grants.get(name)?.has(action) ?? false);
}

function isUser(authorization: string, users: LoginOptions["users"]): boolean {
  const text = Buffer.from(/^Basic (.*)$/i.exec(authorization)?.[1] ?? "", "base64").toString();
  return Object.entries(users).some(([name, password]) => text === `${name}:${password}`);
}

function challenges(
  { world: { has, url } }: FakeExchange,
  tokens: TokenServer,
  login: "basic" | "bearer",
  needed: readonly Needed[],
  trouble: string,
): string[] {
  if (login === "basic")
    return [has("basic-realm-is-url") ? `Basic realm="${url}/",service="fake.example"` : `Basic realm="${service}"`];
  const realm = has("realm-is-relative")
    ? "/token"
    : has("realm-has-query")
      ? `${tokens.realm}?account_type=cloud`
      : tokens.realm;
  const scope = has("two-challenges-one-header") ? "*" : toScopes(needed);
  const scheme = has("challenge-in-odd-case") ? "bEARER REALM" : "Bearer realm";
  const bearer = `${scheme}="${realm}",service="${service}"${scope === "" ? "" : `,scope="${scope}"`}${trouble}`;
  if (has("two-challenges-one-header")) return [`${bearer}, Basic realm="${service}"`];
  return has("negotiate-first") ? ["Negotiate", bearer] : [bearer];
}

function toScopes(needed: readonly Needed[]): string {
  const names = [...new Set(needed.map(({ name }) => name))];
  const scope = (name: string): string => {
    const actions = needed.filter((one) => one.name === name).map(({ action }) => action);
    return name === "*" ? "registry:catalog:*" : `repository:${name}:${actions.join(",")}`;
  };
  return names.map(scope).join(" ");
}
