// The one list of settings. Types, checks, the JSON schema, docs/configuration.md and `--help` all come from it.
// A key is its path in hythe.yaml; in capitals with _ it is its environment name; with - it is its flag.

import { address, bytes, choice, count, duration, flag, optionalSecret, setting, text, type Setting } from "./config-kinds.ts";
import { fieldSetting, parseFieldPath, type NamedThings } from "./config-sections.ts";

export const settings = {
  listen: setting(address, "127.0.0.1:5000", "Address and port to answer on; port 0 takes a free one."),
  data: setting(
    text,
    "./data",
    "Folder for everything that Hythe keeps: blobs, uploads, the pull journal and, without `database`, the SQLite files.",
  ),
  database: optionalSecret(
    text,
    "PostgreSQL as postgres://user:password@host/name; when absent, facts are kept in SQLite files in the data folder.",
  ),
  "log.level": setting(
    choice("debug", "info", "warn", "error"),
    "info",
    "The least important messages that are still written to the log.",
  ),

  "http.idleTimeout": setting(duration, "60s", "A connection whose request or answer makes no progress for so long is closed."),
  "http.keepAlive": setting(duration, "90s", "How long an idle connection stays open; keep it above that of a proxy in front."),
  "http.stopTimeout": setting(
    duration,
    "30s",
    "How long a stop waits for requests in flight before it closes their connections.",
  ),

  "uploads.expireAfter": setting(duration, "24h", "An unfinished upload that nobody touched for so long is removed."),
  "uploads.maxOpen": setting(count, "1000", "Unfinished uploads that one principal may have at a time."),
  "catalogue.grace": setting(
    duration,
    "1h",
    "Content that a client was told of within this time is never swept, so that pushes in progress find it.",
  ),

  "pulls.enabled": setting(flag, "true", "Count pulls; false costs nothing, keeps nothing, and shows numbers as unknown."),
  "pulls.durability": setting(
    choice("kill", "power"),
    "kill",
    "kill: a counted pull survives the death of the process; power: also that of the machine, at the price of one disk flush before an answer.",
  ),
  "pulls.attribution": setting(
    flag,
    "true",
    "Recognise HEAD by tag followed by GET by digest as one pull of the tag, and the children pulled right after their index; false counts every request literally.",
  ),
  "pulls.pendingHeads": setting(
    count,
    "500000",
    "HEAD requests remembered for a minute, waiting for the GET that belongs to them.",
  ),
  "pulls.pendingHeadsPerAddress": setting(count, "50000", "Of these at most so many from one network address."),
  "pulls.foldEvery": setting(duration, "10s", "Least time between two folds of the journal into the database."),
  "pulls.foldRatio": setting(
    count,
    "20",
    "Fold as soon as there are so many unfolded pulls for each different tag or manifest among them.",
  ),
  "pulls.foldBytes": setting(bytes, "64MiB", "Fold as soon as the unfolded journal is so large."),
  "pulls.foldLatest": setting(duration, "5m", "Fold after this time at the latest."),
  "pulls.segmentKeep": setting(duration, "10m", "Journal files stay so long after their fold."),
  "pulls.segmentRowKeep": setting(duration, "30d", "The database remembers a removed journal file so long."),
  "pulls.hoursKeep": setting(duration, "14d", "Hourly numbers become daily ones after this time."),
  "pulls.daysKeep": setting(duration, "396d", "Daily numbers become monthly ones after this time; monthly ones stay for ever."),
} as const;

export type SettingKey = keyof typeof settings;
export type Config = {
  readonly [Key in SettingKey]: (typeof settings)[Key] extends Setting<infer Value> ? Value : never;
} & NamedThings;

export const settingKeys = Object.keys(settings) as SettingKey[];

/** By its path in hythe.yaml, also below a section of named things; undefined: there is no such setting. */
export function findSetting(path: string): Setting<unknown> | undefined {
  if (Object.hasOwn(settings, path)) return settings[path as SettingKey];
  const below = parseFieldPath(path);
  return below && fieldSetting(below);
}

/** pulls.foldEvery -> HYTHE_PULLS_FOLDEVERY */
export function environmentName(key: SettingKey): string {
  return `HYTHE_${key.replaceAll(".", "_").toUpperCase()}`;
}

/** pulls.foldEvery -> pulls-fold-every */
export function flagName(key: SettingKey): string {
  return key.replaceAll(".", "-").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
