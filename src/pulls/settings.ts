// The settings of counting; their names and defaults are those of `pulls.*` in config.ts. Times in milliseconds.

import type { Durability } from "./segment.ts";

export interface PullSettings {
  readonly durability: Durability;
  readonly attribution: boolean;
  /** Sightings that wait for their GET, altogether and from one address. */
  readonly pendingHeads: number;
  readonly pendingHeadsPerAddress: number;
  /** Least and greatest time between two folds. */
  readonly foldEvery: number;
  readonly foldLatest: number;
  /** Fold earlier at so many unfolded pulls for each different key, or at so many bytes of journal. */
  readonly foldRatio: number;
  readonly foldBytes: number;
  readonly segmentKeep: number;
  readonly segmentRowKeep: number;
  readonly hoursKeep: number;
  readonly daysKeep: number;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const dayMs = 24 * 60 * minuteMs;

export const defaultPullSettings: PullSettings = {
  durability: "kill",
  attribution: true,
  pendingHeads: 500_000,
  pendingHeadsPerAddress: 50_000,
  foldEvery: 10 * secondMs,
  foldLatest: 5 * minuteMs,
  foldRatio: 20,
  foldBytes: 64 * 1024 * 1024,
  segmentKeep: 10 * minuteMs,
  segmentRowKeep: 30 * dayMs,
  hoursKeep: 14 * dayMs,
  daysKeep: 396 * dayMs,
};
