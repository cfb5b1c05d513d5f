// `/v2/<name>/referrers/<digest>` (distribution-spec "Listing Referrers"). Always 200: clients probe with digests that do not exist,
// and take anything else for a registry without this API.

import { ociIndex } from "../oci/media-types.ts";
import type { Referrer } from "../oci/registry.ts";
import { answerJson, type RouteHandler } from "./exchange.ts";
import { nextLink, pageOf } from "./paging.ts";

export const getReferrers: RouteHandler<"referrers"> = async (exchange) => {
  const { door, route } = exchange;
  const page = pageOf(route.query, door.limits.referrersPage, door.limits.referrersPage);
  // containerd repeats the parameter: any of them; an empty one filters nothing.
  const artifactTypes = route.query?.getAll("artifactType").filter((type) => type !== "") ?? [];
  const filtered = artifactTypes.length > 0;
  const list = await door.registry.manifests.referrers(route.reference, { ...page, ...(filtered && { artifactTypes }) });
  const manifests = withinBytes(list.items, door.limits.referrersBytes);
  const more = list.more || manifests.length < list.items.length;
  const headers = more ? nextLink(route, page.limit, manifests.at(-1)?.digest) : [];
  if (filtered) headers.push("OCI-Filters-Applied", "artifactType");
  answerJson(exchange, { schemaVersion: 2, mediaType: ociIndex, manifests }, headers, ociIndex);
};

/** The first items whose JSON fits into `bytes`; at least one, or paging would never end. */
function withinBytes(items: readonly Referrer[], bytes: number): readonly Referrer[] {
  let left = bytes;
  const cut = items.findIndex((item) => (left -= Buffer.byteLength(JSON.stringify(item))) < 0);
  return cut === -1 ? items : items.slice(0, Math.max(1, cut));
}
