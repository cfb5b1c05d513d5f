// /api/v1/status

import type { IncomingMessage } from "node:http";
import { statusAnswer, statusQuery } from "../wire/status.ts";
import type { AccessHouse } from "./identity.ts";
import { defineRoute } from "./route.ts";
import { toTime } from "./show.ts";

const dayMs = 86_400_000;

export const status = defineRoute({
  path: "/api/v1/status",
  access: "read",
  summary: "What this registry is, and since when it counts",
  query: statusQuery,
  answer: statusAnswer,
  async handle({ db, pulls, now, facts, access }, { request }) {
    return {
      version: facts.version,
      startedAt: toTime(facts.startedMs),
      now: toTime(now()),
      trackedSince: pulls === undefined ? null : toTime(pulls.trackedSinceMs),
      replaying: pulls?.replaying ?? false,
      externalUrl: externalOrigin(access, request),
      idleAfterDays: facts.idleAfterMs / dayMs,
      demo: facts.demo ?? false,
      features: { pulls: pulls !== undefined },
      stores: { database: db.engine, blobs: facts.blobs },
    };
  },
});

/** As it was configured, else as the caller calls it: who reached us so reaches us so again. null: they do not say. */
function externalOrigin({ externalUrl, address }: AccessHouse, request: IncomingMessage): string | null {
  if (externalUrl !== undefined) return externalUrl.origin;
  const { host } = request.headers;
  const origin = `${address.isSecure(request) ? "https" : "http"}://${host}`;
  return host !== undefined && URL.canParse(origin) ? new URL(origin).origin : null;
}
