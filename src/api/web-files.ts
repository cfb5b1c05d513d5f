// The files of the built UI, in memory: a request is looked up by its exact path among a few dozen names, so no path can lead elsewhere.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

export interface WebFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
  readonly etag: string;
  /** Its name changes with its content. */
  readonly immutable: boolean;
}

export interface WebFiles {
  /** With `nonceMark` wherever a nonce belongs. */
  readonly page: string;
  /** By path below /ui/. */
  readonly files: ReadonlyMap<string, WebFile>;
}

export const nonceMark = "__NONCE__";

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** `folder`: what web-build.ts made. */
export function loadWebFiles(folder: string): WebFiles {
  const files = new Map<string, WebFile>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const path = join(folder, name);
    const bytes = readFileSync(path);
    const immutable = name.startsWith("assets/");
    files.set(name, {
      type,
      bytes,
      br: readIfThere(`${path}.br`),
      gzip: readIfThere(`${path}.gz`),
      etag: etagOf(bytes),
      immutable,
    });
  }
  return { page: readFileSync(join(folder, "index.html"), "utf8"), files };
}

export function etagOf(content: Buffer | string): string {
  return `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
}

function readIfThere(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}
