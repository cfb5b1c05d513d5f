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
    writeHead(answer.status, toList(answer.headers));
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

export interface Captured {
  readonly body: Buffer;
  /** Sends the head, with another length when one is given. */
  writeHead(length?: number): void;
  /** False: the client is gone. */
  write(bytes: Buffer): Promise<boolean>;
  /** Ends the answer; `cut` ends the connection instead. */
  end(bytes?: Buffer, cut?: boolean): void;
}

/** Holds back the whole answer of `res` until it is complete. */
export function captureAnswer(res: ServerResponse): Promise<Captured> {
  const [writeHead, write, end] = [res.writeHead.bind(res), res.write.bind(res), res.end.bind(res)] as const;
  const pieces: Buffer[] = [];
  let status = 200;
  let headers: FakeAnswer["headers"] = new Map();
  const keep = ([chunk, encoding]: WriteArguments): void => {
    if (typeof chunk === "string") pieces.push(Buffer.from(chunk, encoding as BufferEncoding | undefined));
    else if (chunk instanceof Uint8Array) pieces.push(Buffer.from(chunk));
  };
  return new Promise((resolve) => {
    Object.assign(res, {
      writeHead(given: number, list: readonly string[] | OutgoingHttpHeaders = {}) {
        status = given;
        headers = toMap(list);
        return res;
      },
      write(...args: WriteArguments) {
        keep(args);
        for (const callback of args) if (typeof callback === "function") callback();
        return true;
      },
      end(...args: WriteArguments) {
        keep(args);
        resolve({
          body: Buffer.concat(pieces),
          writeHead(length) {
            if (length !== undefined) headers.set("content-length", String(length));
            writeHead(status, toList(headers));
          },
          write: (bytes) => new Promise((written) => void write(bytes, (error) => written(!error && !res.destroyed))),
          end: (bytes, cut = false) => void (cut ? res.destroy() : bytes === undefined ? end() : end(bytes)),
        });
        return res;
      },
    });
  });
}

const toList = (headers: FakeAnswer["headers"]): string[] =>
  [...headers].flatMap(([name, value]) => [value].flat().flatMap((line) => [name, line]));

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
