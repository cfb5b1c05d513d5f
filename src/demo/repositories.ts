// The repositories of the demo, as data: what a company of a few teams has in its registry.

import type { BaseName } from "./bases.ts";

/** How versions are named: see versions.ts. */
export type TagStyle = "semver" | "calendar" | "commits" | "distribution" | "nightly" | "single";

/**
 * How much something is used. never: pushed last week or the week before and not asked for since; unknown: older, so that a gap hides
 * whether it was; new: of these days.
 */
export type Use = "hot" | "busy" | "steady" | "quiet" | "idle" | "never" | "unknown" | "new";

export interface RepositoryPlan {
  readonly name: string;
  readonly kind: "image" | "docker image" | "chart" | "wasm" | "artifact";
  readonly tags: TagStyle;
  readonly use: Use;
  readonly releases: number;
  readonly base?: BaseName;
  readonly platforms?: readonly string[];
  /** Each platform with an attestation (unknown/unknown) in its index. */
  readonly attested?: true;
  /** How images are signed: cosign's tag, or a referrer. */
  readonly signed?: "tag" | "referrer";
  readonly sbom?: true;
  /** KiB of a layer that no other release has: what is large in the demo, and forgotten. */
  readonly ballast?: number;
  /** Its latest index lists a platform that is not here. */
  readonly sparse?: true;
  /** Somebody built a password in. */
  readonly leaky?: true;
}

const amd64 = ["linux/amd64"];
const two = ["linux/amd64", "linux/arm64"];
const three = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
const windows = ["linux/amd64", "windows/amd64"];

type Options = Partial<Omit<RepositoryPlan, "name" | "tags" | "use" | "releases">>;

function plan(name: string, tags: TagStyle, use: Use, releases: number, options: Options = {}): RepositoryPlan {
  return { name, kind: "image", tags, use, releases, base: "alpine", platforms: amd64, ...options };
}

