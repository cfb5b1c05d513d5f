// From where a pull command fetches: our own address as clients reach it, or the host of another registry. And the tool that this
// browser's reader uses.

import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useSession, useStatus } from "../ask/live.ts";
import { registries } from "../ask/queries.ts";
import { formatPlace, type Place } from "../show/place.ts";
import { commandHost, isLoopback, tools, type Source, type Tool } from "../show/pull-commands.ts";
import { remember, useRemembered } from "./remembered.ts";

/** undefined: not known yet. */
export function useSource(registry: string | undefined): Source | undefined {
  const status = useStatus();
  const session = useSession();
  const others = useQuery({ ...registries(), enabled: registry !== undefined });
  if (registry !== undefined) {
    const host = others.data?.items.find(({ name }) => name === registry)?.host;
    if (host === undefined) return undefined;
    // Only a registry on this very machine is taken for one on plain http.
    const url = isLoopback(`http://${host}`) ? `http://${host}` : `https://${host}`;
    return { url, needsLogin: false };
  }
  if (status === undefined || session === undefined) return undefined;
  // Whoever sees this without having signed in can pull it without that.
  return { url: status.externalUrl ?? location.origin, needsLogin: !session.open && session.kind !== "anonymous" };
}

/** Writes a place as it is typed elsewhere: with the host, as soon as that is known. Stable. */
export function useReference(registry: string | undefined): (place: Place) => string {
  const source = useSource(registry);
  const host = source === undefined ? "" : `${commandHost(source.url)}/`;
  return useCallback((place) => host + formatPlace(place), [host]);
}

/** The tool that was chosen last, if it is one of these; else the first of them. */
export function useTool(allowed: readonly Tool[] = tools): readonly [Tool, (tool: Tool) => void] {
  const remembered = useRemembered("tool");
  const tool = allowed.find((each) => each === remembered) ?? allowed[0]!;
  return [tool, (chosen) => remember("tool", chosen)];
}
