// The small tables of Home: a tag, and the one thing that put it there.

import type { ReactNode } from "react";
import type { Overview } from "../../wire/overview.ts";
import { Unknown } from "../parts/cards.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { UsageDot } from "../parts/usage-sign.tsx";
import { formatBytes, formatCount } from "../show/count.ts";
import { usageNames } from "../show/usage.ts";
import styles from "./home.module.css";

const notCounted = <Unknown>Not known: pulls are not counted here.</Unknown>;
/** A list that is empty although there is something: the server left out what it could not read in time. */
const unread = "Not known now: it could not be read in time.";
const noTag = "No tag to name: pulls were by digest alone, or could not be read in time.";

export function MostPulled({ overview }: { overview: Overview }): ReactNode {
  if (overview.pulls === null) return notCounted;
  if (overview.topPulled.length === 0) return <Unknown>{overview.pulls.last7Days === 0 ? "Nothing was pulled." : noTag}</Unknown>;
  const rows = overview.topPulled.map(({ pulls, ...tag }) => ({ ...tag, figure: formatCount(pulls) }));
  return <TagTable label="Most pulled in 7 days" head="Pulls" rows={rows} />;
}

export function JustPushed({ overview }: { overview: Overview }): ReactNode {
  if (overview.recent.length === 0) return <Unknown>{overview.tags === 0 ? "Nothing was pushed." : unread}</Unknown>;
  const rows = overview.recent.map(({ repository, tag, pushedAt, by }) => ({
    repository,
    tag,
    figure: by === null ? <TimeTip time={pushedAt} /> : <TimeTip time={pushedAt} note={`by ${by}`} />,
  }));
  return <TagTable label="Just pushed" head="Pushed" rows={rows} />;
}

export function IdleLargest({ overview }: { overview: Overview }): ReactNode {
  if (overview.usage === null) return overview.pulls === null ? notCounted : <Unknown>Not known yet.</Unknown>;
  const { idle, never } = overview.usage.tags;
  if (overview.idleLargest.length === 0)
    return <Unknown>{idle + never === 0 ? "No tag is known to be idle or never pulled." : unread}</Unknown>;
  const rows = overview.idleLargest.map(({ repository, tag, bytes, state }) => ({
    repository,
    tag,
    figure: (
      <span className={styles.figure}>
        <span className={styles.state}>
          <UsageDot state={state} />
          {usageNames[state]}
        </span>
        {formatBytes(bytes)}
      </span>
    ),
  }));
  return <TagTable label="Largest idle or never pulled" head="Usage and size" rows={rows} />;
}

interface TagRow {
  readonly repository: string;
  readonly tag: string;
  readonly figure: ReactNode;
}

function TagTable({ label, head, rows }: { label: string; head: string; rows: readonly TagRow[] }): ReactNode {
  return (
    <table className={styles.tags} aria-label={label}>
      <thead className="sr-only">
        <tr>
          <th scope="col">Tag</th>
          <th scope="col">{head}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ repository, tag, figure }) => (
          <tr key={`${repository}:${tag}`}>
            <th scope="row" title={`${repository}:${tag}`}>
              <bdi>
                <PlaceLink place={{ repository, tag }} />
              </bdi>
            </th>
            <td className="num">{figure}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
