// Pulls over time, of the registry, a repository or an image: what the page "Activity" shows, and a tab of others.

import type { ReactNode } from "react";
import type { Place } from "../show/place.ts";

/** `place` without tag and digest. */
export function RepositoryActivity({ place }: { place: Place }): ReactNode {
  return <ActivityView place={place} />;
}

export function ImageActivity({ place }: { place: Place }): ReactNode {
  return <ActivityView place={place} />;
}

/** `place` undefined: the whole registry, as far as the reader sees it. */
export function ActivityView({ place }: { place: Place | undefined }): ReactNode {
  return <p>{place?.repository}</p>;
}
