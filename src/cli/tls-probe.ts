// Whether TLS is spoken on a port: asked only of hosts that may be spoken to without it.

import { isIP } from "node:net";

const waitMs = 5000;

/** Any certificate will do. False also when nobody answers: the request that follows says why. */
export async function speaksTls(host: string): Promise<boolean> {
  const { connect } = await import("node:tls");
  const { hostname, port } = new URL(`https://${host}`);
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  const servername = isIP(name) === 0 ? name : "";
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: name, port: Number(port || 443), servername, rejectUnauthorized: false });
  socket
    .setTimeout(waitMs, () => resolve(false))
    .on("secureConnect", () => resolve(true))
    .on("error", () => resolve(false));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
