// Signing in as a page of its own: for bookmarks, and for who comes back from the provider without having been let in.

import { Anchor, Text } from "@mantine/core";
import { Link, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useSession } from "../ask/live.ts";
import { Page } from "../parts/page.tsx";
import { SignInForm, useReturnTo } from "../parts/sign-in.tsx";

export function SignInPage(): ReactNode {
  const { history } = useRouter();
  const session = useSession();
  const to = useReturnTo();
  return (
    <Page title="Sign in" name="Sign in" reading>
      {session?.kind === "user" && (
        <Text size="md">
          You are {session.name}.{" "}
          <Anchor component={Link} to="/">
            Go home
          </Anchor>
          , or sign in as somebody else:
        </Text>
      )}
      <div style={{ maxWidth: 360 }}>
        <SignInForm returnTo={to} done={() => history.push(`/ui${to}`)} />
      </div>
    </Page>
  );
}
