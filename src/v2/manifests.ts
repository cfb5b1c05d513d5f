// `/v2/<name>/manifests/<reference>` (distribution-spec "Pulling", "Pushing" and "Deleting Manifests"). The stored bytes and type
// are served whatever Accept says: another representation would have another digest. GET is the hottest path of the house.

import type { ServerResponse } from "node:http";
import { readBody } from "../http/request-body.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseTag } from "../oci/reference.ts";
import type { ManifestFacts, PutManifestOptions } from "../oci/registry.ts";
import { buildRoute } from "../oci/route.ts";
import { admitAgain } from "./admission.ts";
import { recordChanges } from "./audit.ts";
import { etagOf, hasAlready, isAny, parseEtags } from "./conditions.ts";
import { answer, type Exchange, type RouteHandler } from "./exchange.ts";
import { recordPull } from "./pull-event.ts";

/** Tags of one `PUT ?tag=`; the specification asks for at least ten. */
const maxTags = 64;

export const getManifest: RouteHandler<"manifest"> = async (exchange) => {
  const { door, req, route } = exchange;
  const manifest = await door.registry.manifests.get(route.reference);
  if (hasAlready(req.headers["if-none-match"], manifest.digest)) return answerUnchanged(exchange, "GET", manifest);
  await recordPull(exchange, "GET", 200, manifest);
  exchange.res.writeHead(200, headersOf(manifest));
  endAtOnce(exchange.res, manifest.bytes);
};

export const headManifest: RouteHandler<"manifest"> = async (exchange) => {
  const { door, req, route } = exchange;
  const manifest = await door.registry.manifests.head(route.reference);
  if (hasAlready(req.headers["if-none-match"], manifest.digest)) return answerUnchanged(exchange, "HEAD", manifest);
  await recordPull(exchange, "HEAD", 200, manifest);
  exchange.res.writeHead(200, headersOf(manifest));
  exchange.res.end();
};

export const putManifest: RouteHandler<"manifest"> = async (exchange) => {
  const { caller, door, req, res, route } = exchange;
  const { manifests } = door.registry;
  const { repository } = route.reference;
  const known = await door.access.known();
  const options = await putOptions(exchange);
  const bytes = await readBody(req, res, door.limits.manifestBytes);
  const principal = await admitAgain(exchange, known);
  const assertMayLeave = door.access.guard(principal, "overwrite", repository, caller);
  const by = principal.name;
  const type = req.headers["content-type"];
  const { digest, subject } = await manifests.put(route.reference, bytes, type, { ...options, by, assertMayLeave });
  const headers = [
    "Location",
    buildRoute({ kind: "manifest", reference: { repository, digest } }),
    "Docker-Content-Digest",
    digest,
  ];
  const pushed = route.reference.tag === undefined ? (options.tags ?? []) : [route.reference.tag];
  await recordChanges(
    exchange,
    ...(route.reference.tag === undefined ? [{ action: "manifest.push", reference: { repository, digest } } as const] : []),
    ...pushed.map((tag) => ({ action: "tag.push", reference: { repository, tag }, digest }) as const),
  );
  if (subject !== undefined) headers.push("OCI-Subject", subject);
  for (const tag of options.tags ?? []) headers.push("OCI-Tag", tag);
  answer(exchange, 201, headers);
};

export const deleteManifest: RouteHandler<"manifest"> = async (exchange) => {
  const { caller, door, principal, route } = exchange;
  const ifMatch = await ifMatchOf(exchange);
  const assertMayLeave = door.access.guard(principal, "delete", route.reference.repository, caller);
  await door.registry.manifests.delete(route.reference, { by: principal.name, assertMayLeave, ...(ifMatch && { ifMatch }) });
  const action = route.reference.tag === undefined ? "manifest.delete" : "tag.delete";
  await recordChanges(exchange, { action, reference: route.reference });
  answer(exchange, 202, []);
};

/** Flat, and written out: this list is made for every pull. */
function headersOf({ digest, mediaType, size }: ManifestFacts): string[] {
  return [
    "Docker-Distribution-API-Version",
    "registry/2.0",
    "Content-Type",
    mediaType,
    "Content-Length",
    String(size),
    "Docker-Content-Digest",
    digest,
    "ETag",
    etagOf(digest),
  ];
}

/** Node writes headers and a string together, but a buffer as a chunk of its own: for a small body that is half of the whole cost. */
function endAtOnce(res: ServerResponse, bytes: Uint8Array): void {
  if (bytes.length > oneWriteBytes) res.end(bytes);
  else res.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"), "latin1");
}
const oneWriteBytes = 64 * 1024;

async function answerUnchanged(exchange: Exchange<"manifest">, method: "GET" | "HEAD", manifest: ManifestFacts): Promise<void> {
  await recordPull(exchange, method, 304, manifest);
  answer(exchange, 304, ["Docker-Content-Digest", manifest.digest, "ETag", etagOf(manifest.digest)]);
}

async function putOptions(exchange: Exchange<"manifest">): Promise<PutManifestOptions> {
  const { req, route } = exchange;
  const tags = [...new Set(route.query?.getAll("tag"))];
  if (tags.length > maxTags)
    throw new RegistryError("REQUEST_INVALID", { status: 414, message: `at most ${maxTags} tags at once` });
  if (tags.length > 0 && route.reference.tag !== undefined) {
    throw new RegistryError("REQUEST_INVALID", { message: "tag parameters go with a digest in the path" });
  }
  const ifNoneMatch = req.headers["if-none-match"];
  if (ifNoneMatch !== undefined && !isAny(ifNoneMatch)) {
    throw new RegistryError("REQUEST_INVALID", { message: "If-None-Match of a PUT can only be *" });
  }
  const ifMatch = await ifMatchOf(exchange);
  return {
    ...(tags.length > 0 && { tags: tags.map(parseTag) }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch: true }),
    ...(ifMatch && { ifMatch }),
  };
}

/** `*` stands for what is there now; when that moves before the registry looks again, the condition fails, as it should. */
async function ifMatchOf({ door, req, route }: Exchange<"manifest">): Promise<PutManifestOptions["ifMatch"]> {
  const header = req.headers["if-match"];
  if (header === undefined) return undefined;
  if (!isAny(header)) return parseEtags(header);
  try {
    return [(await door.registry.manifests.head(route.reference)).digest];
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return [];
    throw error;
  }
}
