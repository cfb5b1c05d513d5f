// hythe referrers IMAGE: signatures, attestations, SBOMs and whatever else says that it belongs to an image.

import type { Command } from "commander";
import type { Referrer } from "../oci/registry.ts";
import type { Environment } from "./environment.ts";
import { showAgo, showBytes } from "./human.ts";
import { parseImage } from "./image-argument.ts";
import { chooseManifest } from "./image-choice.ts";
import { addImageFlags, type ImageFlags } from "./image-flags.ts";
import { withRegistry } from "./registry-session.ts";
import { Table } from "./table.ts";

interface ReferrersFlags extends ImageFlags {
  readonly artifactType?: readonly string[];
}

const examples = `
Examples:
  hythe referrers 127.0.0.1:5000/team/app:v1.9
  hythe referrers 127.0.0.1:5000/team/app:v1.9 --platform linux/amd64
  hythe referrers 127.0.0.1:5000/team/app:v1.9 --artifact-type application/spdx+json --json

Registries without the referrers API keep this list under a tag of its own, which is read then.`;

export function addReferrersVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("referrers")
    .argument("<image>", "HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST; without a tag it is latest")
    .summary("list what refers to an image: signatures, SBOMs, attestations")
    .description("Lists what refers to an image. With --platform, what refers to its image for that one.")
    .option("--artifact-type <type...>", "only of these types")
    .addHelpText("after", examples);
  addImageFlags(verb, "{ subject, items: [{ digest, artifactType, ... }] }").action((text: string, flags: ReferrersFlags) =>
    printReferrers(environment, flags, text),
  );
}

const pageItems = 1000;

async function printReferrers(environment: Environment, flags: ReferrersFlags, text: string): Promise<void> {
  const { stderr, stdout } = environment;
  const place = parseImage(text);
  const { reference, repository } = place;
  const { artifactType: artifactTypes, json, platform } = flags;
  const table = createTable(environment.now());
  await withRegistry(environment, flags, place, async (registry, signal) => {
    const digest =
      platform === undefined && reference.digest !== undefined
        ? reference.digest
        : platform === undefined
          ? (await registry.manifests.head(reference, { signal })).digest
          : (await chooseManifest(registry, reference, platform, signal)).digest;
    let printed = 0;
    for (let last: string | undefined; ;) {
      const page = { limit: pageItems, signal, ...(artifactTypes && { artifactTypes }), ...(last !== undefined && { last }) };
      const { items, more } = await registry.manifests.referrers({ repository, digest }, page);
      if (json === true) {
        const start = printed === 0 ? `{"subject":${JSON.stringify(digest)},"items":[` : ",";
        const lines = items.map((item) => `\n${JSON.stringify(item)}`).join(",");
        if (printed === 0 || items.length > 0) await stdout.write(start + lines);
      } else if (items.length > 0) {
        await stdout.write(table.format(items));
      }
      printed += items.length;
      last = items.at(-1)?.digest;
      if (!more || last === undefined) break;
    }
    if (json === true) return stdout.write("\n]}\n");
    if (printed === 0) {
      const kind = artifactTypes === undefined ? "nothing" : `nothing of the type ${artifactTypes.join(" or ")}`;
      await stderr.write(`${kind} refers to ${place.host}/${repository}@${digest}\n`);
    }
  });
}

function createTable(nowMs: number): Table<Referrer> {
  return new Table<Referrer>(
    [
      { header: "ARTIFACT TYPE", cell: ({ artifactType }) => artifactType ?? "-" },
      { header: "SIZE", cell: ({ size }) => showBytes(size), align: "right" },
      { header: "CREATED", cell: ({ annotations }) => showCreated(annotations?.["org.opencontainers.image.created"], nowMs) },
      { header: "DIGEST", cell: ({ digest }) => digest },
    ],
    Number.POSITIVE_INFINITY,
  );
}

function showCreated(created: string | undefined, nowMs: number): string {
  return created === undefined || Number.isNaN(Date.parse(created)) ? "-" : showAgo(created, nowMs);
}
