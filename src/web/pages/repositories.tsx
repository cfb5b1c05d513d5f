// Repositories

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";

export function RepositoriesPage(): ReactNode {
  return (
    <Page title="Repositories" name="Repositories">
      <p>Repositories</p>
    </Page>
  );
}
