// The token server of the fake registry, on a port of its own: GET and POST, several scopes, refresh and identity tokens, and the ways in
// which real ones differ. Tokens are random and remembered, so that the registry can look up what one allows.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MannerName } from "./manners.ts";
import { reply, replyError } from "./fake-exchange.ts";

/** What a token allows, by repository; `*` stands for the catalog. */
export type Grants = ReadonlyMap<string, ReadonlySet<string>>;

export interface TokenRequest {
  readonly method: string;
  readonly grant: "basic" | "password" | "refresh_token" | "none";
  readonly account: string | undefined;
  readonly clientId: string | undefined;
  readonly service: string | undefined;
  /** As they came, one entry a parameter. */
  readonly scopes: readonly string[];
  status?: number;
}

export interface TokenServer {
  /** http://127.0.0.1:PORT/token */
  readonly realm: string;
  readonly requests: readonly TokenRequest[];
  /** Undefined: not one of ours, or expired. */
  grantsOf(token: string): Grants | undefined;
  /** A long-lived token that stands for the password of `user`, as a login with an identity token gets it. */
  identityToken(user: string): string;
  /** Every token given out so far stops working. */
  revokeAll(): void;
  /** Answers a request that came another way: to the registry itself. */
  serve(req: IncomingMessage, res: ServerResponse): void;
  close(): Promise<void>;
}

export interface TokenServerOptions {
  readonly users: Readonly<Record<string, string>>;
  /** What somebody without a login may have. */
  readonly anonymous: "nothing" | "pull";
  readonly has: (manner: MannerName) => boolean;
  readonly now: () => number;
}

