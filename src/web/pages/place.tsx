// A reference as a place: a repository, an image in it, or two of its tags side by side; without one, the registry itself.

import { lazyRouteComponent, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, type ReactNode } from "react";
import { decodePath, parsePlace, placePath, type Place } from "../show/place.ts";
import { placeOfPath, registryOfPath } from "../show/place-path.ts";
import type { Search } from "../show/search-params.ts";
import { NotFoundPage } from "./not-found.tsx";

const pages = {
  registry: async () => ({ default: (await import("./registry.tsx")).RegistryPage }),
  repository: async () => ({ default: (await import("./repository.tsx")).RepositoryPage }),
  image: async () => ({ default: (await import("./image.tsx")).ImagePage }),
  compare: async () => ({ default: (await import("./compare.tsx")).ComparePage }),
};
// When the code is gone since the registry was renewed, the page is loaded anew, once.
const RegistryPage = lazyRouteComponent(pages.registry);
const shown = {
  repository: lazyRouteComponent(pages.repository),
  image: lazyRouteComponent(pages.image),
  compare: lazyRouteComponent(pages.compare),
};

/** Begins to load the code for `path` below /ui. */
export function loadPlace(path: string, search: Search): void {
  const place = placeOfPath(path);
  if (place === undefined && registryOfPath(path) === undefined) return;
  const load = place === undefined ? pages.registry : pages[pageOf(place, search)];
  // What cannot be loaded is told by the page, which asks for it again.
  load().catch(() => undefined);
}

function pageOf({ tag, digest }: Place, { view }: Search): keyof typeof shown {
  if (tag !== undefined || digest !== undefined) return "image";
  return view === "compare" ? "compare" : "repository";
}

export function PlacePage(): ReactNode {
  const { registry, _splat: text = "" } = useParams({ strict: false }) as { registry?: string; _splat?: string };
  const search = useSearch({ strict: false }) as Search;
  if (registry !== undefined && text === "") {
    return (
      <Suspense>
        <RegistryPage key={registry} registry={registry} />
      </Suspense>
    );
  }
  const place = parsePlace(decodePath(text), registry);
  if (place === undefined) return <NotFoundPage />;
  const Shown = shown[pageOf(place, search)];
  // Another place is another page: nothing of the one before stays in its state. By the parameters: the location changes before them.
  return (
    <Suspense>
      <Shown key={placePath(place)} place={place} />
    </Suspense>
  );
}
