// /api/v1/pulls/top: what was pulled most in a time. Adding up takes a while in a large registry, so an answer serves for half a minute.

import { RegistryError } from "../oci/errors.ts";
import { startOf } from "../pulls/housekeeping.ts";
import type { Database } from "../store/database.ts";
import { findCounted, selectPlaces, selectVisibleIds } from "../store/list-counted.ts";
import type { ContentKind } from "../store/schema.ts";
import { topAnswer, topQuery, type TopAnswer } from "../wire/pulls-top.ts";
import { defineRoute, type ApiHouse, type Ask, type CountedPulls } from "./route.ts";
import { toMoment, toTime } from "./show.ts";

const keepMs = 30_000;
const dayMs = 86_400_000;
const defaultSpanMs = 7 * dayMs;
const kinds: Record<TopAnswer["kind"], ContentKind> = { repository: "repository", tag: "tag", digest: "manifest" };

export const pullsTop = defineRoute({
  path: "/api/v1/pulls/top",
  access: "read",
  summary: "What was pulled most in a time: repositories, tags or manifests that you may see. May be half a minute old: see asOf",
  query: topQuery,
  answer: topAnswer,
  async handle(house, ask) {
    const { query, visible } = ask;
    // Before an answer that somebody else asked for: it may be hidden.
    const name = query.repository === undefined ? undefined : ask.repository(query.repository);
    const among = await findAmong(house.db, name, visible);
    return recentTop(house, query, visible, among);
  },
});

/** The repositories in question; undefined: all. @throws NAME_UNKNOWN */
async function findAmong(
  db: Database,
  name: string | undefined,
  visible: Ask["visible"],
): Promise<ReadonlySet<number> | undefined> {
  if (name === undefined) return selectVisibleIds(db, visible);
  const { ids } = await findCounted(db, { repository: name, visible });
  return new Set(ids);
}

type TopQuery = ReturnType<(typeof topQuery)["parse"]>;

/** As it was up to half a minute ago. `repositoryIds`: what the question and `visible` leave. @throws REQUEST_INVALID */
export function recentTop(
  house: ApiHouse,
  question: TopQuery,
  visible: Ask["visible"],
  repositoryIds: ReadonlySet<number> | undefined,
): Promise<TopAnswer> {
  return house.recent.get(["top", question, visible], keepMs, () => readTop(house, question, repositoryIds));
}

async function readTop(
  { db, pulls, now }: ApiHouse,
  { kind, from, to, limit }: Omit<TopQuery, "repository">,
  repositoryIds: ReadonlySet<number> | undefined,
): Promise<TopAnswer> {
  const [fromMs, toMs] = toWindow({ from, to }, now(), pulls);
  const asked = { kind, from: toTime(fromMs), to: toTime(toMs) };
  if (pulls === undefined) return { ...asked, items: [], ...toMoment({ asOfMs: undefined, replaying: false }) };
  const moment = toMoment(await db.snapshot(await pulls.openUnfolded()));
  const items = await pulls.top({ kind: kinds[kind], repositoryIds, fromMs, toMs, limit });
  const places = await selectPlaces(
    db,
    kinds[kind],
    items.map(({ id }) => id),
  );
  return {
    ...asked,
    items: items.flatMap(({ id, pulls: count }) => {
      const place = places.get(id);
      if (place === undefined) return [];
      const { repository, tag = null, digest = null } = place;
      return [{ repository, tag, digest, pulls: count }];
    }),
    ...moment,
  };
}

/** From the start of what numbers of that age are kept by. @throws REQUEST_INVALID */
function toWindow(
  { from, to }: Pick<TopQuery, "from" | "to">,
  nowMs: number,
  pulls: Pick<CountedPulls, "keptBy"> | undefined,
): [fromMs: number, toMs: number] {
  const toMs = to === undefined ? nowMs : Date.parse(to);
  const fromMs = Math.max(0, from === undefined ? toMs - defaultSpanMs : Date.parse(from));
  if (fromMs >= toMs) throw new RegistryError("REQUEST_INVALID", { message: "`from` must lie before `to`" });
  return [startOf(pulls?.keptBy(fromMs) ?? "hour", fromMs), toMs];
}
