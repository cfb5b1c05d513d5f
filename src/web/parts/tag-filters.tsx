// What narrows a list of tags down, all of it in the address: text, usage, kind, platform.

import { NativeSelect } from "@mantine/core";
import type { ReactNode } from "react";
import { splitList, type Search } from "../show/search-params.ts";
import { contentTypes, type TagScope } from "../show/tag-query.ts";
import { FilterSheet } from "./filter-sheet.tsx";
import type { ChangeSearch } from "./search-state.ts";
import styles from "./tag-filters.module.css";
import { TextFilter } from "./text-filter.tsx";
import { UsageFilter } from "./usage-filter.tsx";

interface FiltersProps {
  readonly scope: TagScope;
  readonly search: Search;
  readonly change: ChangeSearch;
  /** Those of the rows that are known. */
  readonly platforms: readonly string[];
  readonly hasUsage: boolean;
}

export function TagFilters(props: FiltersProps): ReactNode {
  const { search, change, scope } = props;
  const used = ["usage", "type", "platform"].filter((name) => (search[name] ?? "") !== "").length;
  return (
    <div className={styles.filters} role="search" aria-label="Filter tags">
      <TextFilter
        label={scope.registry === undefined ? "Filter by tag or digest" : "Filter by tag"}
        value={search["q"] ?? ""}
        onChange={(q) => change({ q }, { replace: true })}
      />
      <FilterSheet used={used}>
        <Choices {...props} />
      </FilterSheet>
    </div>
  );
}

function Choices({ scope, search, change, platforms, hasUsage }: FiltersProps): ReactNode {
  const platform = search["platform"] ?? "";
  const known = [...new Set([...platforms, ...(platform === "" ? [] : [platform])])].sort();
  return (
    <>
      {scope.registry === undefined && (
        <>
          {hasUsage && (
            <UsageFilter value={splitList(search["usage"])} onChange={(usage) => change({ usage: usage.join(",") })} />
          )}
          <NativeSelect
            size="xs"
            aria-label="Kind"
            value={search["type"] ?? ""}
            onChange={(event) => change({ type: event.target.value })}
            data={[{ value: "", label: "Any kind" }, ...Object.entries(contentTypes).map(([value, label]) => ({ value, label }))]}
          />
        </>
      )}
      {known.length > 0 && (
        <NativeSelect
          size="xs"
          aria-label="Platform"
          value={platform}
          onChange={(event) => change({ platform: event.target.value })}
          data={[{ value: "", label: "Any platform" }, ...known]}
        />
      )}
    </>
  );
}
