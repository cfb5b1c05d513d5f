// The manners of registries people use (client-ui research, "Known registry quirks"): `startFakeRegistry(presets.ghcr)`.

import type { LoginOptions } from "./login.ts";
import type { MannerName } from "./manners.ts";

export interface Preset extends Pick<LoginOptions, "login" | "anonymous"> {
  readonly users: Readonly<Record<string, string>>;
  readonly manners: readonly MannerName[];
}

const robot = { robot: "secret" };

export const presets = {
  dockerHub: {
    login: "bearer",
    anonymous: "pull",
    users: { someone: "dckr_pat_secret" },
    manners: [
      "catalog-never-granted",
      "library-namespace",
      "pull-quota-headers",
      "delete-405",
      "referrers-404",
      "token-refuses-repeated-repository",
      "blob-redirects",
    ],
  },
  ghcr: {
    login: "bearer",
    anonymous: "pull",
    users: { anybody: "ghp_secret" },
    manners: [
      "catalog-forbidden",
      "referrers-redirect-429",
      "patch-limit-4mib",
      "tags-unordered",
      "delete-405",
      "blob-redirects",
      "token-called-token",
    ],
  },
  ecr: {
    login: "basic",
    anonymous: "nothing",
    users: { AWS: "twelve-hours" },
    manners: [
      "basic-realm-is-url",
      "n-above-1000-refused",
      "repository-must-exist",
      "patch-201",
      "patch-min-5mib",
      "cuts-connections",
      "immutable-tags",
      "catalog-partial",
      "subject-header-without-referrers",
      "referrers-404",
      "location-absolute",
    ],
  },
  gar: {
    login: "bearer",
    anonymous: "nothing",
    users: { oauth2accesstoken: "ya29.secret" },
    manners: ["chunks-refused", "tags-with-manifest-map", "challenge-only-on-base", "token-for-one-repository", "token-post-404"],
  },
  acr: {
    login: "bearer",
    anonymous: "nothing",
    users: { "00000000-0000-0000-0000-000000000000": "refresh" },
    manners: ["token-password-grant-400", "token-called-access-token", "token-without-expiry"],
  },
  quay: {
    login: "bearer",
    anonymous: "nothing",
    users: { "ns+robot": "secret" },
    manners: [
      "opaque-page-token",
      "small-pages",
      "mount-without-from-400",
      "delete-never-granted",
      "catalog-partial",
      "tags-unordered",
    ],
  },
  gitlab: {
    login: "bearer",
    anonymous: "nothing",
    users: { "gitlab+deploy-token-1": "secret" },
    manners: ["tokens-live-five-minutes", "catalog-forbidden", "sha256-tag-trap", "referrers-404"],
  },
  artifactory: {
    login: "bearer",
    anonymous: "nothing",
    users: robot,
    manners: [
      "token-post-401",
      "403-for-missing",
      "small-pages",
      "link-odd-path",
      "tags-406-with-manifest-accept",
      "monolithic-refused",
      "digest-like-tags",
      "token-errors-in-message",
    ],
  },
  nexus: {
    login: "basic",
    anonymous: "nothing",
    users: robot,
    manners: ["null-tags", "empty-tag-names", "small-pages", "link-wrong-path", "head-404", "referrers-404"],
  },
  nexusGroup: {
    login: "basic",
    anonymous: "nothing",
    users: robot,
    manners: ["null-tags", "link-missing", "referrers-404"],
  },
  harbor: {
    login: "bearer",
    anonymous: "nothing",
    users: { "robot$team+ci": "secret" },
    manners: ["catalog-forbidden", "gzip-length-mismatch", "missing-as-unknown"],
  },
  zot: {
    login: "basic",
    anonymous: "nothing",
    users: robot,
    manners: ["upload-range-with-unit", "catalog-partial"],
  },
  forgejo: {
    login: "bearer",
    anonymous: "nothing",
    users: robot,
    manners: ["two-challenges-one-header", "referrers-404"],
  },
  ibm: {
    login: "bearer",
    anonymous: "nothing",
    users: { iamapikey: "secret" },
    manners: ["delete-needs-triple"],
  },
  redhat: {
    login: "bearer",
    anonymous: "nothing",
    users: { "123|service-account": "secret" },
    manners: ["wrong-content-type", "schema1-manifests", "catalog-forbidden"],
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
