// Activity

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";

export function ActivityPage(): ReactNode {
  return (
    <Page title="Activity" name="Activity">
      <p>Activity</p>
    </Page>
  );
}
