// What every Registry promises (src/oci/registry.ts): run on the local one, the one in memory and the client. Each test has
// repositories of its own, so one registry serves them all.

import { afterAll, beforeAll, describe } from "vitest";
import type { Registry } from "../../src/oci/registry.ts";
import { blobs, mounts, uploads } from "./registry-blobs.ts";
import { lists, referrers } from "./registry-lists.ts";
import { conditions, deletes, manifests } from "./registry-manifests.ts";

export interface OpenRegistry {
  readonly registry: Registry;
  close(): Promise<void>;
}

export function registryContract(name: string, open: () => Promise<OpenRegistry>): void {
  describe(name, () => {
    let opened: OpenRegistry;
    let registry: Registry;
    beforeAll(async () => {
      opened = await open();
      registry = opened.registry;
    });
    afterAll(() => opened?.close());

    blobs(() => registry);
    uploads(() => registry);
    mounts(() => registry);
    manifests(() => registry);
    conditions(() => registry);
    deletes(() => registry);
    lists(() => registry);
    referrers(() => registry);
  });
}
