// One request with its whole answer. Not `fetch`, which refuses whole ports (5060, 6000, 6666 …) on which a registry may well listen,
// and follows redirects, which would carry a login to wherever they lead.

import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import type { Question, Reply } from "./server.ts";

const maxBytes = 64 * 1024 * 1024;

export interface HttpQuestion extends Omit<Question, "path"> {
  readonly url: URL;
  readonly authorization: string | undefined;
  /** Of https: which authorities are trusted, or whether any certificate is taken, and who we are. */
  readonly tls: Pick<RequestOptions, "ca" | "cert" | "key" | "rejectUnauthorized"> | undefined;
}

/** At most 64 MiB of text. Rejects with what Node says, TimeoutError when `signal` does. */
export async function askHttp({ authorization, body, method, tls, url }: HttpQuestion, signal: AbortSignal): Promise<Reply> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: "application/json",
    ...(authorization !== undefined && { authorization }),
    ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { ...tls, method, headers, signal }, resolve)
    .on("error", reject)
    .end(text);
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
