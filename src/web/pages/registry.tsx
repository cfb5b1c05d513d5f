// Registry

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";

export function RegistryPage(): ReactNode {
  return (
    <Page title="Registry" name="Registry">
      <p>Registry</p>
    </Page>
  );
}
