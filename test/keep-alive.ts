// A client connection for load: keep-alive, one request in flight, no parsing beyond what a client must see. A connection that
// breaks rejects its request, so the caller knows exactly which answers arrived whole.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  /** Status line and headers, without the empty line. */
  readonly head: string;
  /** Valid until the next request. */
  readonly body: Buffer;
}

const headEnd = Buffer.from("\r\n\r\n");
const none = Buffer.alloc(0);

export class KeepAliveConnection {
  readonly #socket: Socket;
  readonly #agent: string;
  #received: Buffer = none;
  #waiting:
    | { readonly bodiless: boolean; readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void }
    | undefined;
  #broken: Error | undefined;

  private constructor(socket: Socket, agent: string) {
    this.#socket = socket;
    this.#agent = agent;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#deliver();
    });
    socket.on("error", (error) => this.#break(error));
    socket.on("close", () => this.#break(new Error("the connection was closed")));
  }

  /** @param agent sent as User-Agent: part of what makes a client the same client */
  static async open(port: number, agent: string): Promise<KeepAliveConnection> {
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    return new KeepAliveConnection(socket, agent);
  }

  get usable(): boolean {
    return this.#broken === undefined;
  }

  /** `headers`: whole lines, each ended by CR LF. Rejects when the answer does not arrive whole. */
  request(method: "GET" | "HEAD", path: string, headers = ""): Promise<Answer> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting = { bodiless: method === "HEAD", resolve, reject };
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${this.#agent}\r\n${headers}\r\n`, "latin1");
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #deliver(): void {
    const waiting = this.#waiting;
    const end = this.#received.indexOf(headEnd);
    if (waiting === undefined || end === -1) return;
    const head = this.#received.toString("latin1", 0, end);
    const status = Number(head.slice(9, 12));
    const start = end + headEnd.length;
    const length = waiting.bodiless || status === 304 ? 0 : contentLength(head);
    if (Number.isNaN(length)) {
      this.#break(new Error(`an answer without Content-Length: ${head}`));
      this.#socket.destroy();
      return;
    }
    if (this.#received.length < start + length) return;
    const body = this.#received.subarray(start, start + length);
    this.#received = this.#received.subarray(start + length);
    this.#waiting = undefined;
    waiting.resolve({ status, head, body });
  }

  #break(error: Error): void {
    this.#broken ??= error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

function contentLength(head: string): number {
  const found = /\r\ncontent-length: *(\d+)/i.exec(head);
  return found === null ? Number.NaN : Number(found[1]);
}
