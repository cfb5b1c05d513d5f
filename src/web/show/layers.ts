// The layers of an image beside the steps that made them, in the order in which they lie on each other. Steps that made none are folded
// together. Pure.

import type { ManifestAnswer } from "../../wire/manifests.ts";
import { formatOf } from "./count.ts";

type Layer = ManifestAnswer["layers"][number];
type Step = NonNullable<ManifestAnswer["steps"]>[number];

export type LayerRow =
  | { readonly kind: "layer"; readonly number: number; readonly layer: Layer; readonly step: Step | undefined }
  /** Settings, which weigh nothing. */
  | { readonly kind: "empty"; readonly steps: readonly Step[] };

/** Layers without a step, and steps that name a layer which is not there, lose nothing: they stand alone. */
export function layerRows({ layers, steps }: Pick<ManifestAnswer, "layers" | "steps">): LayerRow[] {
  const rows: LayerRow[] = [];
  let next = 0;
  const addLayers = (until: number): void => {
    for (; next < until; next++) rows.push({ kind: "layer", number: next + 1, layer: layers[next]!, step: undefined });
  };
  let folded: Step[] = [];
  const addFolded = (): void => {
    if (folded.length > 0) rows.push({ kind: "empty", steps: folded });
    folded = [];
  };
  for (const step of steps ?? []) {
    const layer = step.layer === null ? undefined : layers[step.layer];
    if (layer === undefined || step.layer! < next) {
      folded.push(step);
      continue;
    }
    addFolded();
    addLayers(step.layer!);
    rows.push({ kind: "layer", number: step.layer! + 1, layer, step });
    next = step.layer! + 1;
  }
  addFolded();
  addLayers(layers.length);
  return rows;
}

/** The command as its author wrote it: what builders put around it says nothing. */
export function readableStep(createdBy: string): string {
  // Images of strangers: nothing here may take longer than the text is long.
  const whole = createdBy.trim();
  const text = whole.endsWith(" # buildkit") ? whole.slice(0, -"# buildkit".length).trimEnd() : whole;
  const setting = /^(?:\/bin\/sh -c )?#\(nop\)\s*(.*)$/s.exec(text);
  if (setting !== null) return setting[1]!;
  const run = /^(?:RUN )?(?:\|\d+ .*? )?\/bin\/sh -c (.*)$/s.exec(text);
  return run === null ? text : `RUN ${run[1]!.trim()}`;
}

/** `also in 38 tags, 4 repositories`; `only here`; undefined when it is not known. */
export function formatSharing(sharing: Layer["sharedBy"]): string | undefined {
  if (sharing == null) return undefined;
  const { manifests, tags, repositories, more } = sharing;
  if (manifests === 0 && tags === 0) return "only here";
  const parts = [
    tags > 0 ? formatOf(tags, "tag") : formatOf(manifests, "untagged image"),
    formatOf(repositories, "repository", "repositories"),
  ];
  return `also in ${more ? "at least " : ""}${parts.join(", ")}`;
}
