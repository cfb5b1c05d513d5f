// /api/v1/tags/details: tags of another registry, read when they come into view

import { parseTag } from "../oci/reference.ts";
import { tagDetailsAnswer, tagDetailsQuery } from "../wire/tag-details.ts";
import { askRemote, remoteTagDetails } from "./remote.ts";
import { defineRoute } from "./route.ts";

export const tagDetails = defineRoute({
  path: "/api/v1/tags/details",
  access: "read",
  summary: "What is behind tags of another registry; what cannot be read of one says why, and spoils no other",
  query: tagDetailsQuery,
  answer: tagDetailsAnswer,
  async handle({ remotes }, { query: { registry, repository, tags } }) {
    const names = tags.map(parseTag);
    return askRemote(remotes, registry, (remote) => remoteTagDetails(remote, repository, names));
  },
});
