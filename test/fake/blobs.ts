// The fake registry's bad manners with blobs that are read.

import { pipeline } from "node:stream/promises";
import { buildRoute } from "../../src/oci/route.ts";
import { reply, replyError, type FakeAnswer, type FakeExchange } from "./fake-exchange.ts";

export async function answerBlob(exchange: FakeExchange): Promise<boolean> {
  const { method, req, res, route, world } = exchange;
  const { has } = world;
  if (route?.kind !== "blob") return false;
  if (method === "HEAD" && has("blob-head-405")) return replyError(res, 405, "UNSUPPORTED");
  if (method !== "GET") return false;
  if (has("range-ignored")) delete req.headers.range;
  if (has("blob-redirects")) {
    const known = await world.registry.blobs.head(route.reference).catch(() => undefined);
    if (known === undefined) return false;
    const location = `${world.storeUrl}${buildRoute(route)}?X-Amz-Signature=${"f".repeat(64)}`;
    return reply(res, 307, "", { location });
  }
  return has("range-shifted") && req.headers.range !== undefined ? answerShifted(exchange) : false;
}

export function editBlob({ method, route, world: { has } }: FakeExchange, { headers }: FakeAnswer): void {
  if (route?.kind === "blob" && method === "HEAD" && has("blob-head-without-length")) headers.delete("content-length");
}

/** One byte late. */
async function answerShifted({ req, res, route, world }: FakeExchange): Promise<boolean> {
  if (route?.kind !== "blob") return false;
  const start = Number(/^bytes=(\d+)-/.exec(req.headers.range ?? "")?.[1] ?? 0) + 1;
  const blob = await world.registry.blobs.get(route.reference);
  const end = blob.size - 1;
  res.writeHead(206, { "content-length": end - start + 1, "content-range": `bytes ${start}-${end}/${blob.size}` });
  await pipeline(await blob.open({ start, end }), res);
  return true;
}
