// The page behind the one-time link: makes the first user in a browser, without a script. It and its form are the only HTML here that
// takes input, so the policy it comes with allows its own style and its own form, and nothing else.

import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { RegistryError } from "../oci/errors.ts";
import { escapeHtml } from "./html.ts";
import type { AccessHouse, Identity } from "./identity.ts";

const path = "/setup";
/** Longer names and passwords are refused when they are checked; this only keeps the page short. */
const maxField = 256;

/** `admit`: who it is, as for every route; the token is what counts here. */
export function mountSetupPage(
  api: FastifyInstance,
  { directory, externalUrl, setup }: AccessHouse,
  admit: (request: FastifyRequest) => Promise<Identity>,
): void {
  // In a scope of its own: nothing else takes forms, which pages of other sites can send.
  void api.register(async (scope) => {
    scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_, text, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(text))));
    });
    scope.get(path, async ({ query }, reply) => {
      await directory.refresh();
      const token = fieldOf(query, "token");
      return setup.isValid(token)
        ? sendPage(reply, 200, formatForm(token, ""))
        : sendPage(reply, 404, formatInvalid(directory.isOpen()));
    });
    scope.post(path, async (request, reply) => {
      const { caller } = await admit(request);
      const [token, name, password] = (["token", "name", "password"] as const).map((field) => fieldOf(request.body, field));
      if (!setup.isValid(token!)) return sendPage(reply, 404, formatInvalid(directory.isOpen()));
      try {
        await setup.use(token!, { name: name!, password: password! }, caller);
      } catch (error) {
        if (!(error instanceof RegistryError) || error.status >= 500) throw error;
        return sendPage(reply, error.status, formatForm(token!, name!, error.message));
      }
      return sendPage(reply, 200, formatDone(name!, externalUrl?.host ?? request.host));
    });
  });
}

function fieldOf(fields: unknown, name: string): string {
  const value = (fields as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "string" ? value.slice(0, maxField) : "";
}

/** The look of the UI, of which nothing can be loaded here. */
const style =
  ":root{--text:#212529;--page:#fff;--line:#adb5bd;--raised:#f8f9fa;--main:#1864ab;--link:#1864ab;--bad:#c92a2a}" +
  "@media(prefers-color-scheme:dark){:root{--text:#e9ecef;--page:#242424;--line:#5f6368;--raised:#2c2c2c;--main:#1971c2;" +
  "--link:#74c0fc;--bad:#ff8787}}" +
  "body{font:.875rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;max-width:23rem;margin:12vh auto;padding:0 1rem;" +
  "color:var(--text);background:var(--page)}h1{font-size:1.375rem;line-height:1.3}a{color:var(--link)}" +
  "label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}label{margin-top:1rem;font-weight:600}" +
  "input,button{min-height:2.25rem;padding:.25rem .75rem;border:1px solid var(--line);border-radius:4px}" +
  "input{margin-top:.25rem;color:inherit;background:var(--page)}:focus-visible{outline:2px solid var(--link);outline-offset:2px}" +
  "button{margin-top:1.25rem;border-color:var(--main);background:var(--main);color:#fff;font-weight:600;cursor:pointer}" +
  "[role=alert]{color:var(--bad)}code{font:.8125rem ui-monospace,monospace;overflow-wrap:anywhere}" +
  "pre{margin:0;padding:.5rem .75rem;border:1px solid var(--line);border-radius:4px;background:var(--raised);white-space:pre-wrap}";

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Referrer: the address holds the token; other sites never hear of it. */
function sendPage(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).headers({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
  }).send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Hythe: the first user</title>
<style>${style}</style>
${body}
</html>
`);
}

function formatForm(token: string, name: string, problem?: string): string {
  const alert = problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>\n`;
  return `<h1>The first user</h1>
<p>Until now everybody who can reach this registry may do everything. With its first user, an administrator, that ends.</p>
${alert}<form method="post" action="${path}">
<input type="hidden" name="token" value="${escapeHtml(token)}">
<label for="name">Name</label>
<input id="name" name="name" value="${escapeHtml(name)}" required maxlength="128" autocomplete="username" autocapitalize="none" autofocus>
<label for="password">Password, at least 10 characters</label>
<input id="password" name="password" type="password" required minlength="10" maxlength="256" autocomplete="new-password">
<button>Make this user the administrator</button>
</form>`;
}

function formatDone(name: string, host: string): string {
  const login = `login -u ${escapeHtml(name)} ${escapeHtml(host)}`;
  return `<h1>Done</h1>
<p>The registry is closed to everybody but <b>${escapeHtml(name)}</b>. Sign in for images with</p>
<pre><code>docker ${login}</code></pre>
<p>and with</p>
<pre><code>hythe ${login}</code></pre>
<p>to give rights to others with <code>hythe user</code>, <code>hythe robot</code> and <code>hythe grant</code>, or do that <a href="/ui/access">in the browser</a>.</p>`;
}

function formatInvalid(isOpen: boolean): string {
  const why = isOpen
    ? "Take all of the link that the last start of the registry printed: every start makes another one."
    : "It was good once, for the first user only. On the machine of the registry <code>hythe user add NAME</code> adds others.";
  return `<h1>This link is not valid</h1>
<p>${why}</p>`;
}
