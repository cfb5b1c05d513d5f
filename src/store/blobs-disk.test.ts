import { randomUUID } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { blobStoreContract } from "../../test/contract/blob-store.ts";
import { digestOf } from "../oci/digest.ts";
import { openDiskBlobs } from "./blobs-disk.ts";

/** Where the descriptors of this process that lead into `folder` lead to. Linux only; elsewhere nothing is seen. */
function openFiles(folder: string): string[] {
  const targets = (process.platform === "linux" ? readdirSync("/proc/self/fd") : []).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The descriptor of this very listing is closed by now.
      return [];
    }
  });
  return targets.filter((target) => target.startsWith(folder));
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "hythe-blobs-"));
}

blobStoreContract("blobs on disk", async () => {
  const folder = temporaryFolder();
  return {
    store: await openDiskBlobs(folder),
    another: () => openDiskBlobs(folder),
    truncate: async (key, size) => truncateSync(join(folder, "blobs", key), size),
    async leftovers() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return [...openFiles(folder), ...files.map((entry) => join(entry.parentPath, entry.name))];
    },
    close: async () => rmSync(folder, { recursive: true }),
  };
});

test("symbolic links in place of a blob or a staged blob are not followed", async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = await openDiskBlobs(join(folder, "data"));
  writeFileSync(join(folder, "secret"), "secret");
  const hex = digestOf("secret").slice(7);
  const key = `sha256/${hex.slice(0, 2)}/${hex}.0123456789abcdef`;
  mkdirSync(join(folder, "data", "blobs", "sha256", hex.slice(0, 2)));
  symlinkSync(join(folder, "secret"), join(folder, "data", "blobs", key));
  await expect(store.open(key, 6)).rejects.toThrow("ELOOP");

  const id = randomUUID();
  symlinkSync(join(folder, "secret"), join(folder, "data", "uploads", id));
  await expect(store.create(id)).rejects.toThrow("EEXIST");
  const staged = (await store.resume(id))!;
  await expect(staged.append((async function* () {})(), 6)).rejects.toThrow("ELOOP");
  await expect(staged.commit(digestOf("secret"))).rejects.toThrow("ELOOP");
});

test("nobody else on the machine can read the data", async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = await openDiskBlobs(folder);
  const staged = await store.create(randomUUID());
  const key = await staged.commit(digestOf(""));
  const paths = ["blobs", "uploads", "blobs/sha256", `blobs/${key.slice(0, 9)}`, `blobs/${key}`];
  for (const path of paths) expect(statSync(join(folder, path)).mode & 0o077).toBe(0);
});

test("a kill in the middle of an isolation leaves nothing that the sweep of staged blobs would not find", async () => {
  const folder = temporaryFolder();
  const written = new Set<string | null>();
  const store = await openDiskBlobs(folder);
  const id = randomUUID();
  const staged = await store.create(id);
  const watcher = watch(join(folder, "uploads"), (_event, name) => void written.add(name));
  onTestFinished(() => {
    watcher.close();
    rmSync(folder, { recursive: true });
  });
  await staged.isolate();
  await expect.poll(() => [...written].filter((name) => name !== id)).toHaveLength(1);
  for (const name of written) expect(name).toMatch(/^[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}$/);
});
