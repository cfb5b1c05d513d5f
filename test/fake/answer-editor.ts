// Stands between the door and the wire: holds back the head of an answer until the first byte of its body, so that manners can change
// both. Bodies in several pieces (blobs) go through as they are.

import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { FakeAnswer } from "./fake-exchange.ts";

type WriteArguments = [chunk?: unknown, encoding?: unknown, callback?: unknown];

/** From now on `edit` sees the one answer of `res` before it leaves. */
export function editAnswer(res: ServerResponse, edit: (answer: FakeAnswer) => void): void {
  const [writeHead, write, end] = [res.writeHead.bind(res), res.write.bind(res), res.end.bind(res)] as const;
  let held: FakeAnswer | undefined;

  const send = (body: Buffer | undefined): Buffer | undefined => {
    if (held === undefined) return body;
    const answer = held;
    held = undefined;
    answer.body = body;
    edit(answer);
    if (answer.body !== body && answer.headers.has("content-length")) {
      answer.headers.set("content-length", String(answer.body?.length ?? 0));
    }
    writeHead(
      answer.status,
      [...answer.headers].flatMap(([name, value]) => [value].flat().flatMap((line) => [name, line])),
    );
    return answer.body;
  };

  Object.assign(res, {
    writeHead(status: number, headers: readonly string[] | OutgoingHttpHeaders = {}) {
      held = { status, headers: toMap(headers), body: undefined };
      return res;
    },
    write(...args: WriteArguments) {
      send(undefined);
      return (write as (...all: WriteArguments) => boolean)(...args);
    },
    end(...args: WriteArguments) {
      const [chunk, encoding] = args;
      if (typeof chunk === "function" || chunk === undefined || chunk === null) {
        send(undefined);
        return (end as (...all: WriteArguments) => ServerResponse)(...args);
      }
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding as BufferEncoding | undefined) : (chunk as Buffer);
      const body = send(bytes);
      return body === undefined ? end() : end(body);
    },
  });
}

function toMap(headers: readonly string[] | OutgoingHttpHeaders): FakeAnswer["headers"] {
  const map: FakeAnswer["headers"] = new Map();
  const lines = Array.isArray(headers)
    ? Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i]!, headers[2 * i + 1]!] as const)
    : Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  for (const [name, value] of lines) {
    const before = map.get(name.toLowerCase());
    map.set(name.toLowerCase(), before === undefined ? value : [...[before].flat(), value]);
  }
  return map;
}
