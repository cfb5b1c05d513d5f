// Keys that sign what the token service gives out, all derived from one secret (HKDF, RFC 5869), so that nothing has to be stored or passed
// around when they change. Registry tokens have a key of each day; refresh tokens live longer than days, and have one of their own.

import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from "node:crypto";

export interface SigningKey {
  /** Its name in the head of a token. */
  readonly kid: string;
  readonly privateKey: KeyObject;
}

export interface TokenKeys {
  /** What new tokens are signed with. */
  current(): SigningKey;
  /** What a token is checked against whose head names this key; undefined: it is not one of ours, or its time is over. */
  find(kid: unknown): KeyObject | undefined;
}

interface KeyPair extends SigningKey {
  readonly publicKey: KeyObject;
}

const dayMs = 24 * 3600_000;
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

/** Of the present day; the one before is still accepted, and the next one, for another process whose clock is ahead. */
export function createDailyKeys(secret: Uint8Array, now: () => number): TokenKeys {
  const pairs = new Map<number, KeyPair>();
  const pairOf = (day: number): KeyPair => {
    let pair = pairs.get(day);
    if (pair === undefined) {
      // Only neighbours of the present day are asked for, so what is older can go.
      for (const old of pairs.keys()) if (Math.abs(old - day) > 2) pairs.delete(old);
      pairs.set(day, (pair = derive(secret, `registry-${day}`)));
    }
    return pair;
  };
  const today = (): number => Math.floor(now() / dayMs);
  return {
    current: () => pairOf(today()),
    find(kid) {
      const day = [today(), today() - 1, today() + 1].find((each) => kid === `registry-${each}`);
      return day === undefined ? undefined : pairOf(day).publicKey;
    },
  };
}

export function createRefreshKey(secret: Uint8Array): TokenKeys {
  const pair = derive(secret, "refresh-1");
  return { current: () => pair, find: (kid) => (kid === pair.kid ? pair.publicKey : undefined) };
}

function derive(secret: Uint8Array, kid: string): KeyPair {
  const seed = Buffer.from(hkdfSync("sha256", secret, "hythe tokens", kid, 32));
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });
  return { kid, privateKey, publicKey: createPublicKey(privateKey) };
}
