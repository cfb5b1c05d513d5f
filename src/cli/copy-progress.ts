// How far a copy is, on stderr: on a terminal bars that are drawn again and again, elsewhere a line for everything that is done.

import type { CopyEvent, CopyWay } from "../client/copy.ts";
import type { Environment } from "./environment.ts";
import { showBytes, showDigest } from "./human.ts";

export interface CopyProgress {
  readonly onProgress: (event: CopyEvent) => void;
  /** Blobs that were sent so far, for when it is broken off. */
  readonly copied: { readonly blobs: number; readonly bytes: number };
  /** Takes the bars away. */
  close(): Promise<void>;
}

interface Transfer {
  readonly size: number;
  read: number;
}

const drawEveryMs = 100;
const mostBars = 6;
/** The rate is that of so many draws. */
const rateDraws = 30;
const words: Readonly<Record<CopyWay, string>> = { copied: "copied", mounted: "mounted", there: "there", left: "left" };

export function createProgress({ now, stderr }: Pick<Environment, "now" | "stderr">, isQuiet: boolean): CopyProgress {
  const active = new Map<string, Transfer>();
  const sum = { found: 0, foundBytes: 0, done: 0, doneBytes: 0, copied: 0, copiedBytes: 0, read: 0 };
  const write = (text: string): Promise<void> => stderr.write(text).catch(() => undefined); // nobody looks: the copy goes on
  const samples: { readonly ms: number; readonly read: number }[] = [];
  let lines = 0;

  function note(event: CopyEvent): void {
    const { digest, kind, size } = event;
    if (event.event === "done" && !isQuiet && !stderr.isTerminal) {
      void write(`${words[event.how].padEnd(7)} ${kind.padEnd(8)} ${digest} ${showBytes(size)}\n`);
    }
    if (kind === "manifest") return;
    if (event.event === "found") {
      sum.found++;
      sum.foundBytes += size;
    } else if (event.event === "read") {
      const transfer = active.get(digest) ?? { size, read: 0 };
      active.set(digest, transfer);
      transfer.read += event.bytes;
      sum.read += event.bytes;
    } else {
      active.delete(digest);
      sum.done++;
      sum.doneBytes += size;
      if (event.how === "copied") {
        sum.copied++;
        sum.copiedBytes += size;
      }
    }
  }

  function draw(): void {
    samples.push({ ms: now(), read: sum.read });
    if (samples.length > rateDraws) samples.shift();
    const [first] = samples;
    const last = samples.at(-1)!;
    const rate = last.ms > first!.ms ? ((last.read - first!.read) * 1000) / (last.ms - first!.ms) : 0;
    const width = Math.max(10, Math.min(40, stderr.columns - 52));
    const bars = [...active]
      .slice(0, mostBars)
      .map(
        ([digest, { read, size }]) => `${showDigest(digest)} ${bar(read, size, width)} ${showBytes(read)} of ${showBytes(size)}`,
      );
    const under = [...active.values()].reduce((all, { read, size }) => all + Math.min(read, size), 0);
    const total = `${sum.done} of ${sum.found} blobs, ${showBytes(sum.doneBytes + under)} of ${showBytes(sum.foundBytes)}, ${showBytes(rate)}/s`;
    void write(erase() + [...bars, total].map((line) => `${line.slice(0, stderr.columns - 1)}\n`).join(""));
    lines = bars.length + 1;
  }

  /** Up to the first of our lines, and away with what is below. */
  const erase = (): string => (lines === 0 ? "" : `\u001B[${lines}A\u001B[0J`);
  const timer = stderr.isTerminal ? setInterval(draw, drawEveryMs) : undefined;

  return {
    onProgress: note,
    get copied() {
      return { blobs: sum.copied, bytes: sum.copiedBytes };
    },
    async close() {
      clearInterval(timer);
      if (lines > 0) await write(erase());
    },
  };
}

function bar(read: number, size: number, width: number): string {
  const share = size === 0 ? 1 : Math.min(1, read / size);
  const full = Math.floor(share * width);
  return `[${"=".repeat(full)}${" ".repeat(width - full)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}
