// Requests over kept connections with nothing added, and answers with every header as it came: what a comparison of bytes needs.

import { Agent, request } from "node:http";

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Reply {
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Lower-case names; undefined when it did not come, the values joined when it came several times. */
  header(name: string): string | undefined;
  /** As Latin-1, so that it is the bytes. */
  readonly body: string;
}

export interface Asker {
  ask(question: Question): Promise<Reply>;
  close(): void;
}

export function createAsker(port: number): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    ask: ({ method, path, headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const length = body === undefined && !method.startsWith("P") ? {} : { "content-length": Buffer.byteLength(body ?? "") };
        const req = request({ agent, host: "127.0.0.1", port, method, path, headers: { ...length, ...headers } }, (res) => {
          const chunks: Buffer[] = [];
          res.on("data", (chunk: Buffer) => chunks.push(chunk));
          res.on("error", reject);
          res.on("end", () => resolve(toReply(res.statusCode!, res.rawHeaders, Buffer.concat(chunks).toString("latin1"))));
        });
        req.on("error", reject);
        req.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function toReply(status: number, rawHeaders: readonly string[], body: string): Reply {
  return {
    status,
    rawHeaders,
    header(name) {
      const values = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name);
      return values.length === 0 ? undefined : values.join(", ");
    },
    body,
  };
}

/** Runs `work` on every item, `width` at a time, and returns the results in order. */
export async function each<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]!);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
