// What differs between two images: layers by digest, settings by name. Pure; linear in what they hold.

import type { ManifestAnswer } from "../../wire/manifests.ts";

export type Change = "same" | "gone" | "new" | "changed" | "hidden";

type Layer = ManifestAnswer["layers"][number];
export interface LayerChange {
  readonly change: "same" | "gone" | "new";
  readonly layer: Layer;
  /** Of the image that has it; "" when nothing says so. */
  readonly createdBy: string;
}

export interface Sum {
  readonly count: number;
  readonly bytes: number;
}
export type LayerSums = Readonly<Record<LayerChange["change"], Sum>>;

/** `hidden`: a value on one side or both was not shown to us, so nobody can tell. */
export interface ValueChange {
  readonly name: string;
  readonly change: Change;
  readonly before: string | null;
  readonly after: string | null;
}

/** In the order of the new image; what is gone stands where it was. A layer that is there twice counts twice. */
export function compareLayers(before: ManifestAnswer, after: ManifestAnswer): LayerChange[] {
  const kept = countBy(after.layers);
  const isGone = before.layers.map(({ digest }) => !take(kept, digest));
  const had = countBy(before.layers);
  const makers = [makersOf(before), makersOf(after)] as const;
  const changes: LayerChange[] = [];
  let i = 0;
  const addGone = (): void => {
    for (; i < before.layers.length && isGone[i]!; i++) {
      changes.push({ change: "gone", layer: before.layers[i]!, createdBy: makers[0].get(i) ?? "" });
    }
  };
  for (const [j, layer] of after.layers.entries()) {
    addGone();
    const isSame = take(had, layer.digest);
    if (isSame) i++;
    changes.push({ change: isSame ? "same" : "new", layer, createdBy: makers[1].get(j) ?? "" });
  }
  addGone();
  return changes;
}

export function sumLayers(changes: readonly LayerChange[]): LayerSums {
  const sum = (wanted: LayerChange["change"]): Sum => {
    const layers = changes.filter(({ change }) => change === wanted);
    return { count: layers.length, bytes: layers.reduce((bytes, { layer }) => bytes + layer.size, 0) };
  };
  return { same: sum("same"), gone: sum("gone"), new: sum("new") };
}

/** Of named values, sorted by name. null: there is a value, but it is not shown. */
export function compareValues(
  before: Readonly<Record<string, string | null>>,
  after: Readonly<Record<string, string | null>>,
): ValueChange[] {
  const a = new Map(Object.entries(before));
  const b = new Map(Object.entries(after));
  return [...new Set([...a.keys(), ...b.keys()])]
    .toSorted((one, other) => (one < other ? -1 : 1))
    .map((name) => ({ name, change: changeOf(name, a, b), before: a.get(name) ?? null, after: b.get(name) ?? null }));
}

type Image = NonNullable<ManifestAnswer["image"]>;

/** Everything else that a config says, in the order in which people ask. undefined: one of them has no config that can be read. */
export function compareSettings(before: ManifestAnswer["image"], after: ManifestAnswer["image"]): ValueChange[] | undefined {
  if (before === null || after === null) return undefined;
  return settings.flatMap(([name, read]) => {
    const [was, is] = [read(before), read(after)];
    if (was === "" && is === "") return [];
    const change = was === is ? "same" : was === "" ? "new" : is === "" ? "gone" : "changed";
    return [{ name, change, before: was || null, after: is || null }] as const;
  });
}

export function envOf(image: ManifestAnswer["image"]): Record<string, string | null> {
  return Object.fromEntries((image?.env ?? []).map(({ name, value }) => [name, value] as const));
}

/** A command as one types it; what a shell would split is quoted. */
export function formatCommand(words: readonly string[]): string {
  return words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}

const settings: readonly (readonly [name: string, read: (image: Image) => string])[] = [
  ["Entrypoint", ({ entrypoint }) => formatCommand(entrypoint)],
  ["Command", ({ cmd }) => formatCommand(cmd)],
  ["User", ({ user }) => user ?? ""],
  ["Working folder", ({ workingDir }) => workingDir ?? ""],
  ["Ports", ({ ports }) => ports.toSorted().join(", ")],
  ["Volumes", ({ volumes }) => volumes.toSorted().join(", ")],
  ["Stop signal", ({ stopSignal }) => stopSignal ?? ""],
  ["Platform", ({ os, architecture }) => [os, architecture].filter((word) => word !== null).join("/")],
];

function changeOf(name: string, a: ReadonlyMap<string, string | null>, b: ReadonlyMap<string, string | null>): Change {
  if (!a.has(name)) return "new";
  if (!b.has(name)) return "gone";
  const [was, is] = [a.get(name), b.get(name)];
  if (was === null || is === null) return "hidden";
  return was === is ? "same" : "changed";
}

function countBy(layers: readonly Layer[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { digest } of layers) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return counts;
}

/** Whether there was one left; it is not any more. */
function take(counts: Map<string, number>, digest: string): boolean {
  const left = counts.get(digest) ?? 0;
  if (left > 0) counts.set(digest, left - 1);
  return left > 0;
}

function makersOf({ steps }: ManifestAnswer): Map<number, string> {
  return new Map((steps ?? []).flatMap(({ layer, createdBy }) => (layer === null ? [] : [[layer, createdBy] as const])));
}
