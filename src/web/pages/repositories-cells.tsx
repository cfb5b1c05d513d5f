// What the cells of a row of repositories show.

import type { ReactNode } from "react";
import type { RepositoryItem } from "../../wire/repositories.ts";
import type { CellContext } from "../grid/columns.ts";
import { PlaceLink } from "../parts/place-link.tsx";
import { NotKnown, When } from "../parts/tag-cells.tsx";
import { formatBytes, formatExact } from "../show/count.ts";
import { formatUtc } from "../show/time.ts";
import styles from "./repositories.module.css";

export function Name({
  row: { name, kind },
  under,
  context,
}: {
  row: RepositoryItem;
  under: string;
  context: CellContext;
}): ReactNode {
  return (
    <>
      <PlaceLink place={{ repository: name }} className={styles.name} tabIndex={context.tabIndex}>
        {under !== "" && name.startsWith(under) ? name.slice(under.length) : name}
      </PlaceLink>
      {kind === "proxy" && <span className={styles.kind}>cache</span>}
    </>
  );
}

export function Bytes({ bytes, tabIndex }: { bytes: number | null; tabIndex: CellContext["tabIndex"] }): ReactNode {
  if (bytes === null) return <NotKnown why="Not known" tabIndex={tabIndex} />;
  return (
    <span className="num" data-tip={`${formatExact(bytes)} B`} tabIndex={tabIndex}>
      {formatBytes(bytes)}
    </span>
  );
}

export function Pulled({ pulls, context }: { pulls: RepositoryItem["pulls"]; context: CellContext }): ReactNode {
  if (pulls.count === null) return <NotKnown why="Pulls are not counted." tabIndex={context.tabIndex} />;
  if (pulls.lastPulledAt === null) return <span className={styles.dim}>never</span>;
  const note = pulls.lastCheckedAt === null ? undefined : `Last checked ${formatUtc(pulls.lastCheckedAt)}; pulled:`;
  return <When time={pulls.lastPulledAt} note={note} context={context} />;
}
