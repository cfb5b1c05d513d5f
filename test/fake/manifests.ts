// The fake registry's bad manners with manifests and tags.

import { gzipSync } from "node:zlib";
import { digestOf } from "../../src/oci/digest.ts";
import { RegistryError } from "../../src/oci/errors.ts";
import { routeRepository } from "../../src/oci/route.ts";
import { reply, replyError, type FakeAnswer, type FakeExchange } from "./fake-exchange.ts";

/** A Docker manifest of schema 1, as Red Hat's registry still had them. */
const schema1 = {
  schemaVersion: 1,
  name: "old/app",
  tag: "schema1",
  architecture: "amd64",
  fsLayers: [],
  history: [],
  signatures: [],
};

export async function answerManifest(exchange: FakeExchange): Promise<boolean> {
  const { method, res, route, world } = exchange;
  const { has } = world;
  if (await isPushIntoNothing(exchange)) return replyError(res, 404, "NAME_UNKNOWN");
  const name = route === undefined ? undefined : routeRepository(route);
  if (has("library-namespace") && name !== undefined && !name.includes("/")) return replyError(res, 401, "UNAUTHORIZED");
  if (route?.kind !== "manifest") return false;
  if (method === "HEAD") {
    if (has("head-404")) return reply(res, 404, "", { server: "Nexus/3.0.0-03 (OSS)" });
    if (has("head-405")) return replyError(res, 405, "UNSUPPORTED");
    if (has("head-403")) return replyError(res, 403, "DENIED");
  }
  if (method === "DELETE" && (has("delete-405") || (has("tag-delete-405") && route.reference.tag !== undefined))) {
    return replyError(res, 405, "UNSUPPORTED");
  }
  const isRead = method === "GET" || method === "HEAD";
  if (isRead && has("schema1-manifests") && route.reference.tag === "schema1") {
    return reply(res, 200, JSON.stringify(schema1), { "content-type": "text/plain" });
  }
  if (isRead && has("sha256-tag-trap")) return answerTrap(exchange);
  if (method === "PUT" && has("immutable-tags")) return answerImmutable(exchange);
  if (method === "PUT" && has("media-type-required")) return answerUntyped(exchange);
  return false;
}

export function editManifest(exchange: FakeExchange, answer: FakeAnswer): void {
  const { method, req, route, world } = exchange;
  const { has } = world;
  if (has("403-for-missing") && answer.body?.includes("NAME_UNKNOWN") === true) setError(answer, 403, "DENIED");
  if (answer.status === 404 && has("missing-as-unknown")) setError(answer, 404, "UNKNOWN");
  if (route?.kind !== "manifest" || answer.status !== 200 || (method !== "GET" && method !== "HEAD")) return;
  const { headers } = answer;
  if (has("no-docker-content-digest")) headers.delete("docker-content-digest");
  if (has("lying-digest-header") && route.reference.tag !== undefined) headers.set("docker-content-digest", digestOf("a lie"));
  if (has("wrong-content-type")) headers.set("content-type", "text/plain");
  if (has("content-type-parameters")) headers.set("content-type", `${String(headers.get("content-type"))}; charset=utf-8`);
  if (method === "HEAD" && has("head-without-length")) headers.delete("content-length");
  if (has("pull-quota-headers")) {
    headers.set("ratelimit-limit", "100;w=21600");
    headers.set("ratelimit-remaining", "76;w=21600");
    headers.set("docker-ratelimit-source", "192.0.2.1");
  }
  if (has("gzip-length-mismatch") && req.headers["accept-encoding"] !== "identity" && answer.body !== undefined) {
    headers.set("content-encoding", "gzip");
    answer.body = gzipSync(answer.body);
  }
}

function setError(answer: FakeAnswer, status: number, code: string): void {
  answer.status = status;
  if (answer.body !== undefined) answer.body = Buffer.from(JSON.stringify({ errors: [{ code, message: "no" }] }));
}

async function isPushIntoNothing({ method, route, world }: FakeExchange): Promise<boolean> {
  if (!world.has("repository-must-exist") || (route?.kind !== "uploads" && !(route?.kind === "manifest" && method === "PUT")))
    return false;
  return world.registry.tags(routeRepository(route)!, { limit: 1 }).then(
    () => false,
    () => true,
  );
}

/** GitLab looks a tag of the form sha256-HEX up as a digest. */
async function answerTrap({ method, res, route, world }: FakeExchange): Promise<boolean> {
  if (route?.kind !== "manifest") return false;
  const hex = /^sha256-([0-9a-f]{64})$/.exec(route.reference.tag ?? "")?.[1];
  if (hex === undefined) return false;
  const { repository } = route.reference;
  try {
    const { bytes, digest, mediaType, size } = await world.registry.manifests.get({ repository, digest: digestFrom(hex) });
    res.writeHead(200, { "content-type": mediaType, "content-length": size, "docker-content-digest": digest });
    res.end(method === "HEAD" ? undefined : bytes);
    return true;
  } catch (error) {
    if (error instanceof RegistryError) return false;
    throw error;
  }
}
const digestFrom = (hex: string): ReturnType<typeof digestOf> => `sha256:${hex}` as ReturnType<typeof digestOf>;

async function answerImmutable({ req, res, route, world }: FakeExchange): Promise<boolean> {
  if (route?.kind !== "manifest" || route.reference.tag === undefined) return false;
  const there = await world.registry.manifests.head(route.reference).catch(() => undefined);
  if (there === undefined) return false;
  req.resume();
  return replyError(
    res,
    400,
    "TAG_INVALID",
    {},
    `The image tag '${route.reference.tag}' already exists and cannot be overwritten because the repository is immutable.`,
  );
}

/** Reads the whole body, so it cannot go on to the door: what is right is put here. */
async function answerUntyped({ req, res, route, world }: FakeExchange): Promise<boolean> {
  if (route?.kind !== "manifest") return false;
  const bytes = Buffer.concat(await req.toArray());
  const { mediaType } = JSON.parse(bytes.toString()) as { mediaType?: string };
  if (mediaType === undefined) return replyError(res, 400, "MANIFEST_INVALID", {}, "mediaType is missing");
  try {
    const { digest } = await world.registry.manifests.put(route.reference, bytes, req.headers["content-type"]);
    return reply(res, 201, "", { "docker-content-digest": digest });
  } catch (error) {
    if (error instanceof RegistryError) return replyError(res, error.status, error.code);
    throw error;
  }
}
