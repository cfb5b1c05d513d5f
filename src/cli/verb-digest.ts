// hythe digest IMAGE: what a tag stands on now, for scripts.

import type { Command } from "commander";
import type { Environment } from "./environment.ts";
import { parseImage } from "./image-argument.ts";
import { chooseManifest } from "./image-choice.ts";
import { addImageFlags, type ImageFlags } from "./image-flags.ts";
import { withRegistry } from "./registry-session.ts";

type DigestFlags = ImageFlags & { readonly fullRef?: true };

const examples = `
Examples:
  hythe digest alpine                                of all platforms together
  hythe digest alpine --platform linux/arm64         of the image for one
  docker pull "$(hythe digest alpine --full-ref)"    exactly this, whatever becomes of the tag

The registry is asked with HEAD, which is no pull.`;

export function addDigestVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("digest")
    .argument("<image>", "HOST/REPOSITORY:TAG; without a tag it is latest")
    .summary("print the digest of an image")
    .description("Prints the digest that a tag stands on now.")
    .option("--full-ref", "print HOST/REPOSITORY@DIGEST")
    .addHelpText("after", examples);
  addImageFlags(verb, "{ digest, mediaType, size } of the manifest").action((text: string, flags: DigestFlags) =>
    printDigest(environment, flags, text),
  );
}

async function printDigest({ stdout, ...environment }: Environment, flags: DigestFlags, text: string): Promise<void> {
  const place = parseImage(text);
  const { host, reference, repository } = place;
  const { platform } = flags;
  const { digest, mediaType, size } = await withRegistry({ stdout, ...environment }, flags, place, (registry, signal) =>
    platform === undefined
      ? registry.manifests.head(reference, { signal })
      : chooseManifest(registry, reference, platform, signal),
  );
  if (flags.json === true) return stdout.write(`${JSON.stringify({ digest, mediaType, size }, undefined, 2)}\n`);
  await stdout.write(`${flags.fullRef === true ? `${host}/${repository}@` : ""}${digest}\n`);
}
