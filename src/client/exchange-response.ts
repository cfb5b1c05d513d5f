// The answer as the operations get it: headers by name, the body as a stream, whole or dropped, each bounded in bytes and time.

import type { Readable } from "node:stream";
import type { ErrorCode, RegistryError } from "../oci/errors.ts";
import type { ClientResponse } from "./request.ts";
import type { RawResponse } from "./transport-exchange.ts";

export interface ResponseFacts {
  readonly url: URL;
  readonly attempts: number;
  /** Milliseconds for a whole body in memory: one that drips for ever is not worth waiting for. */
  readonly wholeTime: number;
  /** An error about this request; `message` is a clause without the host. */
  readonly toError: (code: ErrorCode, message: string) => RegistryError;
}

/** Less than this is read to its end when nobody wants it, so that the connection can be used again. */
const drainBytes = 64 * 1024;
const drainMilliseconds = 1000;

export function createResponse(raw: RawResponse, facts: ResponseFacts): ClientResponse {
  const header = (name: string): string | undefined => firstValue(raw.headers[name]);
  return {
    status: raw.status,
    url: facts.url,
    attempts: facts.attempts,
    body: raw.body,
    header,
    async bytes(limit) {
      const tooLong = (): RegistryError =>
        facts.toError("PROTOCOL_VIOLATED", `sends more than the ${limit} bytes that are accepted`);
      if (Number(header("content-length") ?? 0) > limit) {
        raw.body.destroy();
        throw tooLong();
      }
      const timer = setTimeout(() => {
        raw.body.destroy(facts.toError("TIMEOUT", `took more than ${facts.wholeTime / 1000} s for a small answer`));
      }, facts.wholeTime);
      try {
        const { bytes, whole } = await readUpTo(raw.body, limit);
        if (!whole) throw tooLong();
        return bytes;
      } finally {
        clearTimeout(timer);
      }
    },
    async discard() {
      await drain(raw.body, header("content-length"));
    },
  };
}

export function firstValue(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "object" ? value[0] : value;
}

/** At most `limit` bytes; the rest is dropped and `whole` false. Rejects when the body breaks off. */
export async function readUpTo(body: Readable, limit: number): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    const room = limit - size;
    size += (chunk as Uint8Array).length;
    chunks.push((chunk as Uint8Array).subarray(0, room));
    if (size > limit) break; // destroys the body
  }
  return { bytes: Buffer.concat(chunks), whole: size <= limit };
}

async function drain(body: Readable, length: string | undefined): Promise<void> {
  if (Number(length ?? 0) > drainBytes) return void body.destroy();
  const timer = setTimeout(() => body.destroy(), drainMilliseconds);
  try {
    await readUpTo(body, drainBytes);
  } catch {
    // nobody wanted it
  } finally {
    clearTimeout(timer);
  }
}
