// Closes connections on which so little moves that only an attack is so slow: bodies that drip, answers that are sipped. An idle
// timeout alone does not see them. What would surprise: time in which the client waits for us does not count.

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface SlowClients {
  follow(socket: Socket): void;
  stop(): void;
}

export interface SlownessLimits {
  /** Over which the speed is measured, milliseconds. */
  readonly windowMs: number;
  /** Both directions together. */
  readonly bytesPerSecond: number;
}

interface Mark {
  /** Of what the connection was at; the next request begins anew. */
  readonly res: ServerResponse;
  readonly atMs: number;
  readonly moved: number;
}

/** The caller stops it. */
export function watchSlowClients({ windowMs, bytesPerSecond }: SlownessLimits): SlowClients {
  const marks = new Map<Socket, Mark | undefined>();
  const leastBytes = Math.max(1, (bytesPerSecond * windowMs) / 1000);
  const look = (): void => {
    const atMs = performance.now();
    for (const [socket, mark] of marks) {
      const res = messageOf(socket);
      if (res === undefined || !isTurnOfClient(socket, res)) {
        if (mark !== undefined) marks.set(socket, undefined);
        continue;
      }
      const moved = socket.bytesRead + socket.bytesWritten - socket.writableLength;
      const isDue = mark !== undefined && mark.res === res && atMs - mark.atMs >= windowMs;
      if (isDue && moved - mark.moved < leastBytes) socket.destroy();
      else if (isDue || mark?.res !== res) marks.set(socket, { res, atMs, moved });
    }
  };
  const timer = setInterval(look, windowMs / 4).unref();
  return {
    follow(socket) {
      marks.set(socket, undefined);
      socket.once("close", () => marks.delete(socket));
    },
    stop: () => clearInterval(timer),
  };
}

/** What the connection is at. Node keeps it in this property; following it ourselves would cost every request. */
export function messageOf(socket: Socket): ServerResponse | undefined {
  const { _httpMessage: res } = socket as Socket & { readonly _httpMessage?: ServerResponse | null };
  return res ?? undefined;
}

/** Whether we wait for more of the request's body, or for the client to read. */
function isTurnOfClient(socket: Socket, res: ServerResponse): boolean {
  return isReading(res) || (res.headersSent && socket.writableLength > 0);
}

/** A body that nobody reads just now waits for us: for a disk, or for the hash of what came before it. */
export function isReading({ req }: ServerResponse): boolean {
  return !req.complete && req.readableFlowing === true;
}
