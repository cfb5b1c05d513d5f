// What a door tells about one answered manifest request, and who "the same client" is (design.md section 7).

import type { ContentIds } from "../oci/registry.ts";

export interface PullEvent {
  readonly method: "GET" | "HEAD";
  readonly byTag: boolean;
  readonly status: 200 | 304;
  readonly ids: ContentIds;
  /** Of the manifest that was answered. */
  readonly digest: string;
  readonly isIndex: boolean;
  /** 0 for anonymous. */
  readonly principal: number;
  /** `clientHash` of principal, address and user agent. */
  readonly client: number;
  /** Remote address: bounds what one address can make us remember. */
  readonly address: string;
  /** Asked once, when the batch of this turn is written: false when the client is gone, and nothing is counted. */
  readonly answerable: () => boolean;
}

/** 53 bits that name a client in journal records; not secret and not reversible to an address by accident, only by trying. */
export function clientHash(principal: number, address: string, userAgent: string): number {
  let low = 0x9e3779b9 ^ principal;
  let high = 0x85ebca6b ^ (principal / 0x100000000);
  const mix = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul(low ^ code, 0x9e3779b1);
      high = Math.imul(high ^ code, 0x5f356495);
    }
    // So that ("ab", "c") and ("a", "bc") differ.
    low = Math.imul(low ^ 0x1ffff, 0x85ebca77);
    high = Math.imul(high ^ 0x1ffff, 0xc2b2ae3d);
  };
  mix(address);
  mix(userAgent);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return (high >>> 11) * 0x100000000 + (low >>> 0);
}
