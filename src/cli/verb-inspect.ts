// hythe inspect IMAGE: what is in an image of any registry, or for which platforms there is one.

import type { Command } from "commander";
import { formatImageReference } from "../oci/image-reference.ts";
import { cellsOf, pad, toPrintable } from "./cells.ts";
import type { Environment } from "./environment.ts";
import { showAgo, showBytes, showCount, showDigest } from "./human.ts";
import { parseImage } from "./image-argument.ts";
import { chooseManifest } from "./image-choice.ts";
import { addImageFlags, type ImageFlags } from "./image-flags.ts";
import {
  reportImage,
  reportIndex,
  type ImageReport,
  type IndexReport,
  type LayerReport,
  type PlatformReport,
} from "./image-report.ts";
import { withRegistry } from "./registry-session.ts";
import { Table } from "./table.ts";

const examples = `
Examples:
  hythe inspect alpine                              platforms of an image on Docker Hub
  hythe inspect alpine --platform linux/arm64       layers, labels and command of one of them
  hythe inspect 127.0.0.1:5000/team/app@sha256:…
  hythe inspect alpine --json | jq '.platforms[].digest'`;

export function addInspectVerb(program: Command, environment: Environment): void {
  const verb = program
    .command("inspect")
    .argument("<image>", "HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST; without a tag it is latest")
    .summary("show what is in an image: platforms, sizes, layers, labels")
    .description("Shows what is in an image of any registry. None of its layers is read.")
    .addHelpText("after", examples);
  addImageFlags(verb, "{ image, digest, mediaType, platforms | layers, ... }").action((text: string, flags: ImageFlags) =>
    inspect(environment, flags, text),
  );
}

async function inspect(environment: Environment, flags: ImageFlags, text: string): Promise<void> {
  const place = parseImage(text);
  const { reference, repository } = place;
  const report = await withRegistry(environment, flags, place, async (registry, signal) => {
    const manifest = await chooseManifest(registry, reference, flags.platform, signal);
    const read = manifest.parsed.kind === "index" ? reportIndex : reportImage;
    return read(registry, repository, manifest, signal);
  });
  const image = formatImageReference(place.image);
  const { stdout } = environment;
  if (flags.json === true) return stdout.write(`${JSON.stringify({ image, ...report }, undefined, 2)}\n`);
  await stdout.write("platforms" in report ? showIndex(environment, image, report) : showImage(environment, image, report));
}

type Field = readonly [name: string, value: string | null];

function showIndex({ now, stdout }: Environment, image: string, report: IndexReport): string {
  const { annotations, artifactType, digest, mediaType, platforms, subject } = report;
  const nowMs = now();
  const table = new Table<PlatformReport>(
    [
      { header: "PLATFORM", cell: ({ platform }) => platform },
      { header: "SIZE", cell: ({ size }) => showBytes(size), align: "right" },
      { header: "LAYERS", cell: ({ layers }) => showCount(layers), align: "right" },
      { header: "CREATED", cell: ({ created }) => showCreated(created, nowMs) },
      { header: "DIGEST", cell: ({ digest: each }) => each },
      ...(platforms.some(({ problem }) => problem !== null)
        ? [{ header: "PROBLEM", cell: ({ problem }: PlatformReport) => problem ?? "" }]
        : []),
    ],
    stdout.isTerminal ? stdout.columns : Number.POSITIVE_INFINITY,
  );
  const fields = showFields([
    ["image", image],
    ["digest", digest],
    ["type", mediaType],
    ["artifact", artifactType],
    ["refers to", subject],
    ...entriesOf("annotation", annotations),
  ]);
  return platforms.length === 0 ? `${fields}\nit is an index of nothing\n` : `${fields}\n${table.format(platforms)}`;
}

function showImage({ now, stdout }: Environment, image: string, report: ImageReport): string {
  const { annotations, artifactType, command, created, digest, entrypoint, labels } = report;
  const { layers, mediaType, platform, ports, size, subject, user } = report;
  const table = new Table<LayerReport>(
    [
      { header: "LAYER", cell: ({ digest: each }) => showDigest(each) },
      { header: "SIZE", cell: (layer) => showBytes(layer.size), align: "right" },
      ...(layers.some(({ createdBy }) => createdBy !== null)
        ? [{ header: "MADE BY", cell: ({ createdBy }: LayerReport) => showMaker(createdBy ?? "-", stdout.isTerminal) }]
        : [{ header: "TYPE", cell: (layer: LayerReport) => layer.mediaType }]),
    ],
    Number.POSITIVE_INFINITY,
  );
  const fields = showFields([
    ["image", image],
    ["digest", digest],
    ["type", mediaType],
    ["artifact", artifactType],
    ["refers to", subject],
    ["platform", platform],
    ["created", created === null ? null : `${created.slice(0, 16).replace("T", " ")} UTC, ${showAgo(created, now())}`],
    ["size", `${showBytes(size)} in ${layers.length} ${layers.length === 1 ? "layer" : "layers"}`],
    ["entrypoint", showWords(entrypoint)],
    ["command", showWords(command)],
    ["user", user],
    ["ports", ports.length === 0 ? null : ports.join(" ")],
    ...entriesOf("label", labels),
    ...entriesOf("annotation", annotations),
  ]);
  return layers.length === 0 ? fields : `${fields}\n${table.format(layers)}`;
}

/** A line for each that is known, its value in a column. */
function showFields(fields: readonly Field[]): string {
  const known = fields.filter((field): field is readonly [string, string] => field[1] !== null);
  const width = Math.max(...known.map(([name]) => cellsOf(name)));
  return known.map(([name, value]) => `${pad(name, width, "left")}  ${toPrintable(value)}\n`).join("");
}

function entriesOf(noun: string, entries: Readonly<Record<string, string>>): Field[] {
  return Object.entries(entries).map(([key, value]) => [noun, `${key}=${value}`]);
}

/** As a shell would take it. */
function showWords(words: readonly string[]): string | null {
  if (words.length === 0) return null;
  return words.map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}

function showCreated(created: string | null, nowMs: number): string {
  return created === null ? "-" : showAgo(created, nowMs);
}

const longestMaker = 100;

/** Instructions can have thousands of characters, over several lines. */
function showMaker(text: string, isTerminal: boolean): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return isTerminal && line.length > longestMaker ? `${line.slice(0, longestMaker - 1)}…` : line;
}
