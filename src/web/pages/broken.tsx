// In place of a page that broke: there is a fault in it, or its code is gone since the registry was renewed. What is around it stays.

import type { ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";
import { ProblemPanel } from "../parts/problem.tsx";

export function BrokenPage({ error }: ErrorComponentProps): ReactNode {
  return (
    <Page title="This page does not work" name="This page does not work" reading>
      <ProblemPanel
        error={error instanceof Error ? error : new Error(String(error))}
        what="show this page"
        retry={() => location.reload()}
        verb="Reload"
      />
    </Page>
  );
}
