// A line to a server that breaks: after every so many bytes of one direction the connection that they are on is cut, so many times in all.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttingProxy {
  /** 127.0.0.1:PORT */
  readonly host: string;
  /** How often it has cut so far. */
  readonly cuts: number;
  close(): Promise<void>;
}

export interface Cutting {
  /** Bytes between two cuts. */
  readonly every: number;
  readonly times: number;
  /** Which bytes count: those of answers, or those of requests. */
  readonly of: "answers" | "requests";
}

export async function startCuttingProxy(url: string, { every, of, times }: Cutting): Promise<CuttingProxy> {
  const port = Number(new URL(url).port);
  const open = new Set<Socket>();
  let [bytes, cuts] = [0, 0];
  const server = createServer((client) => {
    const inner = connect(port, "127.0.0.1");
    const ends = [client, inner];
    const end = (): void => {
      for (const socket of ends) socket.destroy();
    };
    for (const socket of ends) {
      open.add(socket);
      socket.on("error", end).on("close", () => {
        open.delete(socket);
        end();
      });
    }
    (of === "answers" ? inner : client).on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes < every || cuts === times) return;
      bytes = 0;
      cuts++;
      end();
    });
    client.pipe(inner).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
