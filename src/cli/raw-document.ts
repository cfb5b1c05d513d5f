// A JSON document of a registry: to a pipe byte for byte, to a terminal without what a terminal would obey.

import { toPrintable } from "./cells.ts";
import type { Output } from "./environment.ts";

/** What --json says beside the document, and what the document is called there. */
interface Facts {
  readonly as: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
}

export async function printDocument(stdout: Output, bytes: Uint8Array, facts: Facts | undefined): Promise<void> {
  if (facts !== undefined) {
    const { as, ...others } = facts;
    await stdout.write(`${JSON.stringify({ ...others, [as]: parse(bytes) }, undefined, 2)}\n`);
  } else if (stdout.isTerminal) {
    const lines = Buffer.from(bytes).toString("utf8").split("\n");
    await stdout.write(
      `${lines
        .map((line) => toPrintable(line.replaceAll("\t", "  ")))
        .join("\n")
        .trimEnd()}\n`,
    );
  } else {
    await stdout.write(bytes);
  }
}

/** A config need not be JSON; then it is a string. */
function parse(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
