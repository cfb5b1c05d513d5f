// /api/v1/folders

import { listFolders } from "../store/list-folders.ts";
import { foldersAnswer, foldersQuery, maxFolders } from "../wire/folders.ts";
import { defineRoute } from "./route.ts";
import { toMoment, toPullCounts } from "./show.ts";

export const folders = defineRoute({
  path: "/api/v1/folders",
  access: "read",
  summary: "The repositories that you may see by the parts of their names, one level at a time, with sums",
  query: foldersQuery,
  answer: foldersAnswer,
  async handle({ db, pulls }, { query: { under = "" }, visible }) {
    const list = await listFolders(db, pulls?.openUnfolded, { under, limit: maxFolders, visible });
    return {
      items: list.items.map(({ pulls: tally, ...folder }) => {
        const { count, lastPulledAt } = toPullCounts(tally);
        return { ...folder, pulls: count, lastPulledAt };
      }),
      more: list.more,
      ...toMoment(list),
    };
  },
});
