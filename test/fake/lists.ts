// The fake registry's lists of repositories and tags when a manner is on: one walk over order, page, Link and body, because the manners of
// one product go together.

import { crc32 } from "node:zlib";
import { RegistryError } from "../../src/oci/errors.ts";
import { reply, replyError, type FakeExchange } from "./fake-exchange.ts";
import type { MannerName } from "./manners.ts";

const acting: readonly MannerName[] = [
  "catalog-forbidden",
  "catalog-not-found",
  "catalog-partial",
  "null-tags",
  "empty-tag-names",
  "digest-like-tags",
  "tags-unordered",
  "tags-with-manifest-map",
  "tags-406-with-manifest-accept",
  "small-pages",
  "ignores-n",
  "n-above-1000-refused",
  "link-missing",
  "link-wrong-path",
  "link-odd-path",
  "link-absolute",
  "link-unquoted",
  "link-elsewhere",
  "link-loops",
  "opaque-page-token",
];
const smallPage = 3;
const everything = { limit: 1_000_000 };

export async function answerList(exchange: FakeExchange): Promise<boolean> {
  const { req, res, route, world } = exchange;
  const { has } = world;
  if ((route?.kind !== "catalog" && route?.kind !== "tags") || !acting.some(has)) return false;
  const isCatalog = route.kind === "catalog";
  if (isCatalog && has("catalog-forbidden")) return replyError(res, 403, "DENIED");
  if (isCatalog && has("catalog-not-found")) return reply(res, 404, "<html><body>Page not found</body></html>");
  if (!isCatalog && has("tags-406-with-manifest-accept") && /manifest|index/.test(req.headers.accept ?? "")) {
    return replyError(res, 406, "UNSUPPORTED");
  }
  if (has("n-above-1000-refused") && Number(exchange.query.get("n")) > 1000) return replyError(res, 405, "UNSUPPORTED");
  try {
    const all = isCatalog
      ? (await world.registry.repositories(everything)).items.filter((_name, i) => !has("catalog-partial") || i % 2 === 0)
      : await tagsOf(exchange, route.repository);
    return sendPage(exchange, all);
  } catch (error) {
    if (error instanceof RegistryError) return replyError(res, error.status, error.code);
    throw error;
  }
}

async function tagsOf(
  { world: { has, registry } }: FakeExchange,
  repository: Parameters<typeof registry.tags>[0],
): Promise<string[]> {
  const tags: string[] = [...(await registry.tags(repository, everything)).items];
  if (has("tags-unordered")) tags.sort((a, b) => crc32(a) - crc32(b));
  if (has("empty-tag-names")) tags.splice(1, 0, "");
  if (has("digest-like-tags")) tags.splice(1, 0, `sha256:${"a".repeat(64)}`, `sha256__${"b".repeat(64)}`);
  return tags;
}

function sendPage(exchange: FakeExchange, all: readonly string[]): true {
  const { query, res, route, world } = exchange;
  const { has } = world;
  const asked = query.has("n") && !has("ignores-n") ? Number(query.get("n")) : Number.POSITIVE_INFINITY;
  const limit = Math.min(asked, has("small-pages") ? smallPage : asked);
  const start = startOf(exchange, all);
  const page = all.slice(start, start + limit);
  const last = start + page.length < all.length ? page.at(-1) : undefined;
  const link = linkTo(exchange, last, limit, all[0]);
  const headers: Record<string, string> = link === undefined ? {} : { link };
  if (route?.kind === "catalog") return reply(res, 200, { repositories: page }, headers);
  const manifest = has("tags-with-manifest-map")
    ? {
        manifest: { [`sha256:${"c".repeat(64)}`]: { imageSizeBytes: "1000", timeUploadedMs: "1700000000000", tag: page } },
        child: [],
      }
    : {};
  const name = route?.kind === "tags" ? route.repository : "";
  return reply(res, 200, { name, tags: page.length === 0 && has("null-tags") ? null : page, ...manifest }, headers);
}

function startOf({ query, world: { has } }: FakeExchange, all: readonly string[]): number {
  if (has("opaque-page-token")) return Number(Buffer.from(query.get("next_page") ?? "", "base64url").toString() || 0);
  const last = query.get("last");
  if (last === null || has("ignores-n")) return 0;
  const at = all.indexOf(last);
  if (at !== -1) return at + 1;
  const after = all.findIndex((name) => name > last);
  return after === -1 ? all.length : after;
}

function linkTo(exchange: FakeExchange, last: string | undefined, limit: number, first: string | undefined): string | undefined {
  const { query, req, world } = exchange;
  const { has } = world;
  if (last === undefined && !(has("link-loops") && first !== undefined)) return undefined;
  if (has("link-missing")) return undefined;
  const [path = ""] = req.url!.split("?", 1);
  const cursor = new URLSearchParams({ n: String(limit) });
  if (has("opaque-page-token")) {
    const at = Number(Buffer.from(query.get("next_page") ?? "", "base64url").toString() || 0) + limit;
    cursor.set("next_page", Buffer.from(String(at)).toString("base64url"));
  } else if (last !== undefined) cursor.set("last", last);
  const target = `${pathFor(exchange, path)}?${cursor.toString()}`;
  if (has("link-unquoted")) return `<${path}?n=1>; rel="prev", <${target}>; rel=next`;
  return `<${target}>; rel="next"`;
}

function pathFor({ world: { has, url } }: FakeExchange, path: string): string {
  if (has("link-wrong-path")) return path.replace("/v2/", "/v2/somewhere/else/");
  if (has("link-odd-path")) return path.replace(/^\/v2\/[^/]+\//, "/");
  if (has("link-absolute")) return url + path;
  if (has("link-elsewhere")) return url.replace("127.0.0.1", "localhost") + path;
  return path;
}
