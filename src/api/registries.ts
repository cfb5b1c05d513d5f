// /api/v1/registries: the other registries that this server can show

import { registriesAnswer, registriesQuery } from "../wire/registries.ts";
import { defineRoute } from "./route.ts";
import { toTimeOrNull } from "./show.ts";

export const registries = defineRoute({
  path: "/api/v1/registries",
  access: "read",
  summary: "The other registries that can be asked with registry=NAME; nobody is asked for this answer",
  query: registriesQuery,
  answer: registriesAnswer,
  async handle({ remotes }) {
    const all = await Promise.all((remotes?.names ?? []).map((name) => remotes!.open(name)));
    return {
      items: all.map(({ name, host, software, browser, health, rateLimit }) => {
        const told = rateLimit();
        const { limit = null, remaining = null, windowSeconds = null } = told ?? {};
        const known = told === undefined ? null : { limit, remaining, windowSeconds };
        const { state, sentence, atMs, retryAtMs } = health();
        return {
          name,
          host,
          software,
          health: { state, sentence, at: toTimeOrNull(atMs ?? 0), retryAt: toTimeOrNull(retryAtMs ?? 0) },
          capabilities: browser.capabilities(),
          limit: known,
        };
      }),
    };
  },
});
