// The distribution API on raw requests: read the route, ask who it is, check the access that its row of the table asks for, call
// the handler. No handler runs before the check. Not a framework's job: names hold slashes, and nothing here may be slow.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { answerError } from "../http/error-edge.ts";
import type { Handler } from "../http/traffic.ts";
import { assertLocalName, isBrowser } from "../access/local-name.ts";
import type { Principal } from "../access/principal.ts";
import { RegistryError } from "../oci/errors.ts";
import { accessNeeded, parseRoute, type RouteKind, type routeTable } from "../oci/route.ts";
import { openAccess } from "./access.ts";
import { assertMay, identify, type Wish } from "./admission.ts";
import { getBase, getExtensions } from "./base.ts";
import { deleteBlob, getBlob, headBlob } from "./blobs.ts";
import { getCatalog } from "./catalog.ts";
import { apiVersion, defaultLimits, type Door, type Exchange, type RouteHandler, type V2Options } from "./exchange.ts";
import { deleteManifest, getManifest, headManifest, putManifest } from "./manifests.ts";
import { getReferrers } from "./referrers.ts";
import { getTags } from "./tags.ts";
import { getToken, postToken } from "./token.ts";
import { deleteUpload, getUpload, patchUpload, postUpload, putUpload } from "./uploads.ts";

/** One handler for every method of every route; Node leaves out the body of a HEAD. */
const handlers: { [Kind in RouteKind]: { [Method in keyof (typeof routeTable)[Kind]]: RouteHandler<Kind> } } = {
  base: { GET: getBase, HEAD: getBase },
  token: { GET: getToken, POST: postToken },
  discover: { GET: getExtensions, HEAD: getExtensions },
  catalog: { GET: getCatalog, HEAD: getCatalog },
  tags: { GET: getTags, HEAD: getTags },
  referrers: { GET: getReferrers, HEAD: getReferrers },
  manifest: { GET: getManifest, HEAD: headManifest, PUT: putManifest, DELETE: deleteManifest },
  blob: { GET: getBlob, HEAD: headBlob, DELETE: deleteBlob },
  uploads: { POST: postUpload },
  upload: { GET: getUpload, HEAD: getUpload, PATCH: patchUpload, PUT: putUpload, DELETE: deleteUpload },
};

/** Serves every request whose target begins with `/v2`. The handler that it returns answers errors itself and never rejects. */
export function createV2(options: V2Options): Handler {
  const door: Door = { ...options, access: options.access ?? openAccess, limits: { ...defaultLimits, ...options.limits } };
  return async (req, res) => {
    try {
      await serve(door, req, res);
    } catch (error) {
      await answerError(req, res, error, door.report, apiVersion);
    }
  };
}

function serve(door: Door, req: IncomingMessage, res: ServerResponse): void | Promise<void> {
  const { headers, method = "", url = "" } = req;
  const route = parseRoute(url);
  refusePages(method, headers);
  const caller = { address: door.access.addressOf(req), userAgent: headers["user-agent"] ?? "" };
  const wish: Wish = { route, needed: accessNeeded(route.kind, method), authorization: headers.authorization, caller };
  const handle = (principal: Principal): void | Promise<void> => {
    // Whether it is open is known afresh when we know who it is.
    if (isBrowser(headers) && door.access.isOpen()) assertLocalName(headers, new URL(door.access.externalUrl()));
    assertMay(door.access, principal, wish);
    // The table has said that the route has this method; its handler takes this kind of route.
    const handler = (handlers[route.kind] as Record<string, (exchange: Exchange) => void | Promise<void>>)[method]!;
    return handler({ door, req, res, route, principal, caller });
  };
  const principal = identify(door.access, wish);
  // A promise costs every pull a turn of its own.
  return principal instanceof Promise ? principal.then(handle) : handle(principal);
}

/**
 * Only browsers say from which page a request comes, and pages have no business to change content here, least of all one that has got
 * hold of a loopback address (DNS rebinding). @throws DENIED
 */
function refusePages(method: string, { origin }: IncomingHttpHeaders): void {
  if (origin === undefined || method === "GET" || method === "HEAD") return;
  throw new RegistryError("DENIED", { message: "a page in a browser may not change anything here" });
}
