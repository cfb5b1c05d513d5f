// There is no such place, or none for who asks: the two look the same.

import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useSession } from "../ask/live.ts";
import { askToSignIn } from "../ask/session.ts";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";

export function NotFoundPage(): ReactNode {
  const session = useSession();
  const mayBeHidden = session?.kind === "anonymous" && !session.open;
  return (
    <Page title="There is no such page" name="No such page" reading>
      <Empty kind="no match" title="Nothing lives at this address">
        <Anchor component={Link} to="/">
          Go home
        </Anchor>
        , or press Ctrl+K and type what you are looking for.
        {mayBeHidden && (
          <>
            {" "}
            If it is for you,{" "}
            <Anchor component="button" onClick={() => askToSignIn("wanted")}>
              sign in
            </Anchor>{" "}
            to see it.
          </>
        )}
      </Empty>
    </Page>
  );
}
