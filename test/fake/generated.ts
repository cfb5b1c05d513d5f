// The content of the demo in memory: more than sixty repositories for a fake registry. Generated once a test file.

import { generateContent } from "../../src/demo/content.ts";
import { fillRegistry } from "../../src/demo/fill.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";
import type { Registry } from "../../src/oci/registry.ts";
import { createMemoryRegistry } from "./memory-registry.ts";

export interface GeneratedRegistry {
  readonly registry: Registry;
  readonly repositories: readonly RepositoryName[];
}

export async function generateRegistry(): Promise<GeneratedRegistry> {
  const content = generateContent("fake registry", Date.parse("2026-11-21T12:00:00Z"));
  const registry = createMemoryRegistry();
  await fillRegistry({ registry, setTime: () => undefined }, content);
  return { registry, repositories: [...content.uses.keys()].toSorted() };
}
