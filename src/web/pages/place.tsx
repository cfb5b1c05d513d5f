// A reference as a place: a repository, an image in it, or two of its tags side by side; without one, the registry itself. In a wide window
// the tags stand beside the image; those of another registry do not, because asking for them may cost something there.

import { lazyRouteComponent, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, type ReactNode } from "react";
import { useWindowWidth } from "../grid/row-height.ts";
import { decodePath, parsePlace, placePath, type Place } from "../show/place.ts";
import { placeOfPath, registryOfPath } from "../show/place-path.ts";
import type { Search } from "../show/search-params.ts";
import { NotFoundPage } from "./not-found.tsx";
import styles from "./place.module.css";

// When the code is gone since the registry was renewed, the page is loaded anew, once.
const RegistryPage = lazyRouteComponent(() => import("./registry.tsx"), "RegistryPage");
const pages = {
  repository: lazyRouteComponent(() => import("./repository.tsx"), "RepositoryPage"),
  image: lazyRouteComponent(() => import("./image.tsx"), "ImagePage"),
  compare: lazyRouteComponent(() => import("./compare.tsx"), "ComparePage"),
};
const TagsBeside = lazyRouteComponent(() => import("./tags-beside.tsx"), "TagsBeside");
/** Px. */
const besideFrom = 2200;

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
  const width = useWindowWidth();
  if (registry !== undefined && text === "") {
    return (
      <Suspense>
        <RegistryPage key={registry} registry={registry} />
      </Suspense>
    );
  }
  const place = parsePlace(decodePath(text), registry);
  if (place === undefined) return <NotFoundPage />;
  const page = pageOf(place, search);
  const Shown = pages[page];
  // Another place is another page: nothing of the one before stays in its state. By the parameters: the location changes before them.
  const shown = (
    <Suspense>
      <Shown key={placePath(place)} place={place} />
    </Suspense>
  );
  if (page !== "image" || place.registry !== undefined) return shown;
  // Also where it stands alone, so that what is under way on it survives another width of the window.
  const isWide = width >= besideFrom;
  return (
    <div className={isWide ? styles.pair : undefined}>
      {isWide && (
        <Suspense fallback={<div />}>
          <TagsBeside key={place.repository} repository={place.repository} />
        </Suspense>
      )}
      {shown}
    </div>
  );
}
