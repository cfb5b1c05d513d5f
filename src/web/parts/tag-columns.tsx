// The columns of a table of tags, of our own registry and of others.

import type { TagItem } from "../../wire/tags.ts";
import { Trend } from "../chart/trend.tsx";
import type { GridColumn } from "../grid/columns.ts";
import { formatByteRange, formatBytes } from "../show/count.ts";
import { shortDigest } from "../show/place.ts";
import { isBuildDate } from "../show/time.ts";
import type { TagScope } from "../show/tag-query.ts";
import { Lock, NotKnown, Platforms, Pulls, Siblings, Size, Used, When } from "./tag-cells.tsx";
import styles from "./tag-cells.module.css";
import { TagLink, Text } from "./tag-rows.tsx";

export interface TagColumnOptions {
  readonly scope: TagScope;
  readonly onFilter: (digest: string) => void;
}

export function tagColumns(options: TagColumnOptions): readonly GridColumn<TagItem>[] {
  return options.scope.registry === undefined ? ownColumns(options) : remoteColumns(options);
}

function ownColumns(options: TagColumnOptions): GridColumn<TagItem>[] {
  // Where the name of the repository stands in front of that of the tag, both need the room.
  const isWide = options.scope.repository === undefined;
  return [
    nameColumn(options),
    platformsColumn,
    sizeColumn,
    {
      id: "pushed",
      title: "Pushed",
      sort: "pushedAt",
      descending: true,
      width: 88,
      ...(isWide && { from: 1100 }),
      note: "When the tag was put on this image; when it was built is on its own page",
      cell: ({ pushedAt, pushedBy }, context) =>
        pushedAt === null ? null : (
          <When time={pushedAt} note={pushedBy == null ? undefined : `by ${pushedBy}`} context={context} />
        ),
    },
    {
      id: "pulled",
      title: "Used",
      sort: "lastPulledAt",
      descending: true,
      width: 138,
      note: "Sorted by the last pull of the tag",
      cell: (row, context) => <Used row={row} context={context} />,
    },
    {
      id: "pulls",
      title: "Pulls: tag / image",
      sort: "pulls",
      descending: true,
      width: 152,
      right: true,
      note: "By this tag / of its image by any tag or digest. Sorted by those of the tag",
      cell: (row, context) => <Pulls row={row} context={context} />,
    },
    {
      id: "trend",
      title: "30 days",
      width: 107,
      from: isWide ? 1440 : 1200,
      note: "Pulls by this tag of each of the last 30 days",
      cell: ({ trend }) => <Trend days={trend} />,
    },
    digestColumn(1920),
    {
      id: "by",
      title: "Pushed by",
      width: 120,
      grow: 1,
      from: 1920,
      cell: ({ pushedBy }, { tabIndex }) =>
        pushedBy == null ? (
          <NotKnown
            why="Nobody signed in for this push; or you have not, and names are for those who have."
            tabIndex={tabIndex}
          />
        ) : (
          <Text text={pushedBy} />
        ),
    },
    {
      id: "download",
      title: "Download",
      width: 132,
      from: 1920,
      right: true,
      note: "What one client fetches: the smallest and the largest platform",
      cell: ({ pullBytes }) => (pullBytes === null ? null : formatByteRange(pullBytes.min, pullBytes.max)),
    },
    {
      id: "unique",
      title: "Only here",
      width: 92,
      from: 1920,
      right: true,
      note: "What nothing else in this registry uses, whatever other tags the image has",
      cell: ({ uniqueBytes }, { tabIndex }) =>
        uniqueBytes == null ? <NotKnown why="Not known" tabIndex={tabIndex} /> : formatBytes(uniqueBytes),
    },
  ];
}

/** What another registry can tell of a tag. */
function remoteColumns(options: TagColumnOptions): GridColumn<TagItem>[] {
  return [
    { ...nameColumn(options), sort: "version" },
    platformsColumn,
    sizeColumn,
    {
      id: "built",
      title: "Built (claimed)",
      sort: "builtAt",
      descending: true,
      width: 132,
      note: "As the image says; when it was pushed is not known here",
      cell: ({ builtAt, problem }, context) => {
        if (builtAt == null) return <NotKnown why={problem ?? "Not read yet"} tabIndex={context.tabIndex} />;
        return isBuildDate(builtAt) ? <When time={builtAt} context={context} /> : <span className={styles.dim}>not set</span>;
      },
    },
    digestColumn(1200),
  ];
}

function nameColumn({ scope, onFilter }: TagColumnOptions): GridColumn<TagItem> {
  return {
    id: "name",
    title: "Tag",
    sort: "name",
    width: 124,
    grow: 3,
    fixed: true,
    cell: (row, { tabIndex }) => (
      <>
        <TagLink scope={scope} row={row} tabIndex={tabIndex} />
        {row.immutable === true && <Lock tabIndex={tabIndex} />}
        <Siblings row={row} tabIndex={tabIndex} onFilter={onFilter} />
      </>
    ),
  };
}

const platformsColumn: GridColumn<TagItem> = {
  id: "platforms",
  title: "Platforms",
  width: 134,
  grow: 1,
  from: 920,
  cell: (row, context) => <Platforms row={row} context={context} />,
};

const sizeColumn: GridColumn<TagItem> = {
  id: "size",
  title: "Size",
  sort: "bytes",
  descending: true,
  width: 92,
  right: true,
  note: "What is stored for all platforms, compressed, with what others share",
  cell: (row, context) => <Size row={row} context={context} />,
};

function digestColumn(from: number): GridColumn<TagItem> {
  return {
    id: "digest",
    title: "Digest",
    sort: "digest",
    width: 128,
    from,
    cell: ({ digest, problem }, { tabIndex }) =>
      digest === null ? (
        <NotKnown why={problem ?? "Not read yet"} tabIndex={tabIndex} />
      ) : (
        <span className="mono" data-tip={digest}>
          {shortDigest(digest)}
        </span>
      ),
  };
}
