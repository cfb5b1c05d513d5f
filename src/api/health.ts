// /readyz: may traffic come here? Replaying, and a journal that cannot be written, are no reasons against: pulls are answered and
// counted all the same. A database that does not answer is one.

import { sql } from "kysely";
import { toTime } from "./show.ts";
import type { ApiHouse } from "./route.ts";

const databaseTimeoutMs = 2_000;

export interface Readiness {
  readonly ready: boolean;
  readonly database: "ok" | "unreachable";
  /** With the time since when counts are in memory only. */
  readonly journal: "ok" | "off" | `at risk since ${string}`;
  readonly replaying: boolean;
}

export async function checkReadiness({ db, pulls }: Pick<ApiHouse, "db" | "pulls">): Promise<Readiness> {
  const reachable = await answersInTime(sql`select 1`.execute(db.query));
  const riskSinceMs = pulls?.metrics().riskSinceMs ?? 0;
  const written = riskSinceMs === 0 ? "ok" : (`at risk since ${toTime(riskSinceMs)}` as const);
  return {
    ready: reachable,
    database: reachable ? "ok" : "unreachable",
    journal: pulls === undefined ? "off" : written,
    replaying: pulls?.replaying ?? false,
  };
}

async function answersInTime(question: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), databaseTimeoutMs);
  question.then(
    () => resolve(true),
    () => resolve(false),
  );
  const answered = await promise;
  clearTimeout(timer);
  return answered;
}
