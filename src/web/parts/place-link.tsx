// A link to a repository, tag or digest: a real one, so that it opens in a tab, can be copied, and is read as a link.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { formatPlace, placePath, type Place } from "../show/place.ts";
import type { Search } from "../show/search-params.ts";

interface PlaceLinkProps {
  readonly place: Place;
  /** Instead of the reference. */
  readonly children?: ReactNode;
  readonly search?: Search;
  readonly className?: string | undefined;
  readonly tabIndex?: number;
}

export function PlaceLink({ place, children, search, className, tabIndex }: PlaceLinkProps): ReactNode {
  return (
    <Link to={placePath(place)} search={search ?? {}} className={className} {...(tabIndex !== undefined && { tabIndex })}>
      {children ?? formatPlace(place)}
    </Link>
  );
}
