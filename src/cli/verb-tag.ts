// hythe tag IMAGE NEWTAG: one more tag on an image. Only its manifest is sent again, no blob moves.

import type { Command } from "commander";
import { RegistryError } from "../oci/errors.ts";
import { isTag, parseTag, type Tag } from "../oci/reference.ts";
import type { Environment } from "./environment.ts";
import { parseImage, type ImageArgument } from "./image-argument.ts";
import { addImageFlags, type ImageFlags } from "./image-flags.ts";
import { chooseManifest } from "./image-choice.ts";
import { withRegistry } from "./registry-session.ts";

const examples = `
Examples:
  hythe tag 127.0.0.1:5000/team/app:v1.9 stable
  hythe tag 127.0.0.1:5000/team/app@sha256:… rescued
  hythe tag 127.0.0.1:5000/team/app:v1.9 arm --platform linux/arm64

A tag of that name that is there already is moved.`;

export function addTagVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("tag")
    .argument("<image>", "HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST; without a tag it is latest")
    .argument("<new-tag>", "the other tag, in the same repository")
    .summary("give an image another tag")
    .description("Gives an image another tag in its repository. No layer is moved.")
    .addHelpText("after", examples);
  addImageFlags(verb, "{ repository, tag, digest }").action((text: string, tag: string, flags: ImageFlags) => {
    const place = parseImage(text);
    return putTag(environment, flags, place, parseNewTag(tag, place));
  });
}

async function putTag({ stdout, ...environment }: Environment, flags: ImageFlags, place: ImageArgument, tag: Tag): Promise<void> {
  const { host, reference, repository } = place;
  const { digest } = await withRegistry({ stdout, ...environment }, flags, place, async (registry, signal) => {
    const { bytes, mediaType } = await chooseManifest(registry, reference, flags.platform, signal);
    return registry.manifests.put({ repository, tag }, bytes, mediaType, { signal });
  });
  const answer = { repository: `${host}/${repository}`, tag, digest };
  if (flags.json === true) return stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  await stdout.write(`${host}/${repository}:${tag} is ${digest}\n`);
}

/** A tag; or the whole name of an image with one, when it is in the same repository. @throws REQUEST_INVALID, MANIFEST_INVALID */
function parseNewTag(text: string, place: ImageArgument): Tag {
  if (isTag(text)) return text;
  const { host, repository } = place;
  const prefix = `${host}/${repository}:`;
  if (!text.includes("/")) return parseTag(text);
  if (text.startsWith(prefix)) return parseTag(text.slice(prefix.length));
  throw new RegistryError("REQUEST_INVALID", {
    message: `'${text}' is another repository than ${host}/${repository}: \`hythe copy\` brings an image there`,
  });
}
