// What somebody should look at: what, since when, and where to look.

import {
  IconAlertTriangle,
  IconClockPause,
  IconCloudOff,
  IconDatabaseExclamation,
  IconHourglass,
  IconPuzzleOff,
  type Icon,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Overview } from "../../wire/overview.ts";
import { upperFirst } from "../show/sentence.ts";
import styles from "./home-attention.module.css";
import { Unknown } from "../parts/cards.tsx";

type Matter = Overview["attention"][number];

const icons: Readonly<Record<Matter["kind"], Icon>> = {
  gap: IconClockPause,
  jobs: IconAlertTriangle,
  incomplete: IconPuzzleOff,
  disk: IconDatabaseExclamation,
  upstream: IconCloudOff,
  replaying: IconHourglass,
};
const places: Readonly<Partial<Record<Matter["kind"], { to: string; search?: Record<string, string>; words: string }>>> = {
  gap: { to: "/activity", words: "See the gap" },
  disk: { to: "/tags", search: { usage: "idle,never", sort: "-bytes" }, words: "What is not used" },
  upstream: { to: "/x", words: "Registries" },
};

export function AttentionList({ matters }: { matters: Overview["attention"] }): ReactNode {
  if (matters.length === 0) return <Unknown>Nothing needs attention.</Unknown>;
  return (
    <ul className={styles.list}>
      {matters.map(({ kind, sentence, since }) => {
        const Sign = icons[kind];
        const place = places[kind];
        return (
          <li key={`${kind} ${sentence}`}>
            <Sign size={18} aria-hidden className={styles.sign} />
            <span>
              {upperFirst(sentence)}.{" "}
              {place !== undefined && (
                <Link to={place.to} search={kind === "gap" && since !== null ? { from: dayBefore(since) } : (place.search ?? {})}>
                  {place.words}
                </Link>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** So that what was counted before the gap is seen as well. */
function dayBefore(since: string): string {
  return new Date(Date.parse(since) - 86_400_000).toISOString().slice(0, 10);
}
