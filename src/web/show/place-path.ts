// From an address of the UI back to what it names: for the breadcrumb, for what is remembered, and for addresses that are pasted. Pure.

import { decodePath, parsePlace, type Place } from "./place.ts";

/** The place of a path below /ui, such as /x/hub/library/nginx:1; undefined: it is another page. */
export function placeOfPath(path: string): Place | undefined {
  const [, local, registry, remote] = /^\/(?:r\/(.+)|x\/([^/]+)\/(.+))$/.exec(path) ?? [];
  if (local !== undefined) return parsePlace(decodePath(local));
  return remote === undefined ? undefined : parsePlace(decodePath(remote), decodePath(registry!));
}

/** The registry of a path below /ui; undefined: our own. */
export function registryOfPath(path: string): string | undefined {
  const [, registry] = /^\/x\/([^/]+)/.exec(path) ?? [];
  return registry === undefined ? undefined : decodePath(registry);
}
