// Repositories, as a list or by folders. Filter, order and place are in the address.

import { NativeSelect, SegmentedControl } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState, type ReactNode } from "react";
import type { RepositoriesAnswer, RepositoryItem } from "../../wire/repositories.ts";
import { useSession, useStatus } from "../ask/live.ts";
import { repositories } from "../ask/queries.ts";
import type { RowAction } from "../grid/grid-keys.ts";
import { Grid } from "../grid/grid.tsx";
import { useBlocks, type Blocks } from "../grid/use-blocks.ts";
import { ColumnChooser, useColumnChoice } from "../parts/column-choice.tsx";
import { copyLine } from "../parts/copy.tsx";
import { Empty } from "../parts/empty.tsx";
import { FilterSheet } from "../parts/filter-sheet.tsx";
import { NoMatch } from "../parts/no-match.tsx";
import { Page } from "../parts/page.tsx";
import { usePreference } from "../parts/preferences.ts";
import { ListProblem } from "../parts/problem.tsx";
import { PushFirst } from "../parts/push-line.tsx";
import { useReference } from "../parts/pull-commands-source.ts";
import { useSearchState, type ChangeSearch } from "../parts/search-state.ts";
import { TextFilter } from "../parts/text-filter.tsx";
import { UsageFilter } from "../parts/usage-filter.tsx";
import { formatExact, formatOf } from "../show/count.ts";
import { placePath } from "../show/place.ts";
import { folderOf, isFiltered, toRepositoryQuery } from "../show/repository-query.ts";
import { splitList, type Search } from "../show/search-params.ts";
import { narrowRepository, repositoryColumns } from "./repositories-columns.tsx";
import { FolderPath, FolderTable, useFolders } from "./repositories-folders.tsx";
import styles from "./repositories.module.css";

const list = "repositories";
const nameOf = ({ name }: RepositoryItem): string => name;
const noFilter: Search = { q: undefined, usage: undefined, kind: undefined };

export function RepositoriesPage(): ReactNode {
  const [search, change] = useSearchState();
  const status = useStatus();
  const isCounted = status?.features.pulls !== false;
  // By its text: another object with the same parameters is the same question.
  const text = JSON.stringify(toRepositoryQuery(search, isCounted));
  const query = useMemo(() => JSON.parse(text) as ReturnType<typeof toRepositoryQuery>, [text]);
  const blocks = useBlocks<RepositoryItem, RepositoriesAnswer>(repositories, query, nameOf);
  const under = folderOf(search);
  const isClean = !isFiltered(search);
  const { columns, act, said } = useRows(under ?? "");
  const choice = useColumnChoice(list);
  const withLetters = usePreference("keys") === "on";
  const count = useCount(blocks, isClean, under);
  const folders = useFolders(isClean ? under : undefined);
  const isByFolder = under !== undefined && isClean;
  // Where there are folders, nothing but folders is the usual case.
  const isHidden = isByFolder && (folders.data === undefined || (folders.data.items.length > 0 && !blocks.total));
  const error = blocks.error ?? (isByFolder ? folders.error : null);
  const retry = (): void => {
    blocks.retry();
    if (isByFolder) void folders.refetch();
  };
  return (
    <Page title="Repositories" name="Repositories" focusKey={under === "" ? undefined : under}>
      <div className={styles.tools}>
        <Filters search={search} change={change} isCounted={isCounted} />
        <SegmentedControl
          size="xs"
          aria-label="Shown as"
          value={under === undefined ? "list" : "folders"}
          data={[
            { value: "list", label: "List" },
            { value: "folders", label: "Folders" },
          ]}
          onChange={(view) => change({ view: view === "folders" ? view : undefined, under: undefined })}
        />
        <div className={styles.end}>
          <span className={styles.count} role="status">
            {said !== "" && `${said} · `}
            {!isHidden && count}
          </span>
          {!isHidden && <ColumnChooser {...{ list, columns, choice }} />}
        </div>
      </div>
      {under !== undefined && <FolderPath under={under} />}
      {isByFolder && error === null && <FolderTable under={under} data={folders.data} />}
      <ListProblem many="repositories" {...{ error, blocks, retry }} clear={() => change({ ...noFilter, sort: undefined })} />
      {!isHidden && (blocks.total !== undefined || error === null) && (
        <Grid
          label="Repositories"
          {...{ blocks, columns, choice, withLetters }}
          sort={query.sort}
          onSort={(sort) => change({ sort })}
          narrow={(row, context) => narrowRepository(row, under ?? "", context)}
          onAction={act}
          empty={<NoRows clear={isClean ? undefined : () => change(noFilter)} />}
        />
      )}
    </Page>
  );
}

