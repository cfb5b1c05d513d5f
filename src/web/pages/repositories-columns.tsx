// The columns of the list of repositories, and its rows on a telephone.

import { IconActivity, IconCopy } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { RepositoryItem } from "../../wire/repositories.ts";
import { Trend } from "../chart/trend.tsx";
import { sayTrend, sumTrend } from "../chart/trend-path.ts";
import type { CellContext, GridColumn } from "../grid/columns.ts";
import { TwoLines } from "../grid/two-lines.tsx";
import { NotKnown, When } from "../parts/tag-cells.tsx";
import { UsageStripe } from "../parts/usage-bar.tsx";
import { formatBytes, formatCount, formatExact } from "../show/count.ts";
import { Bytes, Name, Pulled } from "./repositories-cells.tsx";
import styles from "./repositories.module.css";

interface ColumnOptions {
  /** Begins every name here: it is not said again. */
  readonly under: string;
  readonly onCopy: (row: RepositoryItem) => void;
}

export function repositoryColumns(options: ColumnOptions): GridColumn<RepositoryItem>[] {
  return [
    {
      id: "name",
      title: "Name",
      sort: "name",
      width: 170,
      grow: 1,
      fixed: true,
      cell: (row, context) => <Name row={row} under={options.under} context={context} />,
    },
    {
      id: "tags",
      title: "Tags",
      sort: "tags",
      descending: true,
      width: 64,
      right: true,
      cell: ({ tags }, { tabIndex }) => (tags === null ? <NotKnown why="Not known" tabIndex={tabIndex} /> : formatExact(tags)),
    },
    {
      id: "usage",
      title: "Used / idle / never",
      width: 132,
      grow: 0.2,
      note: "Its tags by usage, as counted a short while ago",
      cell: ({ usage }, { tabIndex }) =>
        usage == null ? (
          <NotKnown why="Not counted yet, or pulls are not counted." tabIndex={tabIndex} />
        ) : (
          <UsageStripe tags={usage} />
        ),
    },
    {
      id: "stored",
      title: "Stored",
      sort: "bytes",
      descending: true,
      width: 92,
      right: true,
      note: "Blobs and manifests of the repository, each once, compressed",
      cell: ({ bytes }, { tabIndex }) => <Bytes bytes={bytes} tabIndex={tabIndex} />,
    },
    {
      id: "pushed",
      title: "Pushed",
      sort: "updatedAt",
      descending: true,
      width: 98,
      from: 900,
      note: "The latest push of a tag that is there. Sorted by the last push or deletion",
      cell: ({ pushedAt }, context) =>
        pushedAt == null ? (
          <NotKnown why="It has no tag that is known to be pushed." tabIndex={context.tabIndex} />
        ) : (
          <When time={pushedAt} context={context} />
        ),
    },
    {
      id: "pulled",
      title: "Pulled",
      sort: "lastPulledAt",
      descending: true,
      width: 106,
      cell: ({ pulls }, context) => <Pulled pulls={pulls} context={context} />,
    },
    {
      id: "pulls",
      title: "Pulls",
      sort: "pulls",
      descending: true,
      width: 96,
      right: true,
      note: "Since counting began",
      cell: ({ pulls: { count, checks } }, { tabIndex }) =>
        count === null ? (
          <NotKnown why="Pulls are not counted." tabIndex={tabIndex} />
        ) : (
          <span
            data-tip={`${formatExact(count)} pulls${checks === null ? "" : `, ${formatExact(checks)} checks`}`}
            tabIndex={tabIndex}
          >
            {formatCount(count)}
          </span>
        ),
    },
    {
      id: "pulls30",
      title: "Pulls, 30 d",
      width: 96,
      from: 1440,
      right: true,
      note: "Pulls of the last 30 days",
      cell: ({ trend }, { tabIndex }) =>
        trend == null ? <NotKnown why="Not known" tabIndex={tabIndex} /> : formatCount(sumTrend(trend)),
    },
    {
      id: "trend",
      title: "30 days",
      width: 106,
      from: 1200,
      note: "Pulls of each of the last 30 days, today at the right",
      cell: ({ trend }, { tabIndex }) =>
        trend == null ? (
          <NotKnown why="Not known" tabIndex={tabIndex} />
        ) : (
          <span data-tip={sayTrend(trend)} className={styles.trend}>
            <Trend days={trend} />
          </span>
        ),
    },
    {
      id: "actions",
      title: "Actions",
      width: 76,
      from: 900,
      fixed: true,
      cell: (row, { tabIndex }) => (
        <>
          <Link
            to="/activity"
            search={{ at: row.name }}
            className={styles.action}
            tabIndex={tabIndex}
            aria-label={`Activity of ${row.name}`}
            data-tip="Activity"
          >
            <IconActivity size={16} aria-hidden />
          </Link>
          <button
            type="button"
            className={styles.action}
            tabIndex={tabIndex}
            aria-label={`Copy the reference of ${row.name}`}
            data-tip="Copy the reference"
            onClick={() => options.onCopy(row)}
          >
            <IconCopy size={16} aria-hidden />
          </button>
        </>
      ),
    },
  ];
}

export function narrowRepository(row: RepositoryItem, under: string, context: CellContext): ReactNode {
  const { pulls, pushedAt, bytes } = row;
  return (
    <TwoLines
      first={
        <>
          <Name row={row} under={under} context={context} />
          <span className="num">
            {pulls.count === null ? "" : `${formatCount(pulls.count)} ${pulls.count === 1 ? "pull" : "pulls"}`}
          </span>
        </>
      }
      second={
        <>
          {pushedAt != null && (
            <span>
              pushed <When time={pushedAt} context={context} />
            </span>
          )}
          <span>
            {pulls.lastPulledAt === null ? "" : "pulled "}
            <Pulled pulls={pulls} context={context} />
          </span>
          <span className="num">{bytes === null ? "" : formatBytes(bytes)}</span>
        </>
      }
    />
  );
}
