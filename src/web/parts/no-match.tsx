// A filter leaves nothing of a list.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Empty } from "./empty.tsx";

/** `what`: one of the list, such as "tag". */
export function NoMatch({ what, clear }: { what: string; clear: () => void }): ReactNode {
  return (
    <Empty kind="no match" title={`No ${what} matches`}>
      <Button size="xs" variant="default" onClick={clear}>
        Clear the filter
      </Button>
    </Empty>
  );
}
