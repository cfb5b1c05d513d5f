// Activity: of the registry, or of what the reader names. `at` in the URL is a reference.

import { Autocomplete } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { search as searchFor } from "../ask/queries.ts";
import { presets } from "../chart/range.ts";
import { useViewKeys } from "../parts/keys.ts";
import { PlaceLink } from "../parts/place-link.tsx";
import { Page } from "../parts/page.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { formatPlace, parsePlace } from "../show/place.ts";
import { presetSearch } from "./activity-range.tsx";
import { ActivityView } from "./activity-view.tsx";
import styles from "./activity.module.css";

const debounceMs = 150;

export function ActivityPage(): ReactNode {
  const [{ at = "", range, from = "" }, change] = useSearchState();
  const place = at === "" ? undefined : parsePlace(at);
  const preset = from === "" ? (presets.find((each) => each === range) ?? "7d") : undefined;
  useViewKeys(presets, preset, (next) => change(presetSearch(next)));
  return (
    <Page
      title="Activity"
      name={place === undefined ? "Activity" : `Activity of ${at}`}
      focusKey={at}
      actions={<PlaceChooser key={at} at={at} />}
    >
      <Scope at={at} />
      {at !== "" && place === undefined ? (
        <p>“{at}” is not the name of a repository, tag or digest.</p>
      ) : (
        <ActivityView key={at} place={place} />
      )}
    </Page>
  );
}

/** Registry, repository, tag: each part leads to its own activity, with the same time. */
function Scope({ at }: { at: string }): ReactNode {
  const [{ range, from, to }] = useSearchState();
  const place = at === "" ? undefined : parsePlace(at);
  const end = place?.tag ?? place?.digest;
  const parts = [
    { name: "Whole registry", at: undefined },
    ...(place === undefined ? [] : [{ name: place.repository, at: place.repository }]),
    ...(end === undefined ? [] : [{ name: end, at }]),
  ];
  return (
    <nav aria-label="Of what" className={styles.scope}>
      {parts.map((part) => (
        <span key={part.name}>
          {part.at !== undefined && <span aria-hidden="true">› </span>}
          <Link to="/activity" search={{ at: part.at, range, from, to }} activeOptions={{ exact: true }}>
            {part.name}
          </Link>
        </span>
      ))}
      {place !== undefined && (
        <PlaceLink place={place} className={styles.open}>
          Open {end === undefined ? "repository" : "image"}
        </PlaceLink>
      )}
    </nav>
  );
}

function PlaceChooser({ at }: { at: string }): ReactNode {
  const [, change] = useSearchState();
  const [text, setText] = useState(at);
  const wanted = text.trim();
  const [settled] = useDebouncedValue(wanted, debounceMs);
  const { data } = useQuery({ ...searchFor(settled), enabled: settled !== "" && settled !== at });
  const hits =
    wanted === "" || data === undefined ? [] : [...data.repositories.map(({ name }) => name), ...data.tags.map(formatPlace)];
  return (
    <Autocomplete
      size="xs"
      w={280}
      aria-label="Repository or tag"
      placeholder="Repository or tag"
      data={[...new Set(hits)]}
      filter={({ options }) => options}
      value={text}
      onChange={setText}
      onOptionSubmit={(chosen) => change({ at: chosen })}
      onKeyDown={(event) =>
        event.key === "Enter" && !event.currentTarget.hasAttribute("aria-activedescendant") && change({ at: wanted })
      }
    />
  );
}
