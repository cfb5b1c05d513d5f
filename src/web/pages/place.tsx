// A reference as a place: a repository, an image in it, or two of its tags side by side; without one, the registry itself.

import { useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, type ReactNode } from "react";
import { decodePath, parsePlace, placePath } from "../show/place.ts";
import type { Search } from "../show/search-params.ts";
import { NotFoundPage } from "./not-found.tsx";

const RegistryPage = lazy(async () => ({ default: (await import("./registry.tsx")).RegistryPage }));
const RepositoryPage = lazy(async () => ({ default: (await import("./repository.tsx")).RepositoryPage }));
const ImagePage = lazy(async () => ({ default: (await import("./image.tsx")).ImagePage }));
const ComparePage = lazy(async () => ({ default: (await import("./compare.tsx")).ComparePage }));

export function PlacePage(): ReactNode {
  const { registry, _splat: text = "" } = useParams({ strict: false }) as { registry?: string; _splat?: string };
  const { view } = useSearch({ strict: false }) as Search;
  if (registry !== undefined && text === "") {
    return (
      <Suspense>
        <RegistryPage key={registry} registry={registry} />
      </Suspense>
    );
  }
  const place = parsePlace(decodePath(text), registry);
  if (place === undefined) return <NotFoundPage />;
  const isImage = place.tag !== undefined || place.digest !== undefined;
  const Shown = isImage ? ImagePage : view === "compare" ? ComparePage : RepositoryPage;
  // Another place is another page: nothing of the one before stays in its state. By the parameters: the location changes before them.
  return (
    <Suspense>
      <Shown key={placePath(place)} place={place} />
    </Suspense>
  );
}
