// `/v2/<name>/referrers/<digest>` (distribution-spec "Listing Referrers"). Always 200: clients probe with digests that do not exist,
// and take anything else for a registry without this API.

import { ociIndex } from "../oci/media-types.ts";
import { answerJson, type RouteHandler } from "./exchange.ts";
import { nextLink, pageOf } from "./paging.ts";

export const getReferrers: RouteHandler<"referrers"> = async (exchange) => {
  const { door, route } = exchange;
  const page = pageOf(route.query, door.limits.referrersPage, door.limits.referrersPage);
  // containerd repeats the parameter: any of them; an empty one filters nothing.
  const artifactTypes = route.query?.getAll("artifactType").filter((type) => type !== "") ?? [];
  const filtered = artifactTypes.length > 0;
  const filter = filtered ? { artifactTypes } : {};
  const { items: manifests, more } = await door.registry.manifests.referrers(route.reference, { ...page, ...filter });
  const headers = more ? nextLink(route, page.limit, manifests.at(-1)?.digest) : [];
  if (filtered) headers.push("OCI-Filters-Applied", "artifactType");
  answerJson(exchange, { schemaVersion: 2, mediaType: ociIndex, manifests }, headers, ociIndex);
};
