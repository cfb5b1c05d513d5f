// /api/v1/status

import { statusAnswer, statusQuery } from "../wire/status.ts";
import { defineRoute } from "./route.ts";
import { toTime } from "./show.ts";

export const status = defineRoute({
  path: "/api/v1/status",
  access: "read",
  summary: "What this registry is, and since when it counts",
  query: statusQuery,
  answer: statusAnswer,
  async handle({ db, pulls, now, facts }) {
    return {
      version: facts.version,
      startedAt: toTime(facts.startedMs),
      now: toTime(now()),
      trackedSince: pulls === undefined ? null : toTime(pulls.trackedSinceMs),
      replaying: pulls?.replaying ?? false,
      features: { pulls: pulls !== undefined },
      stores: { database: db.engine, blobs: facts.blobs },
    };
  },
});
