// Who may come in and what they may do. What the caller may not see is no view for them: ordinary users have their own tokens, and can
// ask what they may do.

import { Alert, Anchor, Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { useSession } from "../ask/live.ts";
import { askToSignIn } from "../ask/session.ts";
import { Empty } from "../parts/empty.tsx";
import { useViewKeys } from "../parts/keys.ts";
import { Page } from "../parts/page.tsx";
import { useSearchState } from "../parts/search-state.ts";
import type { SessionAnswer } from "../../wire/session.ts";
import { AuditView } from "./access-audit.tsx";
import { GrantsView } from "./access-grants.tsx";
import { MayView } from "./access-may.tsx";
import { RobotsView } from "./access-robots.tsx";
import { RulesView } from "./access-rules.tsx";
import { TokensView } from "./access-tokens.tsx";
import { UsersView } from "./access-users.tsx";

const views = {
  users: ["Users", UsersView],
  robots: ["Robots", RobotsView],
  tokens: ["Tokens", TokensView],
  grants: ["Grants", GrantsView],
  rules: ["Immutable tags", RulesView],
  audit: ["Audit log", AuditView],
  may: ["Who may what?", MayView],
} as const;
type ViewName = keyof typeof views;

function viewsFor({ kind, manages, may }: SessionAnswer): readonly ViewName[] {
  if (may.admin) return ["users", "robots", "tokens", "grants", "rules", "audit", "may"];
  if (manages) return ["tokens", "grants", "rules", "may"];
  return kind === "anonymous" ? [] : ["tokens", "may"];
}

export function AccessPage(): ReactNode {
  const session = useSession();
  const [search, change] = useSearchState();
  const allowed = session === undefined ? [] : viewsFor(session);
  const view = allowed.find((name) => name === search["view"]) ?? allowed[0];
  useViewKeys(allowed, view, (name) => change(onlyView(search, name)));
  if (session === undefined) return null;
  const title = session.manages ? "Access" : "My access";
  if (view === undefined) {
    return (
      <Page title="Access" name="Access" reading>
        <Empty kind="not permitted" title="Sign in to see your access">
          Without a name there is nothing here that is yours.{" "}
          <Anchor component="button" onClick={() => askToSignIn("wanted")}>
            Sign in
          </Anchor>
        </Empty>
      </Page>
    );
  }
  const View = views[view][1];
  return (
    <Page title={title} name={`${views[view][0]} · ${title}`}>
      {session.open && (
        <Alert
          color="orange"
          variant="light"
          title="Everybody on this machine may do everything"
          styles={{ label: { color: "var(--mantine-color-text)" } }}
        >
          The first user, robot or grant closes the registry, for ever: from then on nobody does anything that no grant allows.
          Begin with a user who is an administrator.
        </Alert>
      )}
      <Tabs value={view} onChange={(name) => change(onlyView(search, name))} keepMounted={false}>
        <Tabs.List>
          {allowed.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {name === "tokens" && !session.may.admin ? "My tokens" : views[name][0]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={view} pt="md">
          <View session={session} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** Filters belong to their view. */
function onlyView(search: Readonly<Record<string, string | undefined>>, view: string | null): Record<string, string | undefined> {
  return { ...Object.fromEntries(Object.keys(search).map((name) => [name, undefined])), view: view ?? undefined };
}
