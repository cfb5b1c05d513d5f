// Numbers about connections and answers for /metrics. Counting costs a request one listener and one addition.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

export interface RequestCount {
  readonly door: string;
  readonly method: string;
  /** "2xx" and so on; "none" when the client went away before an answer. */
  readonly status: string;
  readonly count: number;
}

export interface Traffic {
  /** Wraps a door's handler so that its answers are counted under `door`. */
  counted(door: string, handler: Handler): Handler;
  requests(): RequestCount[];
  /** Bytes on the wire, heads included, of open and closed connections. */
  bytes(): { readonly received: number; readonly sent: number };
  openConnections(): number;
  /** Starts to follow a connection; it leaves when it closes. */
  follow(socket: Socket): void;
}

const classes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

export function createTraffic(): Traffic {
  const doors = new Map<string, Map<string, number[]>>();
  const open = new Set<Socket>();
  let received = 0;
  let sent = 0;

  return {
    counted(door, handler) {
      const methods = doors.get(door) ?? new Map<string, number[]>();
      doors.set(door, methods);
      // One function for all answers: `this` is the answer, so that a request costs no closure.
      function onClose(this: ServerResponse): void {
        const method = this.req.method ?? "";
        let counts = methods.get(method);
        if (counts === undefined) methods.set(method, (counts = classes.map(() => 0)));
        counts[this.headersSent ? Math.trunc(this.statusCode / 100) : 0]!++;
      }
      return (req, res) => {
        res.on("close", onClose);
        return handler(req, res);
      };
    },
    requests() {
      const all: RequestCount[] = [];
      for (const [door, methods] of doors) {
        for (const [method, counts] of methods) {
          counts.forEach((count, index) => count > 0 && all.push({ door, method, status: classes[index]!, count }));
        }
      }
      return all;
    },
    bytes() {
      const sum = { received, sent };
      for (const socket of open) {
        sum.received += socket.bytesRead;
        sum.sent += socket.bytesWritten;
      }
      return sum;
    },
    openConnections: () => open.size,
    follow(socket) {
      open.add(socket);
      socket.once("close", () => {
        open.delete(socket);
        received += socket.bytesRead;
        sent += socket.bytesWritten;
      });
    },
  };
}
