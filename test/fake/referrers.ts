// The fake registry without a referrers API, in the ways that are seen, and with one that filters nothing.

import { ociIndex } from "../../src/oci/media-types.ts";
import { reply, replyError, type FakeAnswer, type FakeExchange } from "./fake-exchange.ts";

const absent = [
  ["referrers-400", 400],
  ["referrers-405", 405],
  ["referrers-406", 406],
] as const;

export async function answerReferrers(exchange: FakeExchange): Promise<boolean> {
  const { res, route, world } = exchange;
  const { has } = world;
  if (exchange.req.url!.startsWith("/packages/")) {
    return has("referrers-redirect-429")
      ? reply(res, 429, "<html><body>Too many requests</body></html>")
      : reply(res, 200, "<html><body>A page about a package</body></html>");
  }
  if (route?.kind !== "referrers") return false;
  for (const [manner, status] of absent) if (has(manner)) return replyError(res, status, "UNSUPPORTED");
  if (has("referrers-404")) return reply(res, 404, "404 page not found\n");
  if (has("referrers-redirect-html") || has("referrers-redirect-429")) {
    return reply(res, 303, "", { location: `/packages/${route.reference.digest}` });
  }
  if (!has("referrers-unfiltered")) return false;
  const { items } = await world.registry.manifests.referrers(route.reference, { limit: 1000 });
  return reply(res, 200, JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: items }), {
    "content-type": ociIndex,
  });
}

/** Without the API nobody has looked at the subject, except where they say so nevertheless. */
export function editSubject({ world: { has } }: FakeExchange, { headers }: FakeAnswer): void {
  if (isAbsent(has) && !has("subject-header-without-referrers")) headers.delete("oci-subject");
}

function isAbsent(has: FakeExchange["world"]["has"]): boolean {
  return (
    absent.some(([manner]) => has(manner)) ||
    has("referrers-404") ||
    has("referrers-redirect-html") ||
    has("referrers-redirect-429")
  );
}
