// Tags

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";

export function TagsPage(): ReactNode {
  return (
    <Page title="Tags" name="Tags">
      <p>Tags</p>
    </Page>
  );
}
