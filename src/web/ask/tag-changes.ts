// Deleting tags and bringing them back. Tags that were chosen one by one travel with the digest that was seen; all that match a filter
// travel as that filter, a thousand a call.

import { queryOptions } from "@tanstack/react-query";
import type { DeletedTag, DeleteTagsAnswer } from "../../wire/tag-changes.ts";
import type { TagGroup } from "../show/tag-groups.ts";
import { ask } from "./ask.ts";

type Filter = Readonly<Record<string, string | undefined>>;
export type Deletion = TagGroup | { readonly repository: string; readonly filter: Filter };

export interface DeletedPlace extends DeletedTag {
  readonly repository: string;
}

export interface DeletionOutcome {
  readonly items: readonly DeletedPlace[];
  /** At least: of several repositories what they alone share is missing, and of a filter what is behind the first thousand. null: not known. */
  readonly freesBytes: number | null;
  readonly isFreedExact: boolean;
  readonly undoUntil: string | null;
  /** Tags that are concerned; more than `items` when not all of them were looked at. */
  readonly matched: number;
}

/** What would happen; of each filter the first thousand tags. */
// eslint-disable-next-line typescript/explicit-module-boundary-types -- the type is that of the options
export const plannedDeletion = (deletions: readonly Deletion[]) =>
  queryOptions({
    queryKey: ["tags", "deletion", deletions] as const,
    queryFn: async ({ signal }): Promise<DeletionOutcome> => {
      const outcomes: DeletionOutcome[] = [];
      for (const deletion of deletions) {
        const request = { method: "POST", body: { ...deletion, dryRun: true }, signal } as const;
        outcomes.push(toOutcome(deletion, await ask<DeleteTagsAnswer>("/tags/delete", request)));
      }
      return sum(outcomes);
    },
    staleTime: 0,
  });

/** Between two calls `report` is told what was done, and says whether to go on. @throws AskError; what was deleted before stays so */
export async function deleteTags(
  deletions: readonly Deletion[],
  report: (items: readonly DeletedPlace[]) => boolean,
): Promise<DeletionOutcome> {
  const outcomes: DeletionOutcome[] = [];
  for (const deletion of deletions) {
    let cursor: string | undefined;
    do {
      const answer: DeleteTagsAnswer = await ask("/tags/delete", { method: "POST", body: { ...deletion, cursor } });
      const outcome = toOutcome(deletion, answer);
      outcomes.push(outcome);
      if (!report(outcome.items)) return sum(outcomes);
      cursor = answer.nextCursor;
    } while (cursor !== undefined);
  }
  return sum(outcomes);
}

export async function restoreTag(repository: string, tag: string): Promise<void> {
  await ask(`/tags/${encodeURIComponent(tag)}/restore`, { method: "POST", query: { repository } });
}

function toOutcome({ repository }: Deletion, answer: DeleteTagsAnswer): DeletionOutcome {
  const { items, freesBytes, undoUntil, matched, nextCursor } = answer;
  return {
    items: items.map((item) => ({ ...item, repository })),
    freesBytes,
    isFreedExact: nextCursor === undefined,
    undoUntil,
    matched: matched ?? items.length,
  };
}

function sum(outcomes: readonly DeletionOutcome[]): DeletionOutcome {
  return {
    items: outcomes.flatMap(({ items }) => items),
    freesBytes: outcomes.reduce<number | null>(
      (bytes, outcome) => (bytes === null || outcome.freesBytes === null ? null : bytes + outcome.freesBytes),
      0,
    ),
    isFreedExact: outcomes.length === 1 && outcomes[0]!.isFreedExact,
    undoUntil: outcomes.map(({ undoUntil }) => undoUntil).find((until) => until !== null) ?? null,
    matched: outcomes.reduce((count, outcome) => count + outcome.matched, 0),
  };
}
