// Another registry: the repositories that it lists, or those that the configuration names where it lists none. Any other one opens by name.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import type { RepositoryItem } from "../../wire/repositories.ts";
import { registries, repositories } from "../ask/queries.ts";
import { Empty } from "../parts/empty.tsx";
import { OpenByName } from "./registry-open-by-name.tsx";
import { Page } from "../parts/page.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { useRecentPlaces } from "../parts/recent-places.ts";
import { RegistryFacts } from "../parts/registry-facts.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { SmallList } from "../parts/small-list.tsx";
import { TextFilter } from "../parts/text-filter.tsx";
import { formatCount } from "../show/count.ts";
import styles from "./registry.module.css";
import { NotFoundPage } from "./not-found.tsx";

const pageSize = 100;
const maxRecent = 8;

export function RegistryPage({ registry }: { readonly registry: string }): ReactNode {
  const { data, error, refetch } = useQuery(registries());
  const item = data?.items.find(({ name }) => name === registry);
  if (data !== undefined && item === undefined) return <NotFoundPage />;
  return (
    <Page title={registry} name={registry}>
      {item !== undefined && <RegistryFacts item={item} />}
      {(item !== undefined || error !== null) && (
        <>
          <OpenByName registry={registry} host={item?.host} />
          <Recent registry={registry} />
          <Repositories registry={registry} isListed={item?.capabilities.catalog === "ok"} asked={refetch} />
        </>
      )}
    </Page>
  );
}

function Recent({ registry }: { readonly registry: string }): ReactNode {
  const places = useRecentPlaces().filter((place) => place.registry === registry);
  if (places.length === 0) return null;
  return (
    <p className={styles.recent}>
      <span>You were at</span>
      {places.slice(0, maxRecent).map((place) => (
        <PlaceLink key={`${place.repository} ${place.tag} ${place.digest}`} place={place} />
      ))}
    </p>
  );
}

interface RepositoriesProps {
  readonly registry: string;
  /** By itself; else the configuration names some. */
  readonly isListed: boolean;
  /** It has answered, or failed to: what is known of it may be another thing now. */
  readonly asked: () => unknown;
}

function Repositories({ registry, isListed, asked }: RepositoriesProps): ReactNode {
  const [{ q }, change] = useSearchState();
  const [cursor, turn] = useState<string>();
  const query = useQuery(repositories({ registry, search: q, limit: pageSize, cursor }));
  const settledAt = Math.max(query.dataUpdatedAt, query.errorUpdatedAt);
  useEffect(() => {
    if (settledAt > 0) void asked();
  }, [settledAt, asked]);
  const filter = (text: string): void => {
    turn(undefined);
    change({ q: text.trim() }, { replace: true });
  };
  const title = isListed ? "Repositories" : "Repositories that the configuration names";
  if (!isListed && query.data?.items.length === 0 && q === undefined) {
    return (
      <Empty kind="host cannot" title="This registry does not list its repositories">
        Open one by its name above. Names under <code>registries.{registry}.names</code> in hythe.yaml are listed here.
      </Empty>
    );
  }
  return (
    <section aria-label={title}>
      <div className={styles.head}>
        <h2>{title}</h2>
        <TextFilter label="Filter repositories" value={q ?? ""} onChange={filter} />
      </div>
      <SmallList<RepositoryItem>
        query={query}
        many={`repositories of ${registry}`}
        one="repository"
        columns={[
          { name: "Name", render: ({ name }) => <PlaceLink place={{ registry, repository: name }} /> },
          {
            name: "Tags",
            render: ({ tags, problem }) =>
              tags === null ? (
                <span title={problem ?? undefined}>{problem === null ? "not counted" : "not known"}</span>
              ) : (
                formatCount(tags)
              ),
            isNumber: true,
          },
        ]}
        keyOf={({ name }) => name}
        turn={turn}
        clear={q === undefined ? undefined : () => filter("")}
        nothingYet="It says that it has no repository."
      />
    </section>
  );
}