interface Rows {
  readonly columns: ReturnType<typeof repositoryColumns>;
  readonly act: (action: RowAction, row: RepositoryItem) => boolean;
  /** What was just done. */
  readonly said: string;
}

function useRows(under: string): Rows {
  const navigate = useNavigate();
  const referenceOf = useReference(undefined);
  const [said, setSaid] = useState("");
  return useMemo(() => {
    const copy = async ({ name: repository }: RepositoryItem): Promise<void> =>
      setSaid(await copyLine(referenceOf({ repository })));
    return {
      said,
      columns: repositoryColumns({ under, onCopy: (row) => void copy(row) }),
      act: (action: RowAction, row: RepositoryItem) => {
        if (action === "open") void navigate({ to: placePath({ repository: row.name }) });
        else if (action === "copy") void copy(row);
        else return false;
        return true;
      },
    };
  }, [under, referenceOf, said, navigate]);
}

interface FilterProps {
  readonly search: Search;
  readonly change: ChangeSearch;
  readonly isCounted: boolean;
}

function Filters({ search, change, isCounted }: FilterProps): ReactNode {
  return (
    <div className={styles.filters} role="search" aria-label="Filter repositories">
      <TextFilter label="Filter by name" value={search["q"] ?? ""} onChange={(q) => change({ q }, { replace: true })} />
      <FilterSheet used={["kind", "usage"].filter((name) => (search[name] ?? "") !== "").length}>
        <NativeSelect
          size="xs"
          aria-label="Kind"
          value={search["kind"] ?? ""}
          onChange={(event) => change({ kind: event.currentTarget.value })}
          data={[
            { value: "", label: "Any kind" },
            { value: "local", label: "Pushed here" },
            { value: "proxy", label: "Cache" },
          ]}
        />
        {isCounted && <UsageFilter value={splitList(search["usage"])} onChange={(usage) => change({ usage: usage.join(",") })} />}
      </FilterSheet>
    </div>
  );
}

/** `128 repositories`; of a filter how many match. */
function useCount(blocks: Blocks<RepositoryItem, RepositoriesAnswer>, isClean: boolean, under: string | undefined): string {
  if (blocks.total === undefined) return "";
  const total = blocks.first?.total ?? blocks.total;
  const words = isClean
    ? formatOf(total, "repository", "repositories")
    : formatOf(total, "repository matches", "repositories match");
  const where = under !== undefined && isClean ? " directly here" : "";
  const cut = blocks.total < total ? `; the first ${formatExact(blocks.total)} are listed, filter for the others` : "";
  return words + where + cut;
}

function NoRows({ clear }: { clear: (() => void) | undefined }): ReactNode {
  const session = useSession();
  if (clear !== undefined) return <NoMatch what="repository" clear={clear} />;
  if (session !== undefined && !session.open && session.visible !== null) {
    return (
      <Empty kind="not permitted" title="There is no repository that you may see">
        {session.kind === "anonymous" ? "Sign in to see more." : "Ask an administrator for the right to pull what you need."}
      </Empty>
    );
  }
  return (
    <Empty kind="nothing yet" title="There are no repositories yet">
      <p>A repository begins with the first push to its name:</p>
      <PushFirst />
    </Empty>
  );
}
