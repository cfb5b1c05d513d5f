// What exists in the demo and when it was pushed: a pure function of a seed and a time. Filling (fill.ts) and the pulls
// (pull-plan.ts) follow from it.

import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from "../oci/reference.ts";
import { buildArtifact, buildContents, buildSignature, buildTagSignature } from "./artifacts.ts";
import { buildImage, type Build } from "./images.ts";
import { LayerShelf } from "./layers.ts";
import type { DemoManifest } from "./manifests.ts";
import { createRandom } from "./random.ts";
import { repositoryPlans, type RepositoryPlan, type Use } from "./repositories.ts";
import { releasesOf } from "./versions.ts";

export interface DemoPush {
  readonly atMs: number;
  readonly repository: RepositoryName;
  readonly manifest: DemoManifest;
  /** Empty: pushed by digest, as referrers are. */
  readonly tags: readonly Tag[];
  /** Who pushed it. */
  readonly by: string;
  /** Of an index: the children that did not come with it. */
  readonly absent: readonly DemoManifest[];
  /** Nobody pulls it for its own sake. */
  readonly isAccessory: boolean;
}

export interface DemoContent {
  /** Oldest first. */
  readonly pushes: readonly DemoPush[];
  readonly uses: ReadonlyMap<RepositoryName, Use>;
}

/** The same seed and time give the same bytes, everywhere. */
export function generateContent(seed: string, untilMs: number): DemoContent {
  const shelf = new LayerShelf();
  const pushes = repositoryPlans.flatMap((plan) => pushesOf(shelf, plan, seed, untilMs));
  const uses = new Map(repositoryPlans.map(({ name, use }) => [parseRepositoryName(name), use]));
  return { pushes: pushes.sort((a, b) => a.atMs - b.atMs), uses };
}

/** Signing and describing an image takes a moment each. */
const accessoryDelayMs = 45_000;

function pushesOf(shelf: LayerShelf, plan: RepositoryPlan, seed: string, untilMs: number): DemoPush[] {
  const repository = parseRepositoryName(plan.name);
  const releases = releasesOf(plan, createRandom(`${seed} ${plan.name}`), untilMs);
  return releases.flatMap((release, number) => {
    const build: Build = { plan, release, number, seed };
    const isImage = plan.kind === "image" || plan.kind === "docker image";
    const manifest = isImage ? buildImage(shelf, build) : buildArtifact(shelf, build);
    const accessory = (step: number, what: DemoManifest, tags: readonly Tag[] = []): DemoPush => ({
      atMs: release.atMs + step * accessoryDelayMs,
      repository,
      manifest: what,
      tags,
      by: "signer",
      absent: [],
      isAccessory: true,
    });
    const created = new Date(release.atMs + accessoryDelayMs).toISOString();
    const pushes: DemoPush[] = [
      {
        atMs: release.atMs,
        repository,
        manifest,
        tags: release.tags.map(parseTag),
        by: `${plan.name.split("/", 1)[0]}-ci`,
        absent: plan.sparse && number === releases.length - 1 ? manifest.children.slice(-1) : [],
        isAccessory: false,
      },
    ];
    // Nobody signed anything in the first years.
    if (release.atMs < untilMs - signedForMs) return pushes;
    if (plan.signed === "referrer") pushes.push(accessory(1, buildSignature(seed, manifest, created)));
    if (plan.signed === "tag") {
      const { manifest: signature, tag } = buildTagSignature(seed, manifest, plan.name);
      pushes.push(accessory(1, signature, [parseTag(tag)]));
    }
    if (plan.sbom) pushes.push(accessory(2, buildContents(seed, manifest, plan.name, created)));
    return pushes;
  });
}
const signedForMs = 500 * 86_400_000;
