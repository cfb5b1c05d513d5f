// What can be done with the chosen tags, below the table as long as there are some.

import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import type { TagItem } from "../../wire/tags.ts";
import { plannedDeletion } from "../ask/tag-changes.ts";
import type { Selection } from "../grid/selection.ts";
import { formatBytes, formatCount, formatOf } from "../show/count.ts";
import { groupTags, mostCopied } from "../show/tag-groups.ts";
import { ActionButton } from "./action-button.tsx";
import { copyText } from "./copy.tsx";
import { useKey } from "./keys.ts";
import styles from "./selection-bar.module.css";

/** Not at each row of a range that is being drawn. */
const choosingMs = 300;

interface SelectionBarProps {
  readonly selection: Selection<TagItem>;
  /** Reads the names of all that match where they are chosen as such. */
  readonly readChosen: () => Promise<readonly TagItem[]>;
  readonly referenceOf: (row: TagItem) => string;
  /** By Esc. */
  readonly onCleared: () => void;
  readonly onCompare: () => void;
  readonly onDelete: () => void;
  /** Undefined: it can be done; null: nobody offers it here. */
  readonly whyNoDelete: string | null | undefined;
}

export function SelectionBar(props: SelectionBarProps): ReactNode {
  const { selection, readChosen, referenceOf, onCleared, onCompare, onDelete, whyNoDelete } = props;
  const { chosen, count } = selection;
  const [said, setSaid] = useState("");
  useKey("Escape", () => {
    if (count === 0) return false;
    selection.clear();
    onCleared();
    return true;
  });
  const rows = useMemo(() => (chosen.kind === "some" ? [...chosen.rows.values()] : undefined), [chosen]);
  const whyNoCompare = whyNotCompare(rows);
  const copy = async (): Promise<void> => {
    try {
      const references = (await readChosen()).map(referenceOf);
      const isCopied = await copyText(references.join("\n"));
      setSaid(isCopied ? `Copied ${formatOf(references.length, "reference")}` : "Could not copy");
    } catch (error) {
      setSaid(error instanceof Error ? `Could not copy: ${error.message}` : "Could not copy");
    }
  };
  if (count === 0) return null;
  return (
    <div className={styles.bar} role="region" aria-label="Chosen tags">
      <span className={styles.count} role="status">
        <b>{formatCount(count)}</b> chosen
        {whyNoDelete === undefined && rows !== undefined && <Freed rows={rows} />}
        {said !== "" && <span> · {said}</span>}
      </span>
      <ActionButton
        variant="default"
        whyNot={
          count > mostCopied ? `At most ${formatCount(mostCopied)} references are copied at once: narrow the filter.` : undefined
        }
        onClick={() => void copy()}
      >
        Copy refs
      </ActionButton>
      <ActionButton variant="default" whyNot={whyNoCompare} onClick={onCompare}>
        Compare
      </ActionButton>
      {whyNoDelete !== null && (
        <ActionButton color="red" variant="outline" whyNot={whyNoDelete} onClick={onDelete}>
          Delete…
        </ActionButton>
      )}
      <Button size="xs" variant="subtle" color="gray" onClick={selection.clear}>
        Clear<span className={styles.key}>&nbsp;(Esc)</span>
      </Button>
    </div>
  );
}

export function whyNotCompare(rows: readonly TagItem[] | undefined): string | undefined {
  if (rows?.length !== 2) return "Choose exactly two tags to compare.";
  return rows[0]!.repository === rows[1]!.repository ? undefined : "Tags of one repository are compared.";
}

/** Asked of the server: what tags share nothing else uses only when all of them are chosen. */
function Freed({ rows }: { rows: readonly TagItem[] }): ReactNode {
  const groups = useMemo(() => groupTags(rows), [rows]);
  const [settled] = useDebouncedValue(groups, choosingMs);
  const isAsked = settled === groups && groups.length === 1 && groups[0]!.tags.length <= 200;
  const { data } = useQuery({ ...plannedDeletion(groups), enabled: isAsked });
  if (!isAsked || data?.freesBytes == null) return null;
  return <span>, {formatBytes(data.freesBytes)} that nothing else uses</span>;
}
