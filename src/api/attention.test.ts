import { expect, test } from "vitest";
import { formatDuration, tellDisk, tellGaps, tellIncomplete, tellJobs, tellUpstreams } from "./attention.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const at = Date.UTC(2026, 10, 19, 14, 3);

test.each([
  [0, "less than a second"],
  [999, "less than a second"],
  [45 * second, "45 s"],
  [90 * second, "1 min 30 s"],
  [3 * hour + 12 * minute + 5 * second, "3 h 12 min"],
  [2 * hour, "2 h"],
  [50 * hour, "2 d 2 h"],
])("%d ms are %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("gaps are told by kind, the latest first, an open one as such", () => {
  const gaps = [
    { kind: "pulls", start_ms: at, end_ms: at + 3 * hour, reason: "the disk was full" },
    { kind: "attribution", start_ms: at + 5 * hour, end_ms: 0, reason: "too many clients" },
  ] as const;
  const told = tellGaps(gaps, at + 6 * hour, 5);
  expect(told.map(({ sentence }) => sentence)).toEqual([
    "pulls were counted, but perhaps not all of them for their tag, for 1 h since 19 Nov 2026 19:03 UTC: too many clients",
    "pulls were perhaps not all counted, for 3 h from 19 Nov 2026 14:03 UTC: the disk was full",
  ]);
  expect(told[1]!.since).toBe("2026-11-19T14:03:00.000Z");
  expect(tellGaps(gaps, at + 6 * hour, 1)).toHaveLength(1);
});

test("one and many are told in the right words", () => {
  const sentences = [
    ...tellJobs([
      { kind: "scan", jobs: 1, lastMs: at },
      { kind: "sweep", jobs: 3, lastMs: at },
    ]),
    ...tellIncomplete([
      { repository: "a", images: 1, pushedMs: at },
      { repository: "b", images: 2, pushedMs: at },
    ]),
  ].map(({ sentence }) => sentence);
  expect(sentences).toEqual([
    "a background job was given up: scan, last on 19 Nov 2026 14:03 UTC",
    "3 background jobs were given up: sweep, last on 19 Nov 2026 14:03 UTC",
    "an image lacks layers in a",
    "2 images lack layers in b",
  ]);
});

test("a disk is worth a word from 80 percent on", () => {
  expect(tellDisk({ freeBytes: 201, totalBytes: 1000 })).toEqual([]);
  expect(tellDisk({ freeBytes: 200, totalBytes: 1000 })[0]!.sentence).toBe("the disk of the data folder is 80 % full");
});

test("another registry is worth a word when it fails, or when a tenth of what it allows is left", () => {
  const health = { state: "ok", sentence: "it answers", atMs: at, retryAtMs: undefined } as const;
  const hub = { name: "hub", host: "docker.io", health, limit: 100, remaining: 11 };
  expect(tellUpstreams([hub])).toEqual([]);
  expect(tellUpstreams([{ ...hub, limit: undefined, remaining: undefined }])).toEqual([]);
  expect(tellUpstreams([{ ...hub, remaining: 10 }])[0]!.sentence).toBe("hub (docker.io): 10 of 100 pulls left");
  const failing = { ...health, state: "failing", sentence: "it does not answer" } as const;
  expect(tellUpstreams([{ ...hub, health: failing }])[0]).toEqual({
    kind: "upstream",
    sentence: "hub (docker.io): it does not answer",
    since: "2026-11-19T14:03:00.000Z",
  });
});
