// Passwords that came with an htpasswd file, checked until their owners sign in for the first time. Node has no bcrypt, and in
// JavaScript it takes up to a second, so each check has a thread of its own, one after another; nothing is kept in between.

import { Worker } from "node:worker_threads";
import { RegistryError } from "../oci/errors.ts";

export interface BcryptCheck {
  readonly password: string;
  readonly hash: string;
}

/** What htpasswd -B, and everything that follows the original, writes; $2x$ is the mark of a broken implementation. */
const form = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** 2^14 rounds take this thread about a second. */
const maxCost = 14;
const maxWaiting = 50;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/** Undefined: it is not a bcrypt hash. */
export function bcryptCost(hash: string): number | undefined {
  const cost = form.exec(hash)?.[1];
  return cost === undefined ? undefined : Number(cost);
}

/** Whether we check such a hash. */
export function isBcrypt(hash: string): boolean {
  const cost = bcryptCost(hash);
  return cost !== undefined && cost >= 4 && cost <= maxCost;
}

/** Off the event loop. Only the first 72 bytes of a password count. @throws TOOMANYREQUESTS when too many wait already */
export async function verifyBcrypt(password: string, hash: string): Promise<boolean> {
  if (!isBcrypt(hash)) return false;
  if (waiting >= maxWaiting) {
    throw new RegistryError("TOOMANYREQUESTS", {
      message: "too many people are signing in at this moment; try again in a few seconds",
      headers: { "Retry-After": "5" },
    });
  }
  waiting++;
  const answer = last.then(() => checkOnThread({ password, hash })).finally(() => waiting--);
  // The next one takes its turn whatever became of this one, and this one's caller hears of it.
  last = answer.catch(() => undefined);
  return answer;
}

function checkOnThread(check: BcryptCheck): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./bcrypt-worker.ts", import.meta.url), { workerData: check });
    worker.on("message", resolve);
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`the thread of a password check ended with code ${code} and no answer`)));
  });
}
