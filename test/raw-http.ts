// HTTP as bytes on a socket: what a client library would not let us send, and every byte that comes back.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawResponse {
  readonly status: number;
  /** Lower-case names; values of equal names joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface RawConnection {
  readonly socket: Socket;
  /** Sends text (as Latin-1) or bytes. */
  send(data: string | Uint8Array): void;
  /** The next response, 100-continue included; `method` says whether a body follows its head. Rejects when the connection ends first. */
  response(method?: string): Promise<RawResponse>;
  /** Resolves when the server has closed the connection, with what it sent and nobody read. */
  ended(): Promise<Buffer>;
}

/** The caller ends it with `socket.destroy()`. Without a connecting `socket` it makes a plain one. */
export async function openRaw(
  port: number,
  socket: Socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }),
): Promise<RawConnection> {
  let received: Buffer = Buffer.alloc(0);
  let over = false;
  let wake = (): void => undefined;
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  socket.on("end", () => ((over = true), wake()));
  socket.on("close", () => ((over = true), wake()));
  // A reset is one of the ways a connection ends.
  socket.on("error", () => undefined);
  await once(socket, "connect");

  const more = async (): Promise<void> => {
    if (over) throw new Error(`connection ended after: ${received.toString("latin1").slice(0, 200)}`);
    await new Promise<void>((resolve) => (wake = resolve));
  };
  const take = async (length: number): Promise<Buffer> => {
    while (received.length < length) await more();
    const taken = received.subarray(0, length);
    received = received.subarray(length);
    return taken;
  };
  const takeLine = async (end: string): Promise<string> => {
    for (;;) {
      const at = received.indexOf(end);
      if (at !== -1) return (await take(at + end.length)).toString("latin1").slice(0, -end.length);
      await more();
    }
  };
  return {
    socket,
    send: (data) => void (typeof data === "string" ? socket.write(data, "latin1") : socket.write(data)),
    async response(method = "GET") {
      const [statusLine = "", ...lines] = (await takeLine("\r\n\r\n")).split("\r\n");
      const status = Number(statusLine.split(" ")[1]);
      const headers: Record<string, string> = {};
      for (const line of lines) {
        const colon = line.indexOf(":");
        const name = line.slice(0, colon).toLowerCase();
        const value = line.slice(colon + 1).trim();
        headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
      }
      if (method === "HEAD" || status < 200 || status === 204 || status === 304)
        return { status, headers, body: Buffer.alloc(0) };
      if (headers["transfer-encoding"] !== "chunked")
        return { status, headers, body: await take(Number(headers["content-length"] ?? 0)) };
      const chunks: Buffer[] = [];
      for (let size = -1; size !== 0;) {
        size = Number.parseInt(await takeLine("\r\n"), 16);
        chunks.push(await take(size));
        await take(2);
      }
      return { status, headers, body: Buffer.concat(chunks) };
    },
    async ended() {
      while (!over) await more();
      return received;
    },
  };
}

/** One request on a connection of its own; `\n` in `head` stands for CRLF and the empty line is added. */
export async function rawRequest(port: number, head: string, body: string | Uint8Array = ""): Promise<RawResponse> {
  const connection = await openRaw(port);
  try {
    connection.send(`${head.trim().replaceAll(/\r?\n\s*/g, "\r\n")}\r\n\r\n`);
    if (body.length > 0) connection.send(body);
    return await connection.response(head.trim().split(" ", 1)[0]);
  } finally {
    connection.socket.destroy();
  }
}

/** One request on a connection of its own: `call(port, "PUT /v2/…", body, { "Content-Type": … })`; Content-Length is added for a body. */
export function call(
  port: number,
  target: string,
  body: string | Uint8Array = "",
  headers: Readonly<Record<string, string>> = {},
): Promise<RawResponse> {
  const length = body.length > 0 || /^(?:POST|PUT|PATCH)/.test(target) ? [`Content-Length: ${Buffer.byteLength(body)}`] : [];
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return rawRequest(port, [`${target} HTTP/1.1`, "Host: registry.example", ...length, ...lines].join("\n"), body);
}

/** The code of the first error in an answer. */
export function errorCode(response: RawResponse): string {
  const { errors } = JSON.parse(response.body.toString()) as { errors: { code: string }[] };
  return errors[0]!.code;
}
