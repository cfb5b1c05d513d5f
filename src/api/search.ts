// /api/v1/search: for the palette

import type { IncomingMessage } from "node:http";
import { parsePasted, type PastedReference } from "../oci/pasted-reference.ts";
import { searchContent } from "../store/search.ts";
import { maxHits, searchAnswer, searchQuery } from "../wire/search.ts";
import type { AccessHouse } from "./identity.ts";
import { defineRoute } from "./route.ts";

export const search = defineRoute({
  path: "/api/v1/search",
  access: "read",
  summary: "What a text names, and repositories, tags and digests that you may see and that are like it",
  query: searchQuery,
  answer: searchAnswer,
  async handle({ db, access }, { query: { q }, visible, request }) {
    const candidates = parsePasted(q);
    const ours = candidates.filter((found) => isOurs(found, access, request));
    const asked = { text: q, candidates, ours, visible, limit: maxHits };
    const { place, repositories, tags, digests } = await searchContent(db, asked);
    return {
      place: place === undefined ? null : { ...place, tag: place.tag ?? null, digest: place.digest ?? null },
      repositories: [...repositories],
      tags: [...tags],
      digests: [...digests],
    };
  },
});

/** What is said to be on another host is not what is here under the same name. */
function isOurs({ host }: PastedReference, { externalUrl }: AccessHouse, { headers }: IncomingMessage): boolean {
  return host === undefined || host === externalUrl?.host || host === headers.host?.toLowerCase();
}
