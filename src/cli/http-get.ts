// One GET. Not `fetch`, which refuses whole ports (5060, 6000, 6666 …) on which a registry may well listen.

import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";

const maxBytes = 64 * 1024 * 1024;

/** The status and the whole text, at most 64 MiB of it. Rejects with what Node says, TimeoutError when `signal` does. */
export async function httpGet(url: URL, signal: AbortSignal): Promise<{ status: number; text: string }> {
  const get = url.protocol === "https:" ? getHttps : getHttp;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { signal, headers: { accept: "application/json" } }, resolve).on("error", (error) =>
    reject(signal.aborted ? (signal.reason as Error) : error),
  );
  const response = await promise;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") };
}
