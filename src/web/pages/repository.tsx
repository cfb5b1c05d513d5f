// A repository, here or in another registry: how to pull from it, whether it is used, and its tags; the views are in the address.

import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import type { Query } from "../ask/ask.ts";
import { tags } from "../ask/queries.ts";
import { blockQuery } from "../grid/blocks.ts";
import { useViewKeys } from "../parts/keys.ts";
import { Page } from "../parts/page.tsx";
import { PullCommandLine } from "../parts/pull-commands.tsx";
import { useSearchState } from "../parts/search-state.ts";
import type { Place } from "../show/place.ts";
import { tagToPull } from "../show/pull-commands.ts";
import type { Search } from "../show/search-params.ts";
import { toTagQuery } from "../show/tag-query.ts";
import { RepositoryAbout } from "./repository-about.tsx";
import { RepositoryHead, useRepository } from "./repository-head.tsx";
import { RepositoryHistory } from "./repository-history.tsx";
import { MissingRepository, RepositoryTags } from "./repository-tags.tsx";
import { RepositoryUntagged } from "./repository-untagged.tsx";
import styles from "./repository.module.css";

const RepositoryActivity = lazy(async () => ({ default: (await import("./activity-view.tsx")).RepositoryActivity }));

const views = { tags: "Tags", untagged: "Untagged", activity: "Activity", history: "History", about: "About" } as const;
type View = keyof typeof views;

/** `place` without tag and digest. */
export function RepositoryPage({ place }: { place: Place }): ReactNode {
  const [search, change] = useSearchState();
  // Another registry counts no pulls and keeps no history for us.
  const shown = place.registry === undefined ? (Object.keys(views) as View[]) : (["tags", "about"] as const);
  const view = shown.find((each) => each === search["view"]) ?? "tags";
  useViewKeys(shown, view, (next) => change({ view: next === "tags" ? undefined : next }));
  if (useRepository(place) === null) {
    return (
      <Page title={place.repository} name={place.repository}>
        <MissingRepository place={place} />
      </Page>
    );
  }
  return (
    <Page title={place.repository} name={place.repository} actions={<Pull place={place} />}>
      <RepositoryHead place={place} />
      <Tabs
        value={view}
        onChange={(next) => change({ view: next === null || next === "tags" ? undefined : next })}
        keepMounted={false}
      >
        <Tabs.List aria-label="Views of this repository">
          {shown.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {views[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={view} pt="md" className={styles.panel ?? ""}>
          {view === "tags" && <RepositoryTags place={place} />}
          {view === "untagged" && <RepositoryUntagged place={place} />}
          {view === "activity" && (
            <Suspense>
              <RepositoryActivity place={place} />
            </Suspense>
          )}
          {view === "history" && <RepositoryHistory place={place} />}
          {view === "about" && <RepositoryAbout place={place} />}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** Where the table of tags opens with them, its own question: one request for both. */
function newestTags(place: Place, search: Search): Query {
  const asked = toTagQuery(place, {});
  const isTable = search["view"] === undefined && JSON.stringify(toTagQuery(place, search)) === JSON.stringify(asked);
  return isTable ? blockQuery(asked, 0) : { ...asked, detail: undefined, limit: 10 };
}

/** What tools take when they are told no tag, else the newest; nothing where there are no tags. */
function Pull({ place }: { place: Place }): ReactNode {
  const [search] = useSearchState();
  const [query] = useState(() => newestTags(place, search));
  const { data } = useQuery(tags(query));
  const tag = tagToPull(data?.items ?? []);
  if (tag === undefined) return null;
  const { name, digest, kind } = tag;
  return name === "latest" ? (
    <PullCommandLine place={place} kind={kind} />
  ) : (
    <PullCommandLine place={{ ...place, tag: name }} digest={digest} kind={kind} />
  );
}
