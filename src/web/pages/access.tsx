// Access

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";

export function AccessPage(): ReactNode {
  return (
    <Page title="Access" name="Access">
      <p>Access</p>
    </Page>
  );
}
