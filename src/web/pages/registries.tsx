// Registries

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";

export function RegistriesPage(): ReactNode {
  return (
    <Page title="Registries" name="Registries">
      <p>Registries</p>
    </Page>
  );
}
