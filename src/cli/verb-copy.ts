// hythe copy SOURCE TARGET: an image with everything that belongs to it, from any registry or folder to any other.

import type { Command } from "commander";
import type { CopyResult } from "../client/copy.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Reference, Tag } from "../oci/reference.ts";
import { createProgress } from "./copy-progress.ts";
import { explainFiles, openSide, parseSource, parseTarget, type CopySide } from "./copy-side.ts";
import type { VerbContext } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";
import { showBytes, showCount } from "./human.ts";
import { addRegistryFlags, type RegistryFlags } from "./registry-flags.ts";
import { untilStopped } from "./registry-session.ts";

interface CopyFlags extends RegistryFlags {
  readonly platform?: string;
  readonly referrers?: true;
  readonly json?: true;
}

const examples = `
Examples:
  hythe copy alpine:3.22 127.0.0.1:5000/alpine                 all platforms, under the same tag
  hythe copy alpine 127.0.0.1:5000/alpine --platform linux/arm64
  hythe copy --referrers registry.example.org/app:v1 127.0.0.1:5000/app
  hythe copy 127.0.0.1:5000/app:v1 oci:./app:v1                into a folder (OCI layout) …
  hythe copy oci:./app:v1 registry.example.org/app:v1          … and out of it

What the target has is not sent again: a copy that was broken off goes on when
it is repeated. The tag is written last, so it never names half an image. A
target without a tag gets that of the source.`;

export function addCopyVerb(program: Command, context: VerbContext): void {
  const verb = program
    .command("copy")
    .alias("cp")
    .argument("<source>", "HOST/REPOSITORY:TAG, HOST/REPOSITORY@DIGEST or oci:FOLDER:TAG")
    .argument("<target>", "the same; without a tag it gets that of the source")
    .summary("copy an image between registries and folders")
    .description("Copies an image, with all its platforms, from one registry or folder to another.")
    .option("--platform <platform>", "of an image for several platforms only the one for this, such as linux/arm64")
    .option("--referrers", "also what refers to the image: signatures, attestations, SBOMs")
    .option("--json", "one document: { source, target, digest, mediaType, manifests, blobs, bytes }")
    .addHelpText("after", examples);
  addRegistryFlags(verb).action((source: string, target: string, flags: CopyFlags) => copy(context, flags, source, target));
}

async function copy(context: VerbContext, flags: CopyFlags, sourceText: string, targetText: string): Promise<void> {
  const [sourceArgument, targetArgument] = [parseSource(sourceText), parseTarget(targetText)];
  await using source = await openSide(context, flags, sourceArgument);
  await using target = await openSide(context, flags, targetArgument, { create: true });
  const tag = tagFor(source, target);
  const name = `${target.name}${tag === undefined ? "" : `:${tag}`}`;
  const signal = untilStopped(context);
  const progress = createProgress(context, flags.json === true);
  const began = context.now();
  try {
    const { copyImage } = await import("../client/copy.ts");
    const result = await copyImage(
      { registry: source.registry, reference: referenceOf(source) },
      { registry: target.registry, repository: target.repository, tag },
      {
        platform: flags.platform,
        referrers: flags.referrers,
        // Its blobs are at hand where both are of one registry.
        mountFrom: source.host !== undefined && source.host === target.host ? source.repository : undefined,
        onProgress: progress.onProgress,
        signal,
      },
    );
    await progress.close();
    await tell(context, flags, { source: sourceText, target: name, ...result }, context.now() - began);
  } catch (error) {
    await progress.close();
    const { bytes, blobs } = progress.copied;
    const kept =
      blobs === 0
        ? ""
        : `${count(blobs, "blob")} (${showBytes(bytes)}) ${blobs === 1 ? "is" : "are"} at the target: the same command goes on from there`;
    if (!signal.aborted) {
      if (kept !== "") await context.stderr.write(`${kept}\n`);
      throw await explain(error, [source, target]);
    }
    await context.stderr.write(kept === "" ? "stopped\n" : `stopped; ${kept}\n`);
    context.endWith(kept === "" ? exitCodes.failure : exitCodes.partlyDone);
  }
}

function referenceOf({ digest, name, repository, tag }: CopySide): Reference {
  if (digest !== undefined) return { repository, digest };
  if (tag !== undefined) return { repository, tag };
  throw new RegistryError("REQUEST_INVALID", { message: `${name} names neither a tag nor a digest` });
}

/** Undefined: the target is named by a digest alone, as the source is. @throws REQUEST_INVALID for a digest that is not the source's */
function tagFor(source: CopySide, target: CopySide): Tag | undefined {
  if (target.digest === undefined) return target.tag ?? source.tag;
  if (target.digest === source.digest) return target.tag;
  throw new RegistryError("REQUEST_INVALID", {
    message: `the target cannot be named by a digest that the source is not named by: leave out @${target.digest}`,
  });
}

interface Answer extends CopyResult {
  readonly source: string;
  readonly target: string;
}

async function tell({ stderr, stdout }: VerbContext, { json }: CopyFlags, answer: Answer, ms: number): Promise<void> {
  const { blobs, bytes, digest, manifests, mediaType, source, target } = answer;
  if (json === true) {
    await stdout.write(`${JSON.stringify({ source, target, digest, mediaType, manifests, blobs, bytes }, undefined, 2)}\n`);
    return;
  }
  await stdout.write(`${target} is ${digest}\n`);
  const sent = blobs.copied + manifests.copied;
  const parts = [
    `${count(manifests.copied, "manifest")} and ${count(blobs.copied, "blob")} copied (${showBytes(bytes)} in ${(ms / 1000).toFixed(1)} s)`,
    ...(blobs.mounted > 0 ? [`${showCount(blobs.mounted)} mounted`] : []),
    ...(blobs.there + manifests.there > 0 ? [`${showCount(blobs.there + manifests.there)} were there`] : []),
    ...(blobs.left > 0 ? [`${count(blobs.left, "layer")} left out, which the image says lie elsewhere`] : []),
  ];
  await stderr.write(sent + blobs.mounted === 0 ? "everything was there already\n" : `${parts.join(", ")}\n`);
}

/** Whose trouble it is decides what to advise. */
async function explain(error: unknown, sides: readonly CopySide[]): Promise<unknown> {
  if (!(error instanceof RegistryError)) return explainFiles(error);
  const registries = sides.filter(({ host }) => host !== undefined);
  const side = registries.find((each) => each.isAbout(error)) ?? (registries.length === 1 ? registries[0] : undefined);
  return side === undefined || error.request === undefined ? error : side.explain(error);
}

function count(number: number, noun: string): string {
  return `${showCount(number)} ${noun}${number === 1 ? "" : "s"}`;
}
