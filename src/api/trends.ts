// Pulls of each of the last days, for the rows of a list.

import type { CountedKind } from "../store/schema.ts";
import { trendDays } from "../wire/usage.ts";
import type { ApiHouse } from "./route.ts";

const noPulls: readonly number[] = Array.from({ length: trendDays }, () => 0);

/** Of those `ids`, by id; null: not counted. */
export async function readTrends(
  { pulls }: ApiHouse,
  kind: CountedKind,
  ids: readonly number[],
): Promise<(id: number) => number[] | null> {
  if (pulls === undefined) return () => null;
  const trends = await pulls.trends(kind, ids);
  return (id) => [...(trends.get(id) ?? noPulls)];
}
