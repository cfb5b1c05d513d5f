// Image

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";
import { formatPlace, type Place } from "../show/place.ts";

export function ImagePage({ place }: { place: Place }): ReactNode {
  return (
    <Page title={formatPlace(place)} name={formatPlace(place)}>
      <p>Image</p>
    </Page>
  );
}