interface Asked {
  readonly query: URLSearchParams;
  readonly user: string | undefined;
  readonly grant: TokenRequest["grant"];
}

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { has, now, users } = options;
  const requests: TokenRequest[] = [];
  const tokens = new Map<string, { readonly grants: Grants; readonly untilMs: number }>();
  const refreshTokens = new Map<string, string>();

  const newRefreshToken = (user: string): string => {
    const token = `refresh-${randomUUID()}`;
    refreshTokens.set(token, user);
    return token;
  };

  /** Undefined: the credentials are wrong. */
  function whoAsks(req: IncomingMessage, form: URLSearchParams): Asked | undefined {
    const query = req.method === "POST" ? form : new URL(req.url!, "http://token").searchParams;
    const grant = form.get("grant_type");
    if (grant === "refresh_token") {
      const user = refreshTokens.get(form.get("refresh_token") ?? "");
      return user === undefined ? undefined : { query, user, grant };
    }
    const basic = /^Basic (.*)$/i.exec(req.headers.authorization ?? "")?.[1];
    const [name, password] =
      grant === "password"
        ? [form.get("username") ?? "", form.get("password") ?? ""]
        : splitAtColon(Buffer.from(basic ?? "", "base64").toString());
    if (grant !== "password" && basic === undefined) return { query, user: undefined, grant: "none" };
    if (!Object.hasOwn(users, name) || users[name] !== password) return undefined;
    return { query, user: name, grant: grant === "password" ? "password" : "basic" };
  }

  function grantsFor(scopes: readonly string[], user: string | undefined): Grants {
    const grants = new Map<string, ReadonlySet<string>>();
    const read = has("token-reads-first-scope-only") ? scopes.slice(0, 1) : scopes;
    for (const scope of read) {
      const { name, actions, type } = parseScope(scope);
      if (type === "registry") {
        if (user !== undefined && !has("catalog-never-granted")) grants.set("*", new Set(["*"]));
        continue;
      }
      const may = (action: string): boolean =>
        user === undefined
          ? options.anonymous === "pull" && action === "pull"
          : action !== "delete" || !has("delete-never-granted");
      const allowed = actions.filter(may);
      if (allowed.length > 0) grants.set(name, new Set([...(grants.get(name) ?? []), ...allowed]));
    }
    return grants;
  }

  function refusal(req: IncomingMessage, form: URLSearchParams, scopes: readonly string[]): [number, unknown] | undefined {
    const post = req.method === "POST";
    if (has("realm-has-query") && !req.url!.includes("account_type=cloud")) return [400, { message: "which kind of account?" }];
    if (post && has("token-post-404")) return [404, "<html><body>not found</body></html>"];
    if (post && has("token-post-405")) return [405, "<html><body>method not allowed</body></html>"];
    if (post && has("token-post-401")) return [401, { message: "no POST here" }];
    if (form.get("grant_type") === "password" && has("token-password-grant-400"))
      return [400, { errors: [{ code: "UNSUPPORTED" }] }];
    if (post && form.get("client_id") === null) return [400, { details: "client_id is required" }];
    const names = scopes.map((scope) => parseScope(scope).name);
    if (has("token-refuses-repeated-repository") && new Set(names).size < names.length)
      return [400, { details: "repeated repository" }];
    if (has("token-for-one-repository") && new Set(names).size > 1) return [400, { errors: [{ code: "DENIED" }] }];
    return undefined;
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const form = new URLSearchParams(req.method === "POST" ? Buffer.concat(await req.toArray()).toString() : "");
    const asked = whoAsks(req, form);
    const query = req.method === "POST" ? form : new URL(req.url!, "http://token").searchParams;
    const scopes = query.getAll("scope").flatMap((scope) => (req.method === "POST" ? scope.split(" ") : [scope]));
    const request: TokenRequest = {
      method: req.method!,
      grant: asked?.grant ?? (form.get("grant_type") as "password" | null) ?? "basic",
      account: query.get("account") ?? undefined,
      clientId: query.get("client_id") ?? undefined,
      service: query.get("service") ?? undefined,
      scopes: query.getAll("scope"),
    };
    requests.push(request);
    res.on("finish", () => void (request.status = res.statusCode));
    const refused = refusal(req, form, scopes);
    if (refused !== undefined) return void reply(res, ...refused);
    if (asked === undefined) return denied(res);
    const token = randomUUID();
    const seconds = has("tokens-live-one-second") ? 1 : has("tokens-live-five-minutes") ? 300 : 3600;
    tokens.set(token, { grants: grantsFor(scopes, asked.user), untilMs: now() + seconds * 1000 });
    reply(res, 200, describeToken(token, seconds, asked));
  }

  function denied(res: ServerResponse): void {
    if (has("token-errors-in-message")) reply(res, 401, { message: "incorrect username or password" });
    else if (has("token-errors-in-details")) reply(res, 401, { details: "incorrect username or password" });
    else replyError(res, 401, "UNAUTHORIZED", {}, "incorrect username or password");
  }

  function describeToken(token: string, seconds: number, { grant, query, user }: Asked): Record<string, unknown> {
    const {
      token: named,
      expires_in: expires,
      issued_at: issued,
    } = {
      token: has("token-called-access-token")
        ? { access_token: token }
        : has("token-called-token")
          ? { token }
          : { token, access_token: token },
      expires_in: has("token-without-expiry") ? {} : { expires_in: seconds },
      issued_at: has("token-issued-in-future")
        ? { issued_at: new Date(now() + 3_600_000).toISOString() }
        : has("token-issued-long-ago")
          ? { issued_at: new Date(now() - 86_400_000).toISOString() }
          : { issued_at: new Date(now()).toISOString() },
    };
    const wantsRefresh =
      query.get("offline_token") === "true" || query.get("access_type") === "offline" || grant === "refresh_token";
    const refresh = wantsRefresh && user !== undefined ? { refresh_token: newRefreshToken(user) } : {};
    return { ...named, ...expires, ...issued, ...refresh };
  }

  const serve = (req: IncomingMessage, res: ServerResponse): void => void answer(req, res).catch(() => res.destroy());
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    requests,
    grantsOf(token) {
      const found = tokens.get(token);
      return found !== undefined && found.untilMs > now() ? found.grants : undefined;
    },
    identityToken: newRefreshToken,
    revokeAll: () => tokens.clear(),
    serve,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** `repository:team/app:pull,push`, `registry:catalog:*`; names may hold colons (ports), never their last part. */
function parseScope(scope: string): { readonly type: string; readonly name: string; readonly actions: readonly string[] } {
  const first = scope.indexOf(":");
  const last = scope.lastIndexOf(":");
  const actions = scope.slice(last + 1).split(",");
  const all = actions.includes("*") ? ["pull", "push", "delete"] : actions;
  return { type: scope.slice(0, first), name: scope.slice(first + 1, last), actions: all };
}

function splitAtColon(text: string): [before: string, after: string] {
  const at = text.indexOf(":");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
