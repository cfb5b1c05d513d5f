import { expect, test } from "vitest";
import { attestedDigest, contentKind, referrerKind, referrerKindOfTag, referrerTags } from "./content-kinds.ts";
import { dockerList, dockerManifest, ociIndex, ociManifest } from "./media-types.ts";

test.each([
  [ociIndex, "", "index"],
  [dockerList, "", "index"],
  [ociIndex, "application/vnd.example.bundle", "index"],
  [ociManifest, "application/vnd.oci.image.config.v1+json", "image"],
  [dockerManifest, "application/vnd.docker.container.image.v1+json", "image"],
  [ociManifest, "application/vnd.cncf.helm.config.v1+json", "chart"],
  [ociManifest, "application/vnd.wasm.config.v0+json", "artifact"],
  [ociManifest, "", "artifact"],
])("%s with %s is an %s", (mediaType, artifactType, kind) => {
  expect(contentKind(mediaType, artifactType)).toBe(kind);
});

test.each([
  ["application/vnd.dev.cosign.artifact.sig.v1+json", "signature"],
  ["application/vnd.dev.sigstore.bundle.v0.3+json", "signature"],
  ["application/vnd.cncf.notary.signature", "signature"],
  ["application/spdx+json", "sbom"],
  ["application/vnd.cyclonedx+json", "sbom"],
  ["application/vnd.dev.cosign.artifact.sbom.v1+json", "sbom"],
  ["application/vnd.in-toto+json", "attestation"],
  ["application/vnd.dsse.envelope.v1+json", "attestation"],
  ["application/vnd.docker.attestation.manifest.v1+json", "attestation"],
  ["application/vnd.example.design", "other"],
  ["", "other"],
])("what refers to something as %s is of the kind %s", (artifactType, kind) => {
  expect(referrerKind(artifactType)).toBe(kind);
});

test("cosign's tags are named after the digest, as much of it as fits", () => {
  const hex = "0123456789abcdef".repeat(4);
  expect(referrerTags(`sha256:${hex}`)).toEqual([`sha256-${hex}.sig`, `sha256-${hex}.att`, `sha256-${hex}.sbom`]);
  expect(referrerTags(`sha512:${hex}${hex}`)).toEqual([`sha512-${hex}.sig`, `sha512-${hex}.att`, `sha512-${hex}.sbom`]);
});

test("cosign's tags end with what they are", () => {
  const digest = `sha256-${"a".repeat(64)}`;
  expect(["sig", "att", "sbom", "zip"].map((suffix) => referrerKindOfTag(`${digest}.${suffix}`))).toEqual([
    "signature",
    "attestation",
    "sbom",
    "other",
  ]);
  expect(referrerKindOfTag(`${digest}.constructor`)).toBe("other");
});

test("an entry of an index is an attestation only with BuildKit's word and without a platform", () => {
  const annotations = { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": "sha256:1" };
  expect(attestedDigest({ platform: "unknown/unknown", annotations })).toBe("sha256:1");
  expect(attestedDigest({ platform: "linux/amd64", annotations })).toBeUndefined();
  expect(attestedDigest({ platform: "unknown/unknown" })).toBeUndefined();
});
