// Whether tags can be deleted here by whoever looks, or why not.

import type { SessionAnswer } from "../../wire/session.ts";
import type { TagItem } from "../../wire/tags.ts";
import type { TagScope } from "../show/tag-query.ts";

interface DeleteFacts {
  readonly scope: TagScope;
  readonly session: SessionAnswer | undefined;
  /** Of the tags in question. */
  readonly rows: readonly Pick<TagItem, "may" | "immutable">[];
  /** There are others, which nobody has seen yet. */
  readonly hasMore?: boolean;
}

/**
 * undefined: they can, or only asking would tell; null: not offered, because it would only tell somebody who has not signed in that there
 * is more.
 */
export function whyNotDelete({ scope, session, rows, hasMore = false }: DeleteFacts): string | null | undefined {
  if (scope.registry !== undefined) return "Tags of another registry are deleted there, not here.";
  if (rows.some(({ may }) => may?.delete === true)) return undefined;
  if (session === undefined || (session.kind === "anonymous" && !session.open)) return null;
  // The right is one of the repository, so a tag that no rule keeps tells of all.
  const isKnown = scope.repository !== undefined && rows.some(({ immutable }) => immutable !== true);
  if (hasMore && !isKnown) return undefined;
  if (rows.length > 0 && rows.every(({ immutable }) => immutable === true)) return "A rule keeps these tags where they are.";
  const where = scope.repository ?? "these repositories";
  return `You may not delete in ${where}. Ask somebody who administers it for the role delete.`;
}
