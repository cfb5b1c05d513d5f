// What an image config says beyond the platform: how the image runs, and the steps that made it. Other people's bytes: what is not as it
// should be is left out, and all the rest is text.

import { z } from "zod";
import { parseCreated } from "./image-config.ts";
import { readJson } from "./json.ts";

export interface ImageDetails {
  /** Undefined: not said; empty texts are not said either. */
  readonly os: string | undefined;
  readonly architecture: string | undefined;
  readonly author: string | undefined;
  readonly user: string | undefined;
  readonly workingDir: string | undefined;
  readonly stopSignal: string | undefined;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs: number | undefined;
  /** The first one first. */
  readonly steps: readonly BuildStep[];
}
export interface BuildStep {
  readonly createdBy: string;
  readonly createdMs: number | undefined;
  readonly comment: string;
  readonly isEmpty: boolean;
}

/** Of each list. */
const maxEntries = 1000;
/** Characters: instructions can carry whole scripts. */
const maxStep = 20_000;

const text = z.string().min(1).optional().catch(undefined);
const texts = z
  .array(z.unknown())
  .transform((list) => list.filter((each) => typeof each === "string").slice(0, maxEntries))
  .catch([]);
/** Docker took one text for a shell. */
const words = z.union([z.string().transform((one) => [one]), texts]).catch([]);
/** By hand: a schema looks at each of many thousand entries. */
const entries = z
  .unknown()
  .transform((value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : []));
const keys = entries.transform((all) => all.slice(0, maxEntries).map(([key]) => key));
const step = z
  .object({
    created: z.unknown().optional(),
    created_by: z.string().catch(""),
    comment: z.string().catch(""),
    empty_layer: z.boolean().catch(false),
  })
  .catch({ created_by: "", comment: "", empty_layer: false });
const history = z
  .array(z.unknown())
  .transform((list) => list.slice(0, maxEntries))
  .pipe(z.array(step))
  .catch([]);
const config = z.object({
  os: text,
  architecture: text,
  author: text,
  created: z.unknown().optional(),
  config: z
    .object({
      User: text,
      WorkingDir: text,
      StopSignal: text,
      Entrypoint: words,
      Cmd: words,
      Env: texts,
      ExposedPorts: keys,
      Volumes: keys,
      Labels: entries,
    })
    .partial()
    .catch({}),
  history,
});

/** Undefined: it is no JSON object, or none that `readJson` takes. Never throws. */
export function parseImageDetails(json: string): ImageDetails | undefined {
  const parsed = config.safeParse(readObject(json)).data;
  if (parsed === undefined) return undefined;
  const {
    User,
    WorkingDir,
    StopSignal,
    Entrypoint = [],
    Cmd = [],
    Env = [],
    ExposedPorts = [],
    Volumes = [],
    Labels = [],
  } = parsed.config;
  return {
    os: parsed.os,
    architecture: parsed.architecture,
    author: parsed.author,
    user: User,
    workingDir: WorkingDir,
    stopSignal: StopSignal,
    entrypoint: Entrypoint,
    cmd: Cmd,
    env: Env.map(splitEnv),
    ports: ExposedPorts,
    volumes: Volumes,
    labels: Object.fromEntries(Labels.filter(isText).slice(0, maxEntries)),
    createdMs: parseCreated(parsed.created),
    steps: parsed.history.map(({ created, created_by: createdBy, comment, empty_layer: isEmpty }) => ({
      createdBy: createdBy.slice(0, maxStep),
      createdMs: parseCreated(created),
      comment: comment.slice(0, maxStep),
      isEmpty,
    })),
  };
}

/** Which layer each step made, where there is one for each step that made any; else nobody knows. */
export function layersOfSteps(steps: readonly BuildStep[], layers: number): (number | undefined)[] {
  const isKnown = steps.filter(({ isEmpty }) => !isEmpty).length === layers;
  let next = 0;
  return steps.map(({ isEmpty }) => (isEmpty || !isKnown ? undefined : next++));
}

const secretName =
  /(?:^|_)(?:pass|pwd|auth)(?:_|$)|passw(?:or)?d|passphrase|secret|token(?![a-z])|credential|(?:api|access|private|signing|encryption)_?key/i;

/** Whether the name of a variable says that its value should not be seen over somebody's shoulder. */
export function looksSecret(name: string): boolean {
  return secretName.test(name);
}

const assignment = /(?<![A-Za-z0-9_])([A-Za-z_][A-Za-z0-9_]{0,100})=("(?:[^"\\]|\\.)*"|'[^']*'|\S+)/g;

/** An instruction with the values of such variables hidden. */
export function hideSecrets(instruction: string): string {
  return instruction.replaceAll(assignment, (whole, name: string) => (looksSecret(name) ? `${name}=(hidden)` : whole));
}

function readObject(json: string): unknown {
  try {
    return readJson(Buffer.from(json));
  } catch {
    return undefined; // the image exists all the same
  }
}

function splitEnv(entry: string): { name: string; value: string } {
  const at = entry.indexOf("=");
  return at < 0 ? { name: entry, value: "" } : { name: entry.slice(0, at), value: entry.slice(at + 1) };
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string";
}
