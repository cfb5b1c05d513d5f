// `npm run docs`: writes the generated pages. With --check it only says whether they are up to date.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage, configurationSchema } from "../src/config-docs.ts";

const root = join(import.meta.dirname, "..");

export const generatedDocs: readonly { readonly path: string; readonly text: () => string }[] = [
  { path: "docs/configuration.md", text: configurationPage },
  { path: "docs/hythe.schema.json", text: configurationSchema },
];

/** Paths of generated pages that are missing or differ from what would be written now. */
export function staleDocs(): string[] {
  return generatedDocs.filter(({ path, text }) => read(path) !== text()).map(({ path }) => path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

if (import.meta.main) {
  for (const { path, text } of generatedDocs) writeFileSync(join(root, path), text());
}
