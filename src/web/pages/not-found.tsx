// There is no such place.

import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";

export function NotFoundPage(): ReactNode {
  return (
    <Page title="There is no such page" name="No such page" reading>
      <Empty kind="no match" title="Nothing lives at this address">
        <Anchor component={Link} to="/">
          Go home
        </Anchor>
        , or press Ctrl+K and type what you are looking for.
      </Empty>
    </Page>
  );
}
