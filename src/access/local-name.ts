// What keeps pages of others out while the registry is open to everybody on its machine: a browser runs there, too, and a name on the
// Internet that points to a loopback address makes its page one of ours (DNS rebinding), which could read everything.

import type { IncomingHttpHeaders } from "node:http";
import { RegistryError } from "../oci/errors.ts";

/** Browsers say with every request which languages their user reads, pages cannot keep them from it, and clients of registries never do. */
export function isBrowser(headers: IncomingHttpHeaders): boolean {
  return headers["accept-language"] !== undefined;
}

/** Whether the request came by a name that only this machine has, or by ours (`externalUrl`). @throws DENIED */
export function assertLocalName(headers: IncomingHttpHeaders, externalUrl: URL | undefined): void {
  const host = (headers.host ?? "").toLowerCase();
  const { hostname } = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : { hostname: "" };
  if (/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname) || externalUrl?.host === host) return;
  throw new RegistryError("DENIED", {
    message: `this registry is open to everybody and does nothing for pages under the name '${host.slice(0, 100)}': use localhost, or set externalUrl`,
  });
}
