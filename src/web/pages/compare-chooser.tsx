// Which two to compare: tags that come up while one types, or digests.

import { Autocomplete, Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { tags } from "../ask/queries.ts";
import type { Place } from "../show/place.ts";
import styles from "./compare.module.css";

/** So few that their list never scrolls. */
const proposals = 8;
const debounceMs = 150;

interface CompareChooserProps {
  readonly place: Place;
  readonly a: string | undefined;
  readonly b: string | undefined;
  readonly onChoose: (chosen: { a: string; b: string }) => void;
}

export function CompareChooser({ place, a = "", b = "", onChoose }: CompareChooserProps): ReactNode {
  const [before, setBefore] = useState(a);
  const [after, setAfter] = useState(b);
  const isReady = before.trim() !== "" && after.trim() !== "";
  return (
    <form
      className={styles.chooser}
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) onChoose({ a: before.trim(), b: after.trim() });
      }}
    >
      <Reference place={place} label="From" value={before} onChange={setBefore} />
      <Reference place={place} label="To" value={after} onChange={setAfter} />
      <Button type="submit" size="sm" disabled={!isReady}>
        Compare
      </Button>
      <Button size="sm" variant="default" disabled={!isReady} onClick={() => onChoose({ a: after.trim(), b: before.trim() })}>
        Swap
      </Button>
    </form>
  );
}

interface ReferenceProps {
  readonly place: Place;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Reference({ place: { registry, repository }, label, value, onChange }: ReferenceProps): ReactNode {
  const [isAsked, setAsked] = useState(false);
  const [typed] = useDebouncedValue(value.trim(), debounceMs);
  const { data } = useQuery({
    ...tags({
      repository,
      registry,
      search: typed.includes(":") ? undefined : typed,
      sort: registry === undefined ? "-pushedAt" : "-natural",
      limit: proposals,
    }),
    enabled: isAsked,
  });
  const names = data?.items.map(({ name }) => name) ?? [];
  return (
    <Autocomplete
      label={label}
      className={styles.reference ?? ""}
      placeholder="a tag, or sha256:…"
      data={[...new Set(names)]}
      value={value}
      onChange={onChange}
      onFocus={() => setAsked(true)}
      // The server has filtered.
      filter={({ options }) => options}
      maxDropdownHeight={400}
      comboboxProps={{ withinPortal: false }}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
