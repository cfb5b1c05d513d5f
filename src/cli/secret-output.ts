// A secret that was just made. It is shown this once, and alone where a program reads: TOKEN=$(hythe robot add ci --quiet).

import type { Environment } from "./environment.ts";

export interface MadeSecret {
  readonly secret: string;
  /** What was made, a sentence. */
  readonly sentence: string;
  /** Who logs in with it. */
  readonly username: string;
  readonly json: unknown;
}

export interface SecretFlags {
  readonly quiet?: true;
  readonly json?: true;
}

export async function printSecret(
  { stderr, stdout }: Pick<Environment, "stdout" | "stderr">,
  { json, quiet }: SecretFlags,
  made: MadeSecret,
): Promise<void> {
  const { secret, sentence, username } = made;
  if (json === true) return stdout.write(`${JSON.stringify(made.json, undefined, 2)}\n`);
  if (quiet !== true) await stderr.write(`${sentence}\nthe token, which is shown this once:\n`);
  await stdout.write(`${secret}\n`);
  if (quiet !== true) {
    await stderr.write(`log in with it: docker login HOST -u ${username} --password-stdin, or hythe login\n`);
  }
}
