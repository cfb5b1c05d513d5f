// What a browser keeps while its user is at the OpenID provider: what we will compare the answer with. Sealed, so that the browser can
// neither read nor change it, and kept nowhere else: any process with the same secret can finish what another one began.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { z } from "zod";

const ticket = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  /** Of PKCE. */
  verifier: z.string(),
  /** Of return-path.ts. */
  returnTo: z.string(),
  expiresMs: z.int(),
});
export type Ticket = z.infer<typeof ticket>;

export interface Tickets {
  seal(ticket: Ticket): string;
  /** Undefined: not of ours, or expired. */
  open(text: string): Ticket | undefined;
}

const cipher = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

/** `secret`: that of all keys of access. */
export function createTickets(secret: Uint8Array, now: () => number): Tickets {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "hythe oidc ticket", 32));
  return {
    seal(value) {
      const iv = randomBytes(ivBytes);
      const sealer = createCipheriv(cipher, key, iv, { authTagLength: tagBytes });
      const body = Buffer.concat([sealer.update(JSON.stringify(value)), sealer.final()]);
      return Buffer.concat([iv, body, sealer.getAuthTag()]).toString("base64url");
    },
    open(text) {
      const bytes = Buffer.from(text, "base64url");
      if (bytes.length < ivBytes + tagBytes) return undefined;
      const opener = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
      opener.setAuthTag(bytes.subarray(-tagBytes));
      let content: string;
      try {
        content = Buffer.concat([opener.update(bytes.subarray(ivBytes, -tagBytes)), opener.final()]).toString();
      } catch {
        // Changed on its way, or sealed with another secret: it is not ours.
        return undefined;
      }
      // Another version of us may have sealed something else.
      const { data } = ticket.safeParse(JSON.parse(content));
      return data !== undefined && data.expiresMs > now() ? data : undefined;
    },
  };
}
