// The config of an image on the wire: how it runs, and the steps that made it.

import { hideSecrets, layersOfSteps, looksSecret, parseImageDetails } from "../oci/image-details.ts";
import type { ManifestAnswer } from "../wire/manifests.ts";
import { toTime } from "./show.ts";

export interface ShownConfig extends Required<Pick<ManifestAnswer, "image" | "steps">> {
  readonly builtMs: number | undefined;
}

const unknown: ShownConfig = { image: null, steps: null, builtMs: undefined };

interface ShowOptions {
  /** Of the image. */
  readonly layers: number;
  /** Show what looks secret, too: whoever may ask may pull the config itself; hiding is for those who look over a shoulder. */
  readonly reveal: boolean | undefined;
}

/** `text`: undefined when it could not be read. */
export function showConfig(text: string | undefined, { layers, reveal = false }: ShowOptions): ShownConfig {
  const details = text === undefined ? undefined : parseImageDetails(text);
  if (details === undefined) return unknown;
  const { os, architecture, author, user, workingDir, stopSignal, env, steps, createdMs } = details;
  const layerOf = layersOfSteps(steps, layers);
  return {
    image: {
      os: os ?? null,
      architecture: architecture ?? null,
      author: author ?? null,
      user: user ?? null,
      workingDir: workingDir ?? null,
      stopSignal: stopSignal ?? null,
      entrypoint: [...details.entrypoint],
      cmd: [...details.cmd],
      env: env.map(({ name, value }) => ({ name, value: reveal || !looksSecret(name) ? value : null })),
      ports: [...details.ports],
      volumes: [...details.volumes],
      labels: { ...details.labels },
    },
    steps: steps.map(({ createdBy, createdMs: stepMs, comment }, at) => ({
      createdBy: reveal ? createdBy : hideSecrets(createdBy),
      createdAt: stepMs === undefined ? null : toTime(stepMs),
      comment: comment === "" ? null : comment,
      layer: layerOf[at] ?? null,
    })),
    builtMs: createdMs,
  };
}

/** Longer manifests are to be had as they are. */
const maxRaw = 1024 * 1024;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** null: too long, or no text. */
export function showRaw(body: Uint8Array): string | null {
  if (body.length > maxRaw) return null;
  try {
    return utf8.decode(body);
  } catch {
    return null; // whoever wants it takes the bytes
  }
}
