import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { registryContract } from "../../test/contract/registry.ts";
import { databases } from "../../test/peers/databases.ts";
import { openDiskBlobs } from "../store/blobs-disk.ts";
import { createCatalogue } from "../store/catalogue.ts";
import { createUploads } from "../store/uploads.ts";
import { createLocalRegistry } from "./local.ts";

describe.each(databases)("$name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    registryContract("the local registry", async () => {
      const opened = await open();
      const folder = mkdtempSync(join(tmpdir(), "hythe-registry-"));
      const blobs = await openDiskBlobs(folder);
      const catalogue = createCatalogue(opened.db, Date.now);
      const uploads = createUploads({ db: opened.db, blobs, now: Date.now });
      return {
        registry: createLocalRegistry({ catalogue, blobs, uploads }),
        async close() {
          await opened.close();
          rmSync(folder, { recursive: true });
        },
      };
    });
  });
});
