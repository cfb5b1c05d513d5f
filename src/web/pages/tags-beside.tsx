// The table of tags beside the image that was opened from it, with the filter and the order that it had: the address is that of the image.

import { Title } from "@mantine/core";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { TakenWidth } from "../grid/row-height.ts";
import { besideMark } from "../parts/page.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { OwnSearch, type ChangeSearch, type SearchState } from "../parts/search-state.ts";
import type { Search } from "../show/search-params.ts";
import { lastSearchOf, RepositoryTags } from "./repository-tags.tsx";
import styles from "./tags-beside.module.css";

/** As wide as pages to read are (place.module.css). */
const imageWidth = 1100;

export function TagsBeside({ repository }: { repository: string }): ReactNode {
  const [search, setSearch] = useState<Search>(() => lastSearchOf(repository));
  const change = useCallback<ChangeSearch>((changes) => setSearch((before) => ({ ...before, ...changes })), []);
  const state = useMemo<SearchState>(() => [search, change], [search, change]);
  return (
    <OwnSearch value={state}>
      <TakenWidth value={imageWidth}>
        <section className={styles.beside} aria-label={`Tags of ${repository}`} {...{ [besideMark]: "" }}>
          <Title order={2} size="h4" className={styles.title ?? ""}>
            <PlaceLink place={{ repository }} search={search} />
          </Title>
          <RepositoryTags place={{ repository }} />
        </section>
      </TakenWidth>
    </OwnSearch>
  );
}
