// Signing in as a page of its own: for bookmarks, and for who comes back from the provider without having been let in.

import { Anchor, Text } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useSession } from "../ask/live.ts";
import { Page } from "../parts/page.tsx";
import { SignInForm } from "../parts/sign-in.tsx";
import type { Search } from "../show/search-params.ts";

export function SignInPage(): ReactNode {
  const { returnTo } = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const session = useSession();
  // Only places of the UI: whoever wrote the link does not say where it leads.
  const to = returnTo !== undefined && /^\/(?!\/)/.test(returnTo) ? returnTo : "/";
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
        <SignInForm returnTo={`/ui${to}`} done={() => void navigate({ to })} />
      </div>
    </Page>
  );
}
