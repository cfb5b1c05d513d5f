// A real OpenID provider (oidc-provider) on loopback, and a browser without a window that signs in at it by following its pages.

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";

export interface OpenidProvider {
  readonly url: string;
  /** By subject; may be changed at any time. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** The same provider with new keys: what it signed before, it does not know any more. */
  changeKeys(): Promise<void>;
  /** Nobody answers any more, until start(). */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface OpenidClient {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly redirect_uris: readonly string[];
  /** client_secret_basic, client_secret_post, none */
  readonly token_endpoint_auth_method: string;
}

export interface OpenidProviderOptions {
  readonly clients: readonly OpenidClient[];
  /** Whether the ID token says all; otherwise userinfo does, as the specification prefers. */
  readonly wholeIdToken?: boolean;
}

/** The caller stops it. */
export async function openOpenidProvider({ clients, wholeIdToken = false }: OpenidProviderOptions): Promise<OpenidProvider> {
  const people = new Map<string, Readonly<Record<string, unknown>>>();
  const settings = {
    clients,
    scopes: ["openid", "profile", "groups"],
    claims: { openid: ["sub"], profile: ["preferred_username", "name"], groups: ["groups"] },
    conformIdTokenClaims: !wholeIdToken,
    cookies: { keys: ["not a secret"] },
    pkce: { required: () => true },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 600, Session: 600 },
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ ...people.get(sub), sub }) }),
  };
  let server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  let answer = await withNewKeys();

  async function withNewKeys(): Promise<RequestListener> {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig" }] };
    return quietly(async () => {
      const { Provider } = await import("oidc-provider");
      return new Provider(url, { ...settings, jwks }).callback();
    });
  }
  const listen = (): void => {
    server.on("request", (req, res) => answer(req, res));
  };
  listen();
  return {
    url,
    people,
    async changeKeys() {
      answer = await withNewKeys();
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
    async start() {
      server = createServer();
      listen();
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
  };
}

/** It warns that it must not be used like this beyond a test, which is right. */
async function quietly<T>(make: () => Promise<T>): Promise<T> {
  const { warn, info } = console;
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  try {
    return await make();
  } finally {
    Object.assign(console, { warn, info });
  }
}

export interface Browser {
  /** Goes where the provider sends it, fills its forms, and stops where it would leave: the address that it was sent to. */
  signIn(location: string, subject: string): Promise<URL>;
  /** The same, until the provider asks for consent, which is denied. */
  refuse(location: string, subject: string): Promise<URL>;
}

/** With cookies of its own. */
export function createBrowser(): Browser {
  const cookies = new Map<string, string>();
  const visit = async (url: URL, form?: Readonly<Record<string, string>>): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const sent = form && { method: "POST", body: new URLSearchParams(form) };
    const response = await fetch(url, { redirect: "manual", headers: { cookie }, ...sent });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      if (value === "") cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    return response;
  };
  const walk = async (location: string, subject: string, consents: boolean): Promise<URL> => {
    let url = new URL(location);
    const { origin } = url;
    let form: Readonly<Record<string, string>> | undefined;
    for (let step = 0; step < 20; step++) {
      const response = await visit(url, form);
      const next = response.headers.get("location");
      const page = await response.text();
      form = undefined;
      if (next !== null) {
        url = new URL(next, url);
        if (url.origin !== origin) return url;
        continue;
      }
      const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
      if (action === undefined) throw new Error(`the provider shows a page without a form: ${response.status} ${page}`);
      const isConsent = page.includes('name="prompt" value="consent"');
      if (isConsent && !consents) {
        url = new URL(/href="([^"]+\/abort)"/.exec(page)![1]!, url);
        continue;
      }
      url = new URL(action, url);
      form = isConsent ? { prompt: "consent" } : { prompt: "login", login: subject, password: "anything" };
    }
    throw new Error("the provider sends the browser around in circles");
  };
  return {
    signIn: (location, subject) => walk(location, subject, true),
    refuse: (location, subject) => walk(location, subject, false),
  };
}
