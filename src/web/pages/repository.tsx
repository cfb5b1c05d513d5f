// Repository

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";
import { formatPlace, type Place } from "../show/place.ts";

export function RepositoryPage({ place }: { place: Place }): ReactNode {
  return (
    <Page title={formatPlace(place)} name={formatPlace(place)}>
      <p>Repository</p>
    </Page>
  );
}