export const repositoryPlans: readonly RepositoryPlan[] = [
  plan("base/alpine", "distribution", "hot", 8, { platforms: three, sbom: true }),
  plan("base/debian", "distribution", "busy", 6, { base: "debian", sbom: true }),
  plan("base/node", "distribution", "hot", 6, { base: "node", platforms: two, signed: "referrer", sbom: true }),
  plan("base/python", "distribution", "busy", 6, { base: "python", signed: "referrer", sbom: true }),
  plan("base/java", "distribution", "busy", 5, { base: "java", signed: "referrer" }),
  plan("base/static", "distribution", "steady", 5, { base: "static", signed: "tag" }),
  plan("base/nginx", "distribution", "busy", 5, { base: "nginx" }),
  plan("base/windows", "distribution", "quiet", 4, { base: "windows", platforms: ["windows/amd64"] }),

  plan("platform/gateway", "semver", "hot", 13, {
    base: "static",
    platforms: two,
    attested: true,
    signed: "referrer",
    sbom: true,
  }),
  plan("platform/auth", "semver", "busy", 10, { base: "java", signed: "referrer", sbom: true }),
  plan("platform/billing", "semver", "busy", 8, { base: "java", signed: "tag" }),
  plan("platform/notifier", "semver", "steady", 6, { base: "node" }),
  plan("platform/search", "semver", "busy", 6, { base: "java", sbom: true }),
  plan("platform/scheduler", "semver", "steady", 5, { base: "static" }),
  plan("platform/config", "semver", "steady", 5, { base: "static" }),
  plan("platform/audit", "calendar", "quiet", 5, { base: "python" }),
  plan("platform/feature-flags", "semver", "steady", 6, { base: "node", attested: true }),
  plan("platform/mailer", "semver", "quiet", 5, { base: "node" }),

  plan("shop/storefront", "commits", "hot", 16, { base: "node", platforms: two, attested: true, signed: "referrer" }),
  plan("shop/cart", "commits", "busy", 11, { base: "node" }),
  plan("shop/checkout", "semver", "hot", 9, { base: "java", signed: "referrer", sbom: true }),
  plan("shop/catalog", "commits", "busy", 9, { base: "java" }),
  plan("shop/inventory", "semver", "steady", 5, { base: "java" }),
  plan("shop/recommendations", "calendar", "steady", 6, { base: "python" }),
  plan("shop/images", "semver", "steady", 5, { base: "static" }),

  plan("data/etl", "calendar", "steady", 8, { base: "python" }),
  plan("data/warehouse-loader", "calendar", "quiet", 5, { base: "python" }),
  plan("data/notebooks", "nightly", "steady", 9, { base: "python" }),
  plan("data/stream-processor", "semver", "busy", 6, { base: "java" }),
  plan("data/ml/training", "nightly", "quiet", 6, { base: "python" }),
  plan("data/ml/serving", "semver", "busy", 5, { base: "python", sbom: true }),
  plan("data/ml/feature-store", "semver", "quiet", 5, { base: "python" }),
  plan("data/ml/base", "calendar", "idle", 2, { base: "python", ballast: 6144 }),
  plan("data/ml/experiments", "commits", "never", 2, { base: "python", ballast: 3072 }),

  plan("mobile/api", "semver", "busy", 6, { base: "node", platforms: two }),
  plan("mobile/push", "semver", "steady", 5, { base: "node" }),
  plan("edge/router", "semver", "steady", 5, { base: "static", signed: "tag" }),
  plan("edge/iot-agent", "semver", "busy", 6, { base: "static", platforms: three, attested: true }),

  plan("ops/backup", "semver", "quiet", 5),
  plan("ops/log-shipper", "semver", "busy", 5),
  plan("ops/metrics-agent", "semver", "hot", 5, { base: "static", platforms: [...two, "windows/amd64"] }),
  plan("ops/node-debug", "single", "quiet", 3, { base: "debian" }),
  plan("ops/cert-rotator", "semver", "steady", 5, { base: "static" }),

  plan("ci/runner", "calendar", "hot", 6, { base: "debian", platforms: two }),
  plan("ci/builder", "calendar", "busy", 6, { base: "debian" }),
  plan("ci/lint", "single", "busy", 5, { base: "node" }),
  plan("ci/windows-builder", "calendar", "quiet", 4, { base: "windows", platforms: windows }),
  plan("tools/psql", "single", "quiet", 3),
  plan("tools/curl", "single", "busy", 3),
  plan("tools/kubectl", "semver", "steady", 5, { base: "static", platforms: two }),

  plan("vendor/postgres", "distribution", "busy", 5, { base: "debian" }),
  plan("vendor/redis", "distribution", "busy", 5, { base: "debian", platforms: two, sparse: true }),
  plan("vendor/prometheus", "semver", "steady", 5, { base: "static" }),
  plan("vendor/grafana", "semver", "steady", 5),

  plan("legacy/crm", "calendar", "quiet", 5, { kind: "docker image", base: "debian", leaky: true }),
  plan("legacy/warehouse", "single", "idle", 1, { kind: "docker image", base: "java", ballast: 4608 }),
  plan("legacy/reporting", "calendar", "idle", 4, { kind: "docker image", base: "java" }),
  plan("legacy/fax", "single", "idle", 1, { kind: "docker image", base: "debian" }),
  plan("sandbox/ada/hello", "single", "unknown", 1),
  plan("sandbox/ada/next", "commits", "new", 2, { base: "node" }),
  plan("sandbox/grace/experiment", "commits", "never", 5, { base: "python" }),
  plan("sandbox/linus/patches", "nightly", "idle", 5, { base: "debian" }),

  plan("charts/gateway", "semver", "busy", 5, { kind: "chart", signed: "referrer" }),
  plan("charts/storefront", "semver", "steady", 5, { kind: "chart" }),
  plan("charts/postgres", "semver", "quiet", 5, { kind: "chart" }),
  plan("charts/observability", "semver", "steady", 5, { kind: "chart", signed: "tag" }),
  plan("wasm/image-filter", "semver", "quiet", 5, { kind: "wasm" }),
  plan("wasm/rate-limiter", "semver", "steady", 5, { kind: "wasm" }),
  plan("policies/admission", "calendar", "steady", 5, { kind: "artifact" }),
  plan("models/sentiment", "semver", "quiet", 4, { kind: "artifact" }),
];
