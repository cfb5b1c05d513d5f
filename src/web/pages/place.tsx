// A reference as a place: a repository, an image in it, or two of its tags side by side; without one, the registry itself.

import { lazyRouteComponent, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, type ReactNode } from "react";
import { decodePath, parsePlace, placePath, type Place } from "../show/place.ts";
import { placeOfPath, registryOfPath } from "../show/place-path.ts";
import type { Search } from "../show/search-params.ts";
import { NotFoundPage } from "./not-found.tsx";

// When the code is gone since the registry was renewed, the page is loaded anew, once.
const RegistryPage = lazyRouteComponent(() => import("./registry.tsx"), "RegistryPage");
const pages = {
  repository: lazyRouteComponent(() => import("./repository.tsx"), "RepositoryPage"),
  image: lazyRouteComponent(() => import("./image.tsx"), "ImagePage"),
  compare: lazyRouteComponent(() => import("./compare.tsx"), "ComparePage"),
};

/** Loads the code for `path` below /ui. What cannot be loaded is told by the page. */
export async function loadPlace(path: string, search: Search): Promise<void> {
  const place = placeOfPath(path);
  if (place === undefined && registryOfPath(path) === undefined) return;
  const page = place === undefined ? RegistryPage : pages[pageOf(place, search)];
  await page.preload?.();
}

function pageOf({ tag, digest }: Place, { view }: Search): keyof typeof pages {
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
  const Shown = pages[pageOf(place, search)];
  // Another place is another page: nothing of the one before stays in its state. By the parameters: the location changes before them.
  return (
    <Suspense>
      <Shown key={placePath(place)} place={place} />
    </Suspense>
  );
}
