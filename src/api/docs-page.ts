// GET /docs: the OpenAPI document as a page to read: without a script, so that the find of the browser sees all of it and nothing of it
// can do anything.

import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { docsStyle } from "./docs-style.ts";
import { formatOperation, type Operation } from "./docs-operation.ts";
import { escapeHtml, formatSentence } from "./html.ts";
import type { OpenApi } from "./openapi.ts";
import { etagOf } from "./web-files.ts";

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(docsStyle).digest("base64")}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function mountDocs(api: FastifyInstance, openApi: () => OpenApi): void {
  let made: { readonly page: string; readonly etag: string } | undefined;
  api.get("/docs", async (request, reply) => {
    const { page, etag } = (made ??= makePage(openApi()));
    reply.headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-cache",
      "referrer-policy": "same-origin",
      "x-frame-options": "DENY",
      etag,
    });
    return request.headers["if-none-match"] === etag ? reply.code(304).send() : reply.send(page);
  });
}

function makePage(document: OpenApi): { page: string; etag: string } {
  const page = formatDocs(document);
  return { page, etag: etagOf(page) };
}

export function formatDocs({ components, info, paths }: OpenApi): string {
  const groups = Map.groupBy(operationsOf(paths), ({ path }) => path.split("/")[3] ?? "");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/ui/icon.svg" type="image/svg+xml">
<title>API of Hythe ${escapeHtml(info.version)}</title>
<style>${docsStyle}</style>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<nav aria-label="Routes">
<p class="home"><a href="/">Hythe</a> API</p>
<p><a href="#signing-in">Signing in</a><a href="#lists">Lists</a><a href="#errors">Errors</a></p>
${[...groups].map(([name, own]) => formatGroupLinks(name, own)).join("\n")}
</nav>
<main id="content">
<h1>The API of Hythe ${escapeHtml(info.version)}</h1>
<p>${escapeHtml(info.description)} Everything on this page is also <a href="/api/v1/openapi.json">a document for machines</a> (OpenAPI 3.1).</p>
${introduction(components)}
${[...groups].map(([name, own]) => formatGroup(name, own)).join("\n")}
</main>
</body>
</html>
`;
}

function operationsOf(paths: OpenApi["paths"]): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
}

function formatGroupLinks(name: string, operations: readonly Operation[]): string {
  const links = operations.map(({ operationId, method, path }) => {
    const short = path.replace("/api/v1/", "");
    return `<a href="#${operationId}"><b class="${method.toLowerCase()}">${method}</b> ${escapeHtml(short)}</a>`;
  });
  return `<h2>${escapeHtml(name)}</h2>\n<p>${links.join("\n")}</p>`;
}

function formatGroup(name: string, operations: readonly Operation[]): string {
  return `<h2 id="group-${escapeHtml(name)}">${escapeHtml(name)}</h2>\n${operations.map(formatOperation).join("\n")}`;
}

function introduction({ securitySchemes }: OpenApi["components"]): string {
  const ways = Object.entries(securitySchemes).map(
    ([name, { description }]) => `<dt>${escapeHtml(name)}</dt><dd>${formatSentence(description)}</dd>`,
  );
  return `<h2 id="signing-in">Signing in</h2>
<p>A registry that is open to everybody on its machine needs none of this. Else one of:</p>
<dl>
${ways.join("\n")}
</dl>
<pre><code>curl -u NAME:TOKEN https://HOST/api/v1/repositories?sort=-pulls</code></pre>
<h2 id="lists">Lists</h2>
<p>A list answers <code>items</code>, and <code>nextCursor</code> and <code>prevCursor</code> where there is such a page; give one of them as
<code>cursor</code> to the same question. <code>sort</code> is the name of a field, with <code>-</code> in front for the greatest first.
Names of repositories hold slashes and travel as <code>repository=</code>. With <code>registry=NAME</code> another registry is asked, in the same
shapes; what it cannot tell is null, never 0.</p>
<h2 id="errors">Errors</h2>
<p>Every error is <code>application/problem+json</code>: <code>status</code>, <code>code</code>, <code>detail</code> (what is wrong and what to do),
<code>requestId</code> (also in the log), and <code>mistakes</code>, all of them, when parameters are wrong.</p>`;
}
