// The one list of settings. Types, checks, the JSON schema, docs/configuration.md and `--help` all come from it.
// A key is its path in hythe.yaml; in capitals with _ it is its environment name; with - it is its flag.

import {
  address,
  bytes,
  choice,
  count,
  duration,
  flag,
  issuer,
  networks,
  optional,
  optionalSecret,
  origin,
  setting,
  text,
  type Setting,
} from "./config-kinds.ts";
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
  // Clients are sent to it for tokens, browsers after they signed in. The Host header of a request is never believed for that: whoever
  // could choose it could send somebody else's password to a host of theirs.
  externalUrl: optional(
    origin,
    "Where clients and browsers reach this registry, when that differs from `listen`: behind a proxy, with a name, or when it listens on every address.",
  ),
  // A proxy passes on Host, any size of body without buffering it, and the whole path; it adds the address that it saw to X-Forwarded-For.
  // Of that header, what the trusted ones added counts, read from the right; of X-Forwarded-Proto, the last word.
  trustedProxies: setting(
    networks,
    "",
    "Proxies in front whose X-Forwarded-For and X-Forwarded-Proto are believed; of everybody else these headers are not read.",
  ),
  // Read every ten seconds, so that a renewed certificate needs no restart (certbot, cert-manager, a mounted secret): new connections get
  // the new one, running ones go on. New files that cannot be used, or do not fit together yet, are named in the log, and the old
  // certificate stays. TLS 1.2 and 1.3, HTTP/1.1.
  "tls.certificate": optional(
    text,
    "File with the certificate in PEM, and behind it those up to the authority; with it Hythe speaks https. It is read again when it changes.",
  ),
  "tls.key": optional(text, "File with the private key of the certificate, in PEM without a passphrase."),
  "log.level": setting(
    choice("debug", "info", "warn", "error"),
    "info",
    "The least important messages that are still written to the log.",
  ),

  "http.idleTimeout": setting(
    duration,
    "60s",
    "A connection whose request or answer makes no progress for so long, or next to none (less than 256 bytes a second), is closed.",
  ),
  "http.keepAlive": setting(duration, "90s", "How long an idle connection stays open; keep it above that of a proxy in front."),
  "http.stopTimeout": setting(
    duration,
    "30s",
    "How long a stop waits for requests in flight before it closes their connections.",
  ),

  // A client that asks too fast gets 429 with Retry-After; pulling or pushing an image takes one request or a few for each of its layers,
  // which is why ten seconds' worth may come at once. Counted in each process by itself.
  "limits.requestsPerSecond": setting(
    count,
    "0",
    "Requests a second that one user, robot or, of the anonymous, one network address (IPv6: one /64) may make for long, with ten times as many at once; 0: any number.",
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
  // data/log/pulls-<day>.<number>.jsonl: {"time", "repository", "tag", "digest", "by", "principal", "address", "userAgent"}.
  // Lines are written in groups, within a second; a full disk loses lines, which the log says, and never a pull.
  "pulls.log": setting(
    choice("off", "file"),
    "off",
    "file: also write one line of JSON for every pull, with who and from where, to files in the folder `log` of the data folder, a new one every day and every 256 MiB.",
  ),
  "pulls.logKeep": setting(duration, "30d", "Files of the pull log are removed after this time."),
  "pulls.segmentKeep": setting(duration, "10m", "Journal files stay so long after their fold."),
  "pulls.segmentRowKeep": setting(duration, "30d", "The database remembers a removed journal file so long."),
  "pulls.hoursKeep": setting(duration, "14d", "Hourly numbers become daily ones after this time."),
  "pulls.daysKeep": setting(duration, "396d", "Daily numbers become monthly ones after this time; monthly ones stay for ever."),

  "usage.idleAfter": setting(duration, "30d", "A tag that nobody has pulled or checked for so long is idle."),

  // Read from `access.key` in the data folder, which is made at the first start, when it is not given.
  "access.secret": optionalSecret(
    text,
    "At least 32 random characters from which the keys of tokens are derived; processes that share a database need the same. Absent: made at the first start and kept in `access.key` in the data folder.",
  ),

  // The provider must know us as a web application with the callback below. Rights come from grants to groups that it names; what was issued
  // here, sessions and tokens, does not end when its session does. A provider with a certificate of its own: NODE_EXTRA_CA_CERTS.
  "oidc.issuer": optional(
    issuer,
    "An OpenID provider with which users can sign in. It sends them back to `/api/v1/session/oidc/callback` at our `externalUrl`, which it must have been told.",
  ),
  "oidc.clientId": optional(text, "Who we are at the provider."),
  "oidc.clientSecret": optionalSecret(text, "Our password at the provider; a public client has none."),
  "oidc.scopes": setting(
    text,
    "openid profile",
    "What we ask the provider for, with spaces between; some say the groups only when they are asked for a scope such as `groups`.",
  ),
  "oidc.nameClaim": setting(
    text,
    "preferred_username",
    "The claim that becomes the name of a user at their first sign-in, in lower case; it stays when the claim changes.",
  ),
  "oidc.groupsClaim": setting(
    text,
    "groups",
    "The claim with the groups of a user, a list of names or one name. At every sign-in they replace those from before; without the claim there are none.",
  ),

  "audit.keep": setting(duration, "365d", "How long the audit log remembers who did what."),
} as const;

export type SettingKey = keyof typeof settings;
export type Config = {
  readonly [Key in SettingKey]: (typeof settings)[Key] extends Setting<infer Value> ? Value : never;
} & NamedThings;

export const settingKeys = Object.keys(settings) as SettingKey[];

/** What is wrong with settings of which each is right by itself; a sentence for each mistake. */
export function conflicts(config: Config): string[] {
  const mistakes: string[] = [];
  const { "tls.certificate": certificate, "tls.key": key } = config;
  if ((certificate === undefined) !== (key === undefined)) {
    const [given, missing] = key === undefined ? ["tls.certificate", "tls.key"] : ["tls.key", "tls.certificate"];
    mistakes.push(`${given}: without ${missing} there is no TLS: give both files or none`);
  }
  const { "oidc.issuer": provider, "oidc.clientId": clientId, "oidc.scopes": scopes } = config;
  if ((provider === undefined) !== (clientId === undefined)) {
    const [given, missing] = clientId === undefined ? ["oidc.issuer", "oidc.clientId"] : ["oidc.clientId", "oidc.issuer"];
    mistakes.push(`${given}: without ${missing} nobody can sign in with it: give both or none`);
  }
  if (!scopes.split(" ").includes("openid"))
    mistakes.push("oidc.scopes: without openid among them the provider does not say who somebody is");
  return mistakes;
}

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
