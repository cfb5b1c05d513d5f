// The fake registry's bad manners with uploads. Sessions that misbehave keep a number each in `world.counts`.

import { announcedLength } from "../../src/http/request-body.ts";
import { replyError, type FakeAnswer, type FakeExchange } from "./fake-exchange.ts";

const mib = 1024 * 1024;

export function answerUpload(exchange: FakeExchange): boolean {
  const { method, query, req, res, route, world } = exchange;
  const { has } = world;
  const refuse = (status: number, code = "BLOB_UPLOAD_INVALID"): true => replyError(res, status, code);
  if (route?.kind === "uploads") return query.has("mount") && answerMount(exchange);
  if (route?.kind !== "upload") return false;
  const length = announcedLength(req) ?? 0;
  if (has("location-signed") && !isSignedFor(exchange, route.uploadId)) return refuse(403, "DENIED");
  if (method === "PATCH") {
    if (has("chunks-refused")) return refuse(405, "UNSUPPORTED");
    if (has("patch-limit-4mib") && length > 4 * mib) return refuse(416);
    const before = world.counts.get(`last chunk ${route.uploadId}`);
    const least = has("patch-min-5mib") ? 5 * mib : has("min-chunk-length") ? mib : 0;
    if (before !== undefined && before < least) return refuse(400);
    world.counts.set(`last chunk ${route.uploadId}`, length);
  }
  if (method === "PUT" && length > 0 && has("monolithic-refused") && !world.counts.has(`last chunk ${route.uploadId}`)) {
    return refuse(400);
  }
  return false;
}

/** A refused mount is followed by a plain POST; one that is passed over begins a session at once. */
function answerMount({ query, req, res, world: { has } }: FakeExchange): boolean {
  if (has("mount-without-from-400") && !query.has("from")) return replyError(res, 400, "BLOB_UPLOAD_INVALID");
  if (has("mount-401")) return replyError(res, 401, "UNAUTHORIZED");
  if (has("mount-never")) req.url = req.url!.split("?", 1)[0]!;
  return false;
}

export function editUpload(exchange: FakeExchange, answer: FakeAnswer): void {
  const { method, route, world } = exchange;
  const { has } = world;
  if (route?.kind !== "upload" && route?.kind !== "uploads") return;
  const { headers, status } = answer;
  const isSession = status === 202 || (status === 204 && method === "GET") || status === 416;
  const patched = method === "PATCH" && status === 202;
  if (patched && has("patch-201")) answer.status = 201;
  if (patched && has("upload-statuses-vary")) answer.status = 200;
  if (method === "PUT" && status === 201 && has("upload-statuses-vary")) {
    answer.status = 204;
    headers.delete("content-length");
  }
  if (status === 202 && has("min-chunk-length")) headers.set("oci-chunk-min-length", String(mib));
  const range = headers.get("range");
  if (has("upload-range-with-unit") && range !== undefined) headers.set("range", `bytes=${String(range)}`);
  const location = headers.get("location");
  if (isSession && typeof location === "string") headers.set("location", locationFor(exchange, location));
}

function locationFor({ world }: FakeExchange, path: string): string {
  const { counts, has, storeUrl, url } = world;
  if (has("location-signed")) {
    const id = path.split("/").at(-1)!;
    const step = (counts.get(`step ${id}`) ?? 0) + 1;
    counts.set(`step ${id}`, step);
    return `${path}?${signature(step)}`;
  }
  if (has("location-absolute")) return url + path;
  if (has("location-scheme-relative")) return url.replace(/^http:/, "") + path;
  if (has("location-elsewhere")) return storeUrl + path;
  return path;
}

/** Spaces, tildes and slashes in forms that a rewritten query would not keep. */
const signature = (step: number): string => `_state=a%20b~c%2Fd+e&step=${step}`;

function isSignedFor({ req, world: { counts } }: FakeExchange, id: string): boolean {
  const [, query = ""] = req.url!.split("?", 2);
  const wanted = signature(counts.get(`step ${id}`) ?? 0);
  return query === wanted || query.startsWith(`${wanted}&`);
}
