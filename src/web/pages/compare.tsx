// Compare

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";
import type { Place } from "../show/place.ts";

export function ComparePage({ place }: { place: Place }): ReactNode {
  return (
    <Page title="Compare" name="Compare">
      <p>{place.repository}</p>
    </Page>
  );
}
