// What a reader chose for this browser. The theme is Mantine's to keep (theme.ts), under the same prefix.

import { recall, remember, useRemembered } from "./remembered.ts";

const choices = {
  /** Of rows; public/theme-early.js sets it before the first paint. */
  density: ["comfortable", "compact"],
  time: ["relative", "utc"],
  /** Whether single characters are shortcuts; Ctrl+K, arrows, Enter and Esc always are. */
  keys: ["on", "off"],
} as const;

export type PreferenceName = keyof typeof choices;
export type Preference<Name extends PreferenceName> = (typeof choices)[Name][number];

export function usePreference<Name extends PreferenceName>(name: Name): Preference<Name> {
  return known(name, useRemembered(name));
}

export function setPreference<Name extends PreferenceName>(name: Name, value: Preference<Name>): void {
  // What is usual is not kept, so that it may change with us.
  remember(name, value === choices[name][0] ? null : value);
}

/** For handlers of keys. */
export function areSingleKeysOn(): boolean {
  return known("keys", recall("keys")) === "on";
}

function known<Name extends PreferenceName>(name: Name, text: string | null): Preference<Name> {
  const values: readonly Preference<Name>[] = choices[name];
  return values.find((value) => value === text) ?? values[0]!;
}
