// What a manifest is, for people: told from media types alone, which are other people's words. What is not known is an artifact, and what
// refers to something in an unknown way is "other".

import { imageConfigTypes } from "./image-config.ts";
import { isIndexType } from "./media-types.ts";

/** index: for several platforms; chart: of Helm. */
export type ContentKind = "image" | "index" | "chart" | "artifact";

export const chartConfigType = "application/vnd.cncf.helm.config.v1+json";

/** `artifactType`: the manifest's own, or else the type of its config. */
export function contentKind(mediaType: string, artifactType: string): ContentKind {
  if (isIndexType(mediaType)) return "index";
  if (imageConfigTypes.includes(artifactType)) return "image";
  return artifactType === chartConfigType ? "chart" : "artifact";
}

export type ReferrerKind = "signature" | "sbom" | "attestation" | "other";

const tagSuffixes: ReadonlyMap<string, ReferrerKind> = new Map([
  ["sig", "signature"],
  ["att", "attestation"],
  ["sbom", "sbom"],
]);
/** In this order: a signed statement about contents is named after what it states. */
const words: readonly (readonly [RegExp, ReferrerKind])[] = [
  [/spdx|cyclonedx|syft|sbom/, "sbom"],
  [/in-toto|dsse|attest|provenance|slsa/, "attestation"],
  [/signature|sigstore|simplesigning|cosign.*\bsig\b|notary/, "signature"],
];

/** Of what refers to a manifest by its own `subject`. `artifactType`: as above. */
export function referrerKind(artifactType: string): ReferrerKind {
  const type = artifactType.toLowerCase();
  return words.find(([word]) => word.test(type))?.[1] ?? "other";
}

/** The names by which cosign's tags refer to a manifest: sha256-HEX.sig, .att, .sbom; of a SHA-512 only 64 digits fit. */
export function referrerTags(digest: string): string[] {
  const name = digest.replace(":", "-").slice(0, "sha256-".length + 64);
  return [...tagSuffixes.keys()].map((suffix) => `${name}.${suffix}`);
}

/** Of what refers to a manifest by such a name. */
export function referrerKindOfTag(name: string): ReferrerKind {
  return tagSuffixes.get(name.slice(name.lastIndexOf(".") + 1)) ?? "other";
}

/** BuildKit puts what it says about an image beside it into the index, as an image for an unknown platform. */
export interface BuildAttestation {
  readonly platform: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The digest that an entry of an index is an attestation of; undefined: it is none. */
export function attestedDigest({ platform, annotations = {} }: BuildAttestation): string | undefined {
  if (platform !== "unknown/unknown" || annotations["vnd.docker.reference.type"] !== "attestation-manifest") return undefined;
  return annotations["vnd.docker.reference.digest"];
}
