// What is no image: charts, modules, policies, models; and what refers to something else: signatures and lists of contents.

import { toBlob, type DemoBlob, type LayerShelf } from "./layers.ts";
import { labelsOf, type Build } from "./images.ts";
import { buildManifest, toDocument, type DemoManifest } from "./manifests.ts";
import { between, createRandom, hexOf, randomBytes } from "./random.ts";

const empty = toBlob("application/vnd.oci.empty.v1+json", Buffer.from("{}"));

export function buildArtifact(shelf: LayerShelf, build: Build): DemoManifest {
  const { plan, release, seed } = build;
  const app = plan.name.split("/").at(-1)!;
  const name = `${seed} ${plan.name} ${release.version}`;
  const size = between(createRandom(name), 4, 40) * 1024;
  const annotations = labelsOf(build);
  if (plan.kind === "chart") {
    const config = toDocument("application/vnd.cncf.helm.config.v1+json", {
      apiVersion: "v2",
      name: app,
      version: release.version,
      appVersion: release.version,
      description: `Helm chart for ${app}`,
      type: "application",
    });
    const files = ["Chart.yaml", "values.yaml", "templates/deployment.yaml", "templates/service.yaml"].map(
      (file) => `${app}/${file}`,
    );
    const layer = shelf.layer({ name, files, size, mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip" });
    return buildManifest({ config, layers: [layer], annotations });
  }
  if (plan.kind === "wasm") {
    const config = toDocument("application/vnd.wasm.config.v0+json", { os: "wasip1", architecture: "wasm", layerDigests: [] });
    const header = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    return buildManifest({
      config,
      layers: [toBlob("application/wasm", Buffer.concat([header, randomBytes(name, size)]))],
      annotations,
    });
  }
  const [artifactType, file] =
    app === "sentiment"
      ? ["application/vnd.example.model.v1", "model.onnx"]
      : ["application/vnd.cncf.openpolicyagent.config.v1+json", "policy.rego"];
  const layer = {
    ...toBlob("application/octet-stream", randomBytes(name, size)),
    annotations: { "org.opencontainers.image.title": file },
  };
  return buildManifest({ config: empty, layers: [layer], artifactType, annotations });
}

/** cosign's own way: a manifest under the tag sha256-HEX.sig. */
export function buildTagSignature(
  seed: string,
  subject: DemoManifest,
  repository: string,
): { tag: string; manifest: DemoManifest } {
  const payload = toDocument("application/vnd.dev.cosign.simplesigning.v1+json", {
    critical: {
      identity: { "docker-reference": repository },
      image: { "docker-manifest-digest": subject.digest },
      type: "cosign container image signature",
    },
    optional: null,
  });
  const annotations = { "dev.cosignproject.cosign/signature": signatureOf(seed, subject) };
  const config = toDocument("application/vnd.oci.image.config.v1+json", {
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: [payload.digest] },
  });
  return {
    tag: `${subject.digest.replace(":", "-")}.sig`,
    manifest: buildManifest({ config, layers: [{ ...payload, annotations }] }),
  };
}

/** A signature as a referrer. */
export function buildSignature(seed: string, subject: DemoManifest, created: string): DemoManifest {
  const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
  const bundle = toDocument(mediaType, {
    mediaType,
    verificationMaterial: { publicKey: { hint: "release key" } },
    messageSignature: { messageDigest: { algorithm: "SHA2_256", digest: subject.digest }, signature: signatureOf(seed, subject) },
  });
  return refer(subject, bundle, mediaType, created);
}

/** What is in an image, in SPDX. */
export function buildContents(seed: string, subject: DemoManifest, repository: string, created: string): DemoManifest {
  const random = createRandom(`${seed} ${subject.digest} packages`);
  const packages = Array.from({ length: between(random, 20, 60) }, (_, i) => ({
    name: `lib${hexOf(random, 6)}`,
    SPDXID: `SPDXRef-Package-${i}`,
    versionInfo: `${between(random, 0, 9)}.${between(random, 0, 30)}.${between(random, 0, 9)}`,
    downloadLocation: "NOASSERTION",
  }));
  const contents = toDocument("application/spdx+json", {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: repository,
    creationInfo: { created, creators: ["Tool: syft"] },
    packages,
  });
  return refer(subject, contents, "application/spdx+json", created);
}

function refer(subject: DemoManifest, layer: DemoBlob, artifactType: string, created: string): DemoManifest {
  const annotations = { "org.opencontainers.image.created": created };
  return buildManifest({ config: empty, layers: [layer], artifactType, subject, annotations });
}

function signatureOf(seed: string, { digest }: DemoManifest): string {
  return randomBytes(`${seed} ${digest} signature`, 64).toString("base64");
}
