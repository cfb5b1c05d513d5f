// What keys do with a row of tags: open, copy its reference or its pull command, compare, delete.

import { useNavigate } from "@tanstack/react-router";
import type { TagItem } from "../../wire/tags.ts";
import type { Deletion } from "../ask/tag-changes.ts";
import type { RowAction } from "../grid/grid-keys.ts";
import { placePath, type Place } from "../show/place.ts";
import { pullCommands, toolsFor } from "../show/pull-commands.ts";
import { groupTags } from "../show/tag-groups.ts";
import type { TagScope } from "../show/tag-query.ts";
import { copyLine } from "./copy.tsx";
import { useReference, useSource, useTool } from "./pull-commands-source.ts";
import { whyNotCompare } from "./selection-bar.tsx";
import type { TagList } from "./use-tag-list.ts";

interface RowActionOptions {
  readonly scope: TagScope;
  readonly tags: TagList;
  readonly say: (text: string) => void;
  readonly onDelete: (deletions: readonly Deletion[]) => void;
}

export interface RowActions {
  readonly act: (action: RowAction, row: TagItem, child: number | undefined) => void;
  /** As it is typed elsewhere, with the host. */
  readonly referenceOf: (row: TagItem) => string;
  readonly compare: () => void;
}

export function useRowActions({ scope, tags, say, onDelete }: RowActionOptions): RowActions {
  const navigate = useNavigate();
  const source = useSource(scope.registry);
  const [tool] = useTool();
  const placeOf = ({ repository, name, children }: TagItem, child: number | undefined): Place => {
    const digest = child === undefined ? undefined : children?.[child]?.digest;
    return { registry: scope.registry, repository, ...(digest === undefined ? { tag: name } : { digest }) };
  };
  const referenceOf = useReference(scope.registry);
  const copy = async (text: string): Promise<void> => say(await copyLine(text));
  const compare = (): void => {
    const { chosen } = tags.selection;
    const rows = chosen.kind === "some" ? [...chosen.rows.values()] : undefined;
    const whyNot = whyNotCompare(rows);
    if (whyNot !== undefined || rows === undefined) return say(whyNot ?? "");
    const [a, b] = rows as [TagItem, TagItem];
    const to = placePath({ registry: scope.registry, repository: a.repository });
    void navigate({ to, search: { view: "compare", a: a.name, b: b.name } });
  };
  return {
    compare,
    referenceOf: (row) => referenceOf(placeOf(row, undefined)),
    act(action, row, child) {
      const place = placeOf(row, child);
      switch (action) {
        case "open":
          return void navigate({ to: placePath(place) });
        case "copy":
          return void copy(referenceOf(place));
        case "copyPull": {
          const kind = row.kind ?? undefined;
          const allowed = toolsFor(kind);
          if (source === undefined) return;
          return void copy(pullCommands(allowed.find((each) => each === tool) ?? allowed[0]!, source, place, kind).pull);
        }
        case "compare":
          return compare();
        case "delete": {
          if (child !== undefined) return say("A platform goes with its image; Del on the row of the tag deletes the tag");
          const whyNot = tags.whyNotDelete([row]);
          return whyNot == null ? whyNot === undefined && onDelete(groupTags([row])) : say(whyNot);
        }
      }
    },
  };
}
