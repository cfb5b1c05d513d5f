// The UI under /ui/: its files, and the one page that shows every place. The page comes with a policy that allows scripts of this server
// only, and styles of this server or with the nonce of this very answer. A reference with https:// before it opens as a place, too.

import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { RegistryError } from "../oci/errors.ts";
import { isRepositoryName } from "../oci/reference.ts";
import { nonceMark, type WebFile, type WebFiles } from "./web-files.ts";

const start = "/ui/";
const oneYear = 31_536_000;

export function mountWebPages(api: FastifyInstance, web: WebFiles): void {
  api.get("/ui", async (_, reply) => reply.redirect(start, 308));
  api.get(`${start}*`, async (request, reply) => {
    // As it was sent: what was encoded is not a name of ours.
    const path = pathOf(request).slice(start.length);
    const file = web.files.get(path);
    if (file !== undefined) return sendFile(request, reply, file);
    if (path.startsWith("assets/")) throw new RegistryError("NOT_FOUND", { message: "there is no such file: reload the page" });
    return sendPage(reply, web.page);
  });
}

export function wantsHtml(request: FastifyRequest): boolean {
  return (request.method === "GET" || request.method === "HEAD") && (request.headers.accept ?? "").includes("text/html");
}

/** Where the UI shows what this path names, such as `/team/app:v1`; undefined: it names nothing. */
export function placeOf(request: FastifyRequest): string | undefined {
  const [, repository, rest] = /^\/([a-z0-9._/-]+)((?::[\w.-]{1,128}|@[a-z0-9]+:[0-9a-f]{32,128})?)$/.exec(pathOf(request)) ?? [];
  if (repository === undefined || !isRepositoryName(repository)) return undefined;
  return `${start}r/${repository}${rest}`;
}

function pathOf({ raw }: FastifyRequest): string {
  return (raw.url ?? "").split("?", 1)[0]!;
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  const nonce = randomBytes(18).toString("base64url");
  return reply
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policyOf(nonce),
      "referrer-policy": "same-origin",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=()",
    })
    .send(page.replaceAll(nonceMark, nonce));
}

function policyOf(nonce: string): string {
  return [
    "default-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  reply.headers({
    "content-type": file.type,
    "cache-control": file.immutable ? `public, max-age=${oneYear}, immutable` : "no-cache",
    etag: file.etag,
    vary: "accept-encoding",
  });
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  const accepted = (request.headers["accept-encoding"] ?? "").split(",").map((part) => part.split(";")[0]!.trim());
  if (file.br !== undefined && accepted.includes("br")) return reply.header("content-encoding", "br").send(file.br);
  if (file.gzip !== undefined && accepted.includes("gzip")) return reply.header("content-encoding", "gzip").send(file.gzip);
  return reply.send(file.bytes);
}
