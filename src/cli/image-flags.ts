// The flags of every verb that is about one image of a registry.

import type { Command } from "commander";
import { addRegistryFlags, type RegistryFlags } from "./registry-flags.ts";

export interface ImageFlags extends RegistryFlags {
  readonly platform?: string;
  readonly json?: true;
}

/** `json`: what the document of --json looks like. */
export function addImageFlags(command: Command, json: string): Command {
  command
    .option("--platform <platform>", "of an image for several platforms the one for this, such as linux/arm64")
    .option("--json", `one document: ${json}`);
  return addRegistryFlags(command);
}
