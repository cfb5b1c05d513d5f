// Asking before what cannot be undone.

import type { Environment } from "./environment.ts";

/** A question that ends with its question mark. Without a terminal the answer is no, and how to say yes is said. */
export async function confirm({ stderr, stdin }: Pick<Environment, "stdin" | "stderr">, question: string): Promise<boolean> {
  if (!stdin.isTerminal) {
    await stderr.write("hythe: there is no terminal to ask at: add --yes\n");
    return false;
  }
  const answer = await stdin.readLine(`${question} [y/N] `, false);
  return /^y(?:es)?$/i.test(answer?.trim() ?? "");
}
