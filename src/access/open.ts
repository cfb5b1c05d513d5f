// Where a registry may listen: one that is open to everyone who can reach it only answers on loopback.

import { RegistryError } from "../oci/errors.ts";

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** A registry that is open to everybody answers on loopback only. @throws DENIED: a sentence that says what to do */
export function assertMayListen(host: string, isOpen: boolean): void {
  if (!isOpen || isLoopback(host)) return;
  throw new RegistryError("DENIED", {
    message:
      `refusing to listen on ${host}: nobody has been given rights yet, so everyone who can reach this address could push, pull and delete. ` +
      "Make an administrator first: hythe user add NAME --admin. Or listen on 127.0.0.1, the default.",
  });
}

/** Clients are sent to this registry for tokens, by an address that it must know. @throws REQUEST_INVALID: a sentence that says what to do */
export function assertReachable(host: string, externalUrl: URL | undefined): void {
  if (externalUrl !== undefined || (host !== "0.0.0.0" && host !== "::")) return;
  throw new RegistryError("REQUEST_INVALID", {
    message:
      `listening on every address (${host}) needs to know by which one clients come, because they are sent there for tokens: ` +
      "set externalUrl, such as --external-url https://registry.example.org",
  });
}
