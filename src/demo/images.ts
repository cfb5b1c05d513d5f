// Images of the demo: a base, what the application needs, the application; with a config that tells its history, and labels.

import { dockerManifest } from "../oci/media-types.ts";
import { baseLayers, bases, type BaseName } from "./bases.ts";
import { layerTypes, type DemoLayer, type LayerShelf } from "./layers.ts";
import { buildIndex, buildManifest, platformOf, toDocument, type DemoManifest } from "./manifests.ts";
import { between, createRandom, hexOf } from "./random.ts";
import type { RepositoryPlan } from "./repositories.ts";
import type { Release } from "./versions.ts";

/** One build of an application. */
export interface Build {
  readonly plan: RepositoryPlan;
  readonly release: Release;
  /** Counts releases, so that what an application needs changes more rarely than itself. */
  readonly number: number;
  readonly seed: string;
}

/** An image, or an index when it is for several platforms or attested. */
export function buildImage(shelf: LayerShelf, build: Build): DemoManifest {
  const { plan } = build;
  const images = (plan.platforms ?? []).map((platform) => buildPlatform(shelf, build, platform));
  if (images.length === 1 && !plan.attested) return images[0]!;
  const attestations = plan.attested ? images.map((image) => buildAttestation(build, image)) : [];
  const entries = [
    ...images.map((manifest) => ({ manifest })),
    ...attestations.map((manifest, i) => ({
      manifest,
      annotations: { "vnd.docker.reference.digest": images[i]!.digest, "vnd.docker.reference.type": "attestation-manifest" },
    })),
  ];
  return buildIndex(entries, labelsOf(build));
}

function buildPlatform(shelf: LayerShelf, build: Build, platform: string): DemoManifest {
  const { number, plan, release, seed } = build;
  const { base = "alpine", kind, name } = plan;
  const isDocker = kind === "docker image";
  const below = baseLayers(shelf, base, platform, release.atMs);
  const random = createRandom(`${seed} ${name} sizes`);
  const [needs, own] = [between(random, 12, 80), between(random, 1, 20)];
  // Scripts are the same everywhere.
  const ownPlatform = isScript(base) ? "any" : platform;
  const app = name.split("/").at(-1)!;
  const above = [
    shelf.layer({
      name: `${seed} ${name} needs ${Math.floor(number / 4)} ${ownPlatform}`,
      files: needsOf(base),
      size: needs * 1024,
    }),
    shelf.layer({
      name: `${seed} ${name} ${release.version} ${number} ${ownPlatform}`,
      files: [`app/${app}`, "app/VERSION"],
      size: own * 1024,
    }),
    ...(plan.ballast === undefined
      ? []
      : [shelf.layer({ name: `${seed} ${name} ${number} ballast`, files: ["app/model.bin"], size: plan.ballast * 1024 })]),
  ];
  const layers = [...below.layers, ...above].map((layer) => (isDocker ? { ...layer, mediaType: layerTypes.docker } : layer));
  const commands = [
    ...below.commands,
    `COPY dependencies /app # buildkit`,
    `COPY ${app} /app/ # buildkit`,
    ...(plan.ballast === undefined ? [] : ["COPY model.bin /app/ # buildkit"]),
  ];
  const config = toDocument(
    isDocker ? "application/vnd.docker.container.image.v1+json" : "application/vnd.oci.image.config.v1+json",
    describeImage(build, platform, layers, commands),
  );
  return buildManifest({
    config,
    layers,
    platform,
    ...(isDocker ? { mediaType: dockerManifest } : { annotations: labelsOf(build) }),
  });
}

const isScript = (base: BaseName): boolean => base === "node" || base === "python" || base === "java";

function needsOf(base: BaseName): readonly string[] {
  if (base === "node") return ["app/package.json", "app/package-lock.json", "app/node_modules/.package-lock.json"];
  if (base === "python") return ["app/requirements.txt", "app/lib/site-packages/RECORD"];
  if (base === "java") return ["app/lib/spring-core.jar", "app/lib/jackson-databind.jar"];
  return ["usr/bin/tini", "etc/app/defaults.yaml"];
}

function describeImage(build: Build, platform: string, layers: readonly DemoLayer[], commands: readonly string[]): unknown {
  const { plan, release, seed } = build;
  const { base = "alpine", name } = plan;
  const app = name.split("/").at(-1)!;
  const created = new Date(release.atMs - 120_000).toISOString();
  const random = createRandom(`${seed} ${name} port`);
  return {
    created,
    author: `${name.split("/")[0]} team`,
    ...platformOf(platform),
    config: {
      User: "65532:65532",
      ExposedPorts: { [`${between(random, 80, 90)}80/tcp`]: {} },
      Env: [
        "PATH=/usr/local/bin:/usr/bin:/bin",
        ...bases[base].env,
        `APP_VERSION=${release.version}`,
        ...(plan.leaky ? [`DATABASE_PASSWORD=${password}`] : []),
      ],
      Entrypoint: [`/app/${app}`],
      Cmd: ["serve"],
      WorkingDir: "/app",
      Labels: labelsOf(build),
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: [
      ...commands.map((created_by) => ({ created, created_by, comment: "buildkit.dockerfile.v0" })),
      ...[
        `ENV APP_VERSION=${release.version}`,
        ...(plan.leaky ? [`ENV DATABASE_PASSWORD=${password}`] : []),
        "USER 65532:65532",
        `ENTRYPOINT ["/app/${app}"]`,
        'CMD ["serve"]',
      ].map((created_by) => ({
        created,
        created_by,
        empty_layer: true,
        comment: "buildkit.dockerfile.v0",
      })),
    ],
  };
}

/** Made up, like everything here. */
const password = "correct-horse-battery-staple";

export function labelsOf({ plan, release, seed }: Build): Record<string, string> {
  const { base, name } = plan;
  return {
    "org.opencontainers.image.title": name.split("/").at(-1)!,
    "org.opencontainers.image.version": release.version,
    "org.opencontainers.image.created": new Date(release.atMs - 120_000).toISOString(),
    "org.opencontainers.image.revision": hexOf(createRandom(`${seed} ${name} ${release.version} revision`), 40),
    "org.opencontainers.image.source": `https://git.example.com/${name}`,
    "org.opencontainers.image.licenses": "Apache-2.0",
    ...(base !== undefined && { "org.opencontainers.image.base.name": `base/${bases[base].label}` }),
  };
}

/** What BuildKit puts beside an image: who built it from what. */
function buildAttestation(build: Build, image: DemoManifest): DemoManifest {
  const statement = toDocument("application/vnd.in-toto+json", {
    _type: "https://in-toto.io/Statement/v1",
    predicateType: "https://slsa.dev/provenance/v1",
    subject: [{ name: build.plan.name, digest: { sha256: image.digest.slice("sha256:".length) } }],
    predicate: {
      buildDefinition: { buildType: "https://mobyproject.org/buildkit@v1" },
      runDetails: { metadata: labelsOf(build) },
    },
  });
  const layer = { ...statement, annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" } };
  const config = toDocument("application/vnd.oci.image.config.v1+json", {
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: [statement.digest] },
  });
  return buildManifest({ config, layers: [layer] });
}
