// The tags of a repository, and what there is instead when there are none.

import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";
import { Empty } from "../parts/empty.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { PushLine } from "../parts/push-line.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { TagTable } from "../parts/tag-table.tsx";
import { formatOf } from "../show/count.ts";
import type { Place } from "../show/place.ts";
import type { Search } from "../show/search-params.ts";
import { useRepository } from "./repository-head.tsx";

let last: { readonly repository: string; readonly search: Search } | undefined;

/** Filter, order and open rows of the table of our own registry's repository, if it was the last one to be seen. */
export function lastSearchOf(repository: string): Search {
  return last?.repository === repository ? last.search : {};
}

export function RepositoryTags({ place }: { place: Place }): ReactNode {
  const { registry, repository } = place;
  const [search] = useSearchState();
  useEffect(() => {
    if (registry === undefined) last = { repository, search };
  }, [registry, repository, search]);
  return (
    <TagTable scope={{ repository, registry }} nothing={<NoTags place={place} />} missing={<MissingRepository place={place} />} />
  );
}

function NoTags({ place }: { place: Place }): ReactNode {
  const item = useRepository(place);
  if (place.registry !== undefined) return <Empty kind="nothing yet" title="This repository has no tags" />;
  const untagged = item?.untagged ?? 0;
  return (
    <Empty kind="nothing yet" title="There are no tags here">
      {untagged > 0 && (
        <p>
          <PlaceLink place={place} search={{ view: "untagged" }}>
            {formatOf(untagged, "image")} without a tag
          </PlaceLink>{" "}
          can still be pulled by digest.
        </p>
      )}
      <p>
        A tag that was deleted is in{" "}
        <PlaceLink place={place} search={{ view: "history" }}>
          History
        </PlaceLink>
        , and can be restored there.
      </p>
      <p>Push one:</p>
      <PushLine repository={place.repository} />
    </Empty>
  );
}

export function MissingRepository({ place }: { place: Place }): ReactNode {
  return (
    <Empty kind="not permitted" title={`There is no repository ${place.repository}`}>
      Either nothing was ever pushed under this name, or you may not see it.{" "}
      {place.registry === undefined && (
        <Anchor component={Link} to="/repositories" inherit>
          All repositories
        </Anchor>
      )}
    </Empty>
  );
}
