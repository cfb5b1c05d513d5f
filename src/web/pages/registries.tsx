// The other registries that this server can show, and what each of them can tell. Nobody is asked for it.

import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useSession } from "../ask/live.ts";
import { registries } from "../ask/queries.ts";
import { Card, Cards } from "../parts/cards.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { CommandLine } from "../parts/pull-commands.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { RegistryFacts } from "../parts/registry-facts.tsx";

export function RegistriesPage(): ReactNode {
  const { data, error, refetch } = useQuery(registries());
  const isAdmin = useSession()?.may.admin === true;
  return (
    <Page title="Other registries" name="Registries">
      {error !== null && <ProblemPanel error={error} what="load the registries" retry={() => void refetch()} />}
      {data?.items.length === 0 &&
        (isAdmin ? (
          <Empty kind="nothing yet" title="No other registry is configured">
            Name one in hythe.yaml, under <code>registries</code>, and its repositories are shown here like our own: a name, its{" "}
            <code>url</code>, and <code>username</code> and <code>password</code> if it wants a login. For a first try, without a
            file:
            <CommandLine text="HYTHE_REGISTRIES_NEXT_DOOR_URL=127.0.0.1:5001 npx hythe serve" what="the command" />
          </Empty>
        ) : (
          <Empty kind="not permitted" title="There is no other registry to see here">
            Other registries are for those who have signed in and may see all of this one.
          </Empty>
        ))}
      <Cards>
        {data?.items.map((item) => (
          <Card
            key={item.name}
            title={
              <Anchor component={Link} to={`/x/${encodeURIComponent(item.name)}`}>
                {item.name}
              </Anchor>
            }
          >
            <RegistryFacts item={item} />
          </Card>
        ))}
      </Cards>
    </Page>
  );
}
