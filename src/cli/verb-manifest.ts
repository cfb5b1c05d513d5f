// hythe manifest IMAGE: the manifest as it is stored, byte for byte.

import type { Command } from "commander";
import type { Environment } from "./environment.ts";
import { parseImage } from "./image-argument.ts";
import { chooseManifest } from "./image-choice.ts";
import { addImageFlags, type ImageFlags } from "./image-flags.ts";
import { printDocument } from "./raw-document.ts";
import { withRegistry } from "./registry-session.ts";

const examples = `
Examples:
  hythe manifest alpine | jq .
  hythe manifest alpine --platform linux/arm64 > manifest.json
  hythe manifest alpine | sha256sum                        the same as hythe digest alpine
  hythe manifest alpine --json | jq .manifest.manifests    with its digest and media type`;

export function addManifestVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("manifest")
    .argument("<image>", "HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST; without a tag it is latest")
    .summary("print the manifest of an image as it is")
    .description("Prints the manifest of an image as it is stored, byte for byte.")
    .addHelpText("after", examples);
  addImageFlags(verb, "{ digest, mediaType, size, manifest }").action((text: string, flags: ImageFlags) =>
    printManifest(environment, flags, text),
  );
}

async function printManifest(environment: Environment, flags: ImageFlags, text: string): Promise<void> {
  const place = parseImage(text);
  const { bytes, digest, mediaType, size } = await withRegistry(environment, flags, place, (registry, signal) =>
    chooseManifest(registry, place.reference, flags.platform, signal),
  );
  await printDocument(environment.stdout, bytes, flags.json === true ? { digest, mediaType, size, as: "manifest" } : undefined);
}
