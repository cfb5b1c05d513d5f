// A browser as far as sessions go: keeps cookies, shows the CSRF token of its page, says which site a request comes from.

import type { Asker, Reply } from "./asker.ts";
import { sessionAnswer, type SessionAnswer } from "../src/wire/session.ts";

export interface Browser {
  /** As a page of the registry itself sends it. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  signIn(credentials: { readonly name: string; readonly secret: string }): Promise<SessionAnswer>;
  /** The value of the cookie of the session; tests put others there. */
  cookie: string | undefined;
  /** What the page shows; undefined: nothing. */
  csrf: string | undefined;
}

export function openBrowser(asker: Asker, host: string): Browser {
  const browser: Browser = {
    cookie: undefined,
    csrf: undefined,
    async ask(method, path, body, headers = {}) {
      const reply = await asker.ask({
        method,
        path,
        headers: {
          host,
          ...(method !== "GET" && { origin: `http://${host}`, "sec-fetch-site": "same-origin" }),
          ...(browser.cookie !== undefined && { cookie: `hythe_session=${browser.cookie}` }),
          ...(browser.csrf !== undefined && method !== "GET" && { "x-csrf-token": browser.csrf }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const [, value] = /^hythe_session=([^;]*)/.exec(reply.header("set-cookie") ?? "") ?? [];
      if (value !== undefined) browser.cookie = value === "" ? undefined : value;
      return reply;
    },
    async signIn({ name, secret }) {
      const reply = await browser.ask("POST", "/api/v1/session", { name, password: secret });
      if (reply.status !== 200) throw new Error(`not signed in: ${reply.status} ${reply.body}`);
      const answer = sessionAnswer.parse(JSON.parse(reply.body));
      browser.csrf = answer.csrf ?? undefined;
      return answer;
    },
  };
  return browser;
}
