// The settings of a registry in a folder of a test, loaded as main.ts does it, for verbs that run in the process of the test.

import { openAdministration } from "../src/app-access.ts";
import { openApp } from "../src/app.ts";
import type { LoadSettings } from "../src/cli/environment.ts";
import { loadConfig } from "../src/config-load.ts";

/** `data`: in place of ./data. Whatever goes wrong inside is thrown. */
export function settingsIn(data: string): LoadSettings {
  return async (flags, file) => {
    const { config, mistakes } = loadConfig({ flags: { data, ...flags }, env: {}, file });
    if (config === undefined) throw new Error(mistakes.join("\n"));
    const report = (error: unknown): void => {
      throw error;
    };
    return {
      mistakes,
      values: [],
      open: () => openApp(config),
      openAdministration: (begin) => openAdministration(config, { begin, report, version: "1.2.3" }),
    };
  };
}
