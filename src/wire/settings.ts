// GET /api/v1/settings: what the server was started with, for its administrators. Secrets are never here.

import { z } from "zod";

export const settingsAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      key: z.string(),
      value: z.string().nullable().describe("As the configuration says it; null: not set; a secret that is set: (secret)"),
      source: z.enum(["default", "file", "environment", "flag"]),
      origin: z.string().describe("The same in full, such as environment HYTHE_LISTEN"),
      sentence: z.string().describe("What it does"),
    }),
  ),
});
export type SettingsAnswer = z.infer<typeof settingsAnswer>;
