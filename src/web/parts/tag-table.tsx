// Tags as a table: of a repository, of another registry's, or of all repositories. Filters, order and columns are in the address; what is
// chosen is not.

import { useCallback, useMemo, useRef, useState, type ReactNode } from "react";
import type { TagItem } from "../../wire/tags.ts";
import { AskError } from "../ask/ask-error.ts";
import { useStatus } from "../ask/live.ts";
import type { Deletion } from "../ask/tag-changes.ts";
import { maxRows } from "../grid/blocks.ts";
import type { CellContext } from "../grid/columns.ts";
import { Grid, type GridHandle } from "../grid/grid.tsx";
import { formatExact, formatOf } from "../show/count.ts";
import { splitList, type Search } from "../show/search-params.ts";
import { isFiltered, type TagScope } from "../show/tag-query.ts";
import { ColumnChooser, useColumnChoice } from "./column-choice.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { usePreference } from "./preferences.ts";
import { NoMatch } from "./no-match.tsx";
import { ListProblem } from "./problem.tsx";
import { needsReading, ReadAll } from "./read-all.tsx";
import { useSearchState } from "./search-state.ts";
import { SelectionBar } from "./selection-bar.tsx";
import { tagColumns } from "./tag-columns.tsx";
import { TagFilters } from "./tag-filters.tsx";
import { narrowTag, platformRows } from "./tag-rows.tsx";
import styles from "./tag-table.module.css";
import { useRowActions } from "./use-row-actions.ts";
import { useTagList } from "./use-tag-list.ts";

interface TagTableProps {
  readonly scope: TagScope;
  /** In place of rows, when there is nothing at all. */
  readonly nothing: ReactNode;
  /** In place of everything, when there is no such repository. */
  readonly missing?: ReactNode;
}

const noFilter: Search = { q: undefined, usage: undefined, platform: undefined, type: undefined };
const list = "tags";
/** An address has room for so many expanded rows. */
const mostOpen = 20;
const digestOf = ({ digest }: TagItem): string | null => digest;

export function TagTable({ scope: { repository, registry }, nothing, missing }: TagTableProps): ReactNode {
  const [search, change] = useSearchState();
  const scope = useMemo(() => ({ repository, registry }), [repository, registry]);
  const tags = useTagList(scope, search);
  const { blocks, selection } = tags;
  const grid = useRef<GridHandle>(null);
  const [deletions, setDeletions] = useState<readonly Deletion[]>();
  const [said, setSaid] = useState("");
  /** An order that waits until all has been read. */
  const [wanted, setWanted] = useState<string>();
  const status = useStatus();
  const withLetters = usePreference("keys") === "on";
  const choice = useColumnChoice(list);
  const options = useMemo(() => ({ scope, onFilter: (q: string) => change({ q }) }), [scope, change]);
  const columns = useMemo(() => tagColumns(options), [options]);
  const narrow = useCallback((row: TagItem, context: CellContext) => narrowTag(scope, row, context), [scope]);
  const { act, referenceOf, compare } = useRowActions({ scope, tags, say: setSaid, onDelete: setDeletions });
  const openDialog = async (): Promise<void> => {
    const whyNot = tags.whyNotDelete();
    if (whyNot !== undefined) return setSaid(whyNot ?? "");
    try {
      setDeletions(await tags.readDeletions());
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  };
  if (missing !== undefined && blocks.error instanceof AskError && blocks.error.isMissing) return missing;
  const isClean = !isFiltered(search);
  return (
    <div className={styles.table}>
      <div className={styles.tools}>
        <TagFilters
          {...{ scope, search, change }}
          platforms={knownPlatforms(blocks.first?.items ?? [])}
          hasUsage={status?.features.pulls !== false}
        />
        <div className={styles.end}>
          <span className={styles.count} role="status">
            {said !== "" && <span>{said} · </span>}
            {blocks.total !== undefined && countTags(blocks.first?.total ?? blocks.total, isClean)}
          </span>
          <ColumnChooser {...{ list, columns, choice }} />
        </div>
      </div>
      <ListProblem
        many="tags"
        error={blocks.error}
        blocks={blocks}
        retry={blocks.retry}
        clear={() => change({ ...noFilter, sort: undefined })}
      />
      {wanted !== undefined && (
        <ReadAll
          {...{ scope, blocks }}
          onDone={() => {
            setWanted(undefined);
            change({ sort: wanted });
          }}
          onStop={() => setWanted(undefined)}
        />
      )}
      {(blocks.total !== undefined || blocks.error === null) && (
        <Grid
          ref={grid}
          label="Tags"
          {...{ blocks, columns, choice, selection, withLetters }}
          sort={tags.sort}
          onSort={(sort) => (needsReading(scope, sort, blocks.total ?? 0) ? setWanted(sort) : change({ sort }))}
          narrow={narrow}
          childrenOf={platformRows}
          open={splitList(search["open"])}
          onOpen={(names) => change({ open: names.slice(-mostOpen).join(",") }, { replace: true })}
          onAction={(action, row, child) => {
            if (action === "delete" && selection.count > 0) void openDialog();
            else act(action, row, child);
            return true;
          }}
          empty={isClean ? nothing : <NoMatch what="tag" clear={() => change(noFilter)} />}
          groupOf={digestOf}
          footer={
            <SelectionBar
              selection={selection}
              onCleared={() => grid.current?.focus()}
              readChosen={tags.readChosen}
              referenceOf={referenceOf}
              onCompare={compare}
              onDelete={() => void openDialog()}
              whyNoDelete={tags.whyNotDelete()}
            />
          }
        />
      )}
      <DeleteDialog
        deletions={deletions}
        onClose={() => setDeletions(undefined)}
        onClosed={() => grid.current?.focus()}
        onDeleted={() => {
          selection.clear();
          blocks.refresh();
        }}
        onUndone={blocks.refresh}
      />
    </div>
  );
}

function countTags(total: number, isClean: boolean): string {
  const count = isClean ? formatOf(total, "tag") : formatOf(total, "tag matches", "tags match");
  return total > maxRows ? `${count}; the first ${formatExact(maxRows)} are listed, filter for the others` : count;
}

function knownPlatforms(rows: readonly TagItem[]): string[] {
  return [...new Set(rows.flatMap(({ platforms }) => platforms))].slice(0, 50);
}
