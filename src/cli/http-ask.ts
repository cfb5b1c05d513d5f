// One GET. Not `fetch`, which refuses whole ports (5060, 6000, 6666 …) on which a registry may well listen.

import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";

const maxBytes = 64 * 1024 * 1024;

/** The status and the whole text, at most 64 MiB of it. Rejects with what Node says, TimeoutError when `signal` does. */
export async function httpGet(url: URL, signal: AbortSignal): Promise<{ status: number; text: string }> {
  const get = url.protocol === "https:" ? getHttps : getHttp;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { signal, headers: { accept: "application/json" } }, resolve).on("error", reject);
  try {
    const response = await promise;
    return { status: response.statusCode ?? 0, text: await readText(response) };
  } catch (error) {
    // Node says AbortError, whatever the reason was.
    throw signal.aborted ? signal.reason : error;
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
