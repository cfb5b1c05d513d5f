// What the door tells about an answered manifest request. Only the door knows the principal, HEAD or GET, and success.

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { requestId } from "../http/error-edge.ts";
import { endOfTurn } from "../http/turn.ts";
import { isIndexType } from "../oci/media-types.ts";
import type { ManifestFacts } from "../oci/registry.ts";
import { buildRoute } from "../oci/route.ts";
import { clientHash } from "../pulls/event.ts";
import type { Exchange } from "./exchange.ts";

interface Client {
  readonly principal: number;
  readonly userAgent: string;
  readonly address: string;
  readonly hash: number;
}
const clientKey = Symbol("client");

/** One connection mostly is one client, unless it is a proxy's, so it is worked out once and kept on the socket. */
function clientOf({ caller: { address, userAgent }, principal, req }: Exchange<"manifest">): Client {
  const socket: Socket & { [clientKey]?: Client } = req.socket;
  const known = socket[clientKey];
  const isSame = known !== undefined && known.userAgent === userAgent && known.address === address;
  if (isSame && known.principal === principal.id) return known;
  const hash = clientHash(principal.id, address, userAgent);
  return (socket[clientKey] = { principal: principal.id, userAgent, address, hash });
}

/**
 * Resolves at the end of this turn, when the event is as durable as configured, and in the pull log if it is a pull. Trouble in counting
 * is reported and never keeps the answer back.
 */
export function recordPull(
  exchange: Exchange<"manifest">,
  method: "GET" | "HEAD",
  status: 200 | 304,
  manifest: ManifestFacts,
): Promise<void> {
  const counted = count(exchange, method, status, manifest);
  const { logPull } = exchange.door;
  if (logPull === undefined || method !== "GET" || status !== 200 || exchange.principal.kind === "system") return counted;
  return counted.then(() => {
    const { caller, principal, res, route } = exchange;
    const { repository, tag } = route.reference;
    if (isAnswerable(res)) logPull({ ...caller, repository, tag, digest: manifest.digest, principal: principal.name });
  });
}

async function count(
  exchange: Exchange<"manifest">,
  method: "GET" | "HEAD",
  status: 200 | 304,
  manifest: ManifestFacts,
): Promise<void> {
  const { door, req, res, route } = exchange;
  if (door.record === undefined || manifest.ids === undefined) return endOfTurn();
  const client = clientOf(exchange);
  try {
    await door.record({
      method,
      byTag: route.reference.tag !== undefined,
      status,
      ids: manifest.ids,
      digest: manifest.digest,
      isIndex: isIndexType(manifest.mediaType),
      principal: client.principal,
      client: client.hash,
      address: client.address,
      answerable: () => isAnswerable(res),
    });
  } catch (error) {
    door.report(error, { id: requestId(req), method, url: buildRoute({ kind: "manifest", reference: route.reference }) });
  }
}

/** Whether an answer can still reach the client. Whether it has closed its own half does not matter. */
function isAnswerable(res: ServerResponse): boolean {
  return !res.destroyed && res.socket !== null && res.socket.writable;
}
