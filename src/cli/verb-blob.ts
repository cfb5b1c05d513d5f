// hythe blob REPOSITORY@DIGEST: the bytes of a layer, a config or anything else that has a digest, checked while they come.

import type { Command } from "commander";
import { RegistryError } from "../oci/errors.ts";
import type { DigestReference } from "../oci/reference.ts";
import type { Environment } from "./environment.ts";
import { writeWhole } from "./file-output.ts";
import { showBytes } from "./human.ts";
import { parseImage, type Place } from "./image-argument.ts";
import { addRegistryFlags, type RegistryFlags } from "./registry-flags.ts";
import { withRegistry } from "./registry-session.ts";

interface BlobFlags extends RegistryFlags {
  readonly output?: string;
  readonly json?: true;
}

const examples = `
Examples:
  hythe blob 127.0.0.1:5000/team/app@sha256:… -o layer.tar.gz
  hythe blob 127.0.0.1:5000/team/app@sha256:… | tar -tz
  hythe blob 127.0.0.1:5000/team/app@sha256:… --json           only how large it is

hythe inspect shows the digests of layers, hythe manifest all of them. Bytes that are not those
of the digest end with an error, and a file is then not made.`;

export function addBlobVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("blob")
    .argument("<blob>", "HOST/REPOSITORY@DIGEST")
    .summary("get the bytes of a blob: a layer, a config")
    .description("Writes the bytes of a blob to stdout or into a file, and checks them against the digest.")
    .option("-o, --output <file>", "write into this file; - is stdout, also when it is a terminal")
    .option("--json", "one document: { digest, size }; the bytes only with -o FILE")
    .addHelpText("after", examples);
  addRegistryFlags(verb).action((text: string, flags: BlobFlags) => getBlob(environment, flags, text));
}

async function getBlob(environment: Environment, flags: BlobFlags, text: string): Promise<void> {
  const { stderr, stdout } = environment;
  const { json, output } = flags;
  const { place, reference } = parseBlob(text);
  const isFile = output !== undefined && output !== "-";
  if (stdout.isTerminal && output === undefined && json !== true) {
    throw new RegistryError("REQUEST_INVALID", {
      message: "a blob is rarely text, and this is a terminal: add -o FILE, pipe it on, or add -o - to see it all the same",
    });
  }
  if (json === true && output === "-") {
    throw new RegistryError("REQUEST_INVALID", { message: "--json and -o - both want stdout: give one of them" });
  }
  const { digest, size } = await withRegistry(environment, flags, place, async (registry, signal) => {
    if (json === true && !isFile) return registry.blobs.head(reference, { signal });
    const blob = await registry.blobs.get(reference, { signal });
    const body = await blob.open(undefined, { signal });
    if (isFile) await writeWhole(output, body);
    else for await (const chunk of body as AsyncIterable<Buffer>) await stdout.write(chunk);
    return blob;
  });
  if (json === true) await stdout.write(`${JSON.stringify({ digest, size }, undefined, 2)}\n`);
  else if (isFile) await stderr.write(`${output} has ${showBytes(size)}, and they are those of ${digest}\n`);
}

/** @throws REQUEST_INVALID without a digest */
function parseBlob(text: string): { place: Place; reference: DigestReference } {
  const place = parseImage(text);
  const { digest } = place.image;
  if (digest !== undefined) return { place, reference: { repository: place.repository, digest } };
  throw new RegistryError("REQUEST_INVALID", {
    message: `'${text}' has no digest, and that is what blobs are found by: \`hythe inspect ${text}\` shows those of its layers`,
  });
}
