// The tags of all repositories in one table: where the numbers of Home lead to.

import type { ReactNode } from "react";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { PushFirst } from "../parts/push-line.tsx";
import { TagTable } from "../parts/tag-table.tsx";

const everywhere = {};

export function TagsPage(): ReactNode {
  return (
    <Page title="Tags" name="Tags">
      <TagTable
        scope={everywhere}
        nothing={
          <Empty kind="nothing yet" title="There are no tags yet">
            <p>Push an image, and it is listed here:</p>
            <PushFirst />
          </Empty>
        }
      />
    </Page>
  );
}
