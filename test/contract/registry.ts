// What every Registry promises (src/oci/registry.ts): run on the local one, the one in memory and the client. Each test has
// repositories of its own, so one registry serves them all.

import { afterAll, beforeAll, describe } from "vitest";
import type { Registry } from "../../src/oci/registry.ts";
import { blobs, mounts, uploads } from "./registry-blobs.ts";
import { lists, referrers } from "./registry-lists.ts";
import { conditions, deletes, manifests } from "./registry-manifests.ts";

/** What another registry does not do, or cannot be asked for over HTTP. Where one lacks it the suite asserts what happens instead. */
export type Lack =
  /** Saying whether the repository or the blob is missing: HEAD has no body. */
  | "reasons of HEAD"
  /** The same of a manifest. */
  | "unknown repositories"
  /** A repository exists as soon as it has a blob. */
  | "repositories without tags"
  | "mounts from anywhere"
  /** Content is known by the digest that it was pushed by, and by no other. */
  | "sha512"
  /** Sizes in descriptors are checked. */
  | "sizes"
  /** Foreign layers, and indexes of layers. */
  | "unusual manifests"
  | "deletion of tags"
  /** Of two writers under one condition one fails. */
  | "atomic conditions"
  /** Blobs that a manifest names are not deleted. */
  | "protected blobs";

export interface OpenRegistry {
  readonly registry: Registry;
  readonly lacks?: readonly Lack[];
  close(): Promise<void>;
}

/** What the parts of the suite run on, once it is open. */
export interface Subject {
  get(): Registry;
  lacks(what: Lack): boolean;
}

const parts = { blobs, uploads, mounts, manifests, conditions, deletes, lists, referrers };

/** `without`: parts that make no sense there. */
export function registryContract(
  name: string,
  open: () => Promise<OpenRegistry>,
  without: readonly (keyof typeof parts)[] = [],
): void {
  describe(name, () => {
    let opened: OpenRegistry;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());
    const subject: Subject = {
      get: () => opened.registry,
      lacks: (what) => opened.lacks?.includes(what) ?? false,
    };

    for (const [part, rules] of Object.entries(parts)) {
      if (!without.includes(part as keyof typeof parts)) rules(subject);
    }
  });
}
