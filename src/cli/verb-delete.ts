// hythe delete IMAGE: a tag, or by digest a manifest with every tag on it. What would surprise: a tag is never resolved to its digest
// to delete that, because its other tags would go, too.

import type { Command } from "commander";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { confirm } from "./confirm.ts";
import type { VerbContext } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";
import { parseNamedImage, type ImageArgument } from "./image-argument.ts";
import { addRegistryFlags, type RegistryFlags } from "./registry-flags.ts";
import { withRegistry } from "./registry-session.ts";

interface DeleteFlags extends RegistryFlags {
  readonly yes?: true;
  readonly dryRun?: true;
  readonly overwrite?: true;
  readonly json?: true;
}

const examples = `
Examples:
  hythe delete 127.0.0.1:5000/team/app:v1.0              the tag; the image stays, under its digest
  hythe delete 127.0.0.1:5000/team/app@sha256:…          the image, and every tag on it
  hythe delete 127.0.0.1:5000/team/app:v1.0 --dry-run    only says what would go
  hythe delete 127.0.0.1:5000/team/app:v1.0 --yes        asks nothing, for a script

Without a terminal to ask at and without --yes nothing is deleted, and the exit code is 4.`;

export function addDeleteVerb(program: Command, context: VerbContext): void {
  const verb = program
    .command("delete")
    .argument("<image>", "HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST")
    .summary("delete a tag, or an image by its digest")
    .description("Deletes a tag of any registry, or by digest an image with every tag on it.")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "say what would be deleted, and delete nothing")
    .option("--overwrite", "where tags cannot be deleted: move it to an empty manifest of its own, and delete that")
    .option("--json", "one document: { repository, tag, digest, deleted }")
    .addHelpText("after", examples);
  addRegistryFlags(verb).action((text: string, flags: DeleteFlags) => deleteImage(context, flags, text));
}

async function deleteImage(context: VerbContext, flags: DeleteFlags, text: string): Promise<void> {
  const { stderr, stdout } = context;
  const place = parseNamedImage(text);
  refuseBoth(text, place);
  const { host, reference, repository } = place;
  const what = describe(place);
  const tagDeletion = flags.overwrite === true ? "by overwriting" : "by name";
  const answer = await withRegistry(context, { ...flags, tagDeletion }, place, async (registry, signal) => {
    const { digest } = await registry.manifests.head(reference, { signal });
    if (flags.dryRun === true) return { digest, deleted: false };
    if (flags.yes !== true && !(await confirm(context, toQuestion(place, digest)))) return undefined;
    await registry.manifests.delete(reference, { signal });
    return { digest, deleted: true };
  });
  if (answer === undefined) {
    await stderr.write("hythe: nothing was deleted\n");
    return context.endWith(exitCodes.guard);
  }
  const { deleted, digest } = answer;
  if (flags.json === true) {
    const document = { repository: `${host}/${repository}`, tag: reference.tag ?? null, digest, deleted };
    return stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  }
  const stands = reference.tag === undefined ? "" : `, which ${deleted ? "was" : "is"} ${digest}`;
  await stdout.write(deleted ? `deleted ${what}${stands}\n` : `would delete ${what}${stands}\n`);
}

function toQuestion(place: ImageArgument, digest: Digest): string {
  const consequence = place.reference.tag === undefined ? "Every tag on it goes, too." : `The image stays, as ${digest}.`;
  return `Delete ${describe(place)}? ${consequence}`;
}

function describe({ host, reference, repository }: ImageArgument): string {
  if (reference.tag === undefined) return `the image ${host}/${repository}@${reference.digest} and every tag on it`;
  return `the tag ${host}/${repository}:${reference.tag}`;
}

/** @throws REQUEST_INVALID */
function refuseBoth(text: string, { host, image, repository }: ImageArgument): void {
  const { digest, tag } = image;
  if (tag === undefined || digest === undefined) return;
  throw new RegistryError("REQUEST_INVALID", {
    message: `'${text}' names a tag and a digest: give ${host}/${repository}:${tag} to delete the tag alone, or ${host}/${repository}@${digest} to delete the image with every tag on it`,
  });
}
