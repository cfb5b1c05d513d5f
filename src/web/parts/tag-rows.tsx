// The rows of a table of tags beside its columns: the link that names a tag, the platforms of an index, and rows on a telephone.

import type { ReactNode } from "react";
import type { TagItem } from "../../wire/tags.ts";
import type { CellContext, GridChild } from "../grid/columns.ts";
import { TwoLines } from "../grid/two-lines.tsx";
import { formatBytes, formatExact } from "../show/count.ts";
import { shortDigest } from "../show/place.ts";
import type { TagScope } from "../show/tag-query.ts";
import { PlaceLink } from "./place-link.tsx";
import { Lock, NotKnown, Platforms, Pulls, Size, Used, When } from "./tag-cells.tsx";
import styles from "./tag-cells.module.css";

export function Text({ text }: { text: string }): ReactNode {
  return (
    <span className={styles.text} data-tip={text}>
      {text}
    </span>
  );
}

interface TagLinkProps {
  readonly scope: TagScope;
  readonly row: TagItem;
  readonly tabIndex: CellContext["tabIndex"];
}

export function TagLink({ scope, row, tabIndex }: TagLinkProps): ReactNode {
  const place = { registry: scope.registry, repository: row.repository ?? scope.repository ?? "", tag: row.name };
  return (
    <PlaceLink place={place} className={styles.name} tabIndex={tabIndex}>
      <bdi>
        {scope.repository === undefined && <span className={styles.repository}>{row.repository}:</span>}
        {row.name}
      </bdi>
    </PlaceLink>
  );
}

type Child = NonNullable<TagItem["children"]>[number];

const made = new WeakMap<TagItem, readonly GridChild[]>();

/** The platforms of an index, for the second level, and how many are not among them; nothing is asked for. The same value for the same row. */
export function platformRows(row: TagItem): readonly GridChild[] {
  const known = made.get(row) ?? toPlatformRows(row);
  made.set(row, known);
  return known;
}

function toPlatformRows(row: TagItem): readonly GridChild[] {
  const listed = (row.children ?? []).map(toPlatformRow);
  const more = (row.childCount ?? 0) - listed.length;
  return more > 0 ? [...listed, moreRow(more)] : listed;
}

function moreRow(count: number): GridChild {
  const name = `and ${formatExact(count)} more: its page lists them`;
  return {
    name,
    narrow: () => <TwoLines first={<Text text={name} />} second={null} />,
    cell: (column) => (column === "name" ? <Text text={name} /> : null),
  };
}

function toPlatformRow(child: Child): GridChild {
  const { platform, digest, bytes, present, pulls } = child;
  const name = platform ?? "platform not named";
  const size = present === false ? "absent" : bytes === null ? "size not known" : formatBytes(bytes);
  return {
    name: `${name} ${digest}`,
    narrow: (context) => (
      <TwoLines
        first={
          <>
            <Text text={name} />
            {pulls.count !== null && <span className="num">{formatExact(pulls.count)}</span>}
          </>
        }
        second={
          <>
            <span className="mono">{shortDigest(digest)}</span>
            {pulls.lastPulledAt !== null && <When time={pulls.lastPulledAt} note="pulled" inWords context={context} />}
            <span className="num">{size}</span>
          </>
        }
      />
    ),
    cell: (column, context) => {
      const { tabIndex } = context;
      switch (column) {
        case "name":
          return <Text text={name} />;
        case "platforms":
          return (
            <span className="mono" data-tip={digest} tabIndex={tabIndex}>
              {shortDigest(digest)}
            </span>
          );
        case "size":
          if (present === false) return <span className={styles.warn}>absent</span>;
          return bytes === null ? <NotKnown why="Its size is not known." tabIndex={tabIndex} /> : formatBytes(bytes);
        case "pushed":
          return present === false ? <Text text="not in this registry" /> : null;
        case "pulled":
          return pulls.lastPulledAt === null ? null : <When time={pulls.lastPulledAt} inWords context={context} />;
        case "pulls":
          return pulls.count === null ? null : formatExact(pulls.count);
        default:
          return null;
      }
    },
  };
}

export function narrowTag(scope: TagScope, row: TagItem, context: CellContext): ReactNode {
  return (
    <TwoLines
      first={
        <>
          <TagLink scope={scope} row={row} tabIndex={context.tabIndex} />
          {row.immutable === true && <Lock tabIndex={context.tabIndex} />}
          {scope.registry === undefined && <Pulls row={row} context={context} />}
        </>
      }
      second={
        <>
          {row.pushedAt !== null && <When time={row.pushedAt} note="pushed" context={context} />}
          {scope.registry === undefined ? <Used row={row} context={context} /> : <Platforms row={row} context={context} />}
          <Size row={row} context={context} />
        </>
      }
    />
  );
}
