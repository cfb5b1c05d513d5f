// A small file system that a test can fill: a tmpfs, which only root may mount.

import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  /** Leaves not a single free byte. */
  fill(): void;
  /** Takes back what `fill` took. */
  free(): void;
  unmount(): void;
}

/** Why no small disk can be had here; undefined: it can. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root on Linux can mount a small disk";
  const folder = mkdtempSync(join(tmpdir(), "hythe-mount-"));
  try {
    mountSmallDisk(folder, "64k").unmount();
    return undefined;
  } catch {
    return "this machine does not allow mounts"; // e.g. a container without that right
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param size as mount takes it, e.g. "8m" */
export function mountSmallDisk(folder: string, size: string): SmallDisk {
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700`, "tmpfs", folder], { stdio: "pipe" });
  const filler = join(folder, "filler");
  return {
    fill() {
      const file = openSync(filler, "a");
      for (let chunk = Buffer.alloc(64 * 1024, 1); chunk.length > 0;) {
        try {
          writeSync(file, chunk);
        } catch {
          chunk = chunk.subarray(0, Math.floor(chunk.length / 2)); // full: fill the rest with less
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    unmount: () => void execFileSync("umount", ["--lazy", folder]),
  };
}
