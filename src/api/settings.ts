// /api/v1/settings: what the server was started with

import { settingsAnswer, type SettingsAnswer } from "../wire/settings.ts";
import { defineRoute } from "./route.ts";

export const settings = defineRoute({
  path: "/api/v1/settings",
  access: "admin",
  summary: "What the server was started with, and where each setting comes from; secrets are never shown",
  answer: settingsAnswer,
  async handle({ settings: given = [] }) {
    return {
      items: given.map(({ key, value, origin, sentence }) => ({
        key,
        value: origin === unset ? null : value,
        source: sourceOf(origin),
        origin,
        sentence,
      })),
    };
  },
});

const unset = "not set";

/** An origin begins with the kind of place: `environment HYTHE_LISTEN`. */
function sourceOf(origin: string): SettingsAnswer["items"][number]["source"] {
  const [place] = origin.split(" ", 1);
  return place === "file" || place === "environment" || place === "flag" ? place : "default";
}
