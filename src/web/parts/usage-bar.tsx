// Usage of many tags: one bar in five parts, and under it each part by sign, word and number; each leads to its tags.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { UsageCounts } from "../../wire/usage.ts";
import { formatBytes, formatCount, formatExact } from "../show/count.ts";
import { sumOf, toParts } from "../show/usage-sums.ts";
import { usageNames } from "../show/usage.ts";
import styles from "./usage-bar.module.css";
import { UsageDot } from "./usage-sign.tsx";

interface UsageBarProps {
  readonly tags: UsageCounts;
  readonly bytes: UsageCounts;
}

export function UsageBar({ tags, bytes }: UsageBarProps): ReactNode {
  const parts = toParts(tags, bytes);
  return (
    <div>
      <UsageStripe tags={tags} tall />
      <ul className={styles.parts}>
        {parts.map(({ state, tags: count, bytes: size = 0 }) => (
          <li key={state} data-usage={state}>
            <Link to="/tags" search={{ usage: state, sort: "-bytes" }} className={styles.part}>
              <UsageDot state={state} />
              <span>{usageNames[state]}</span>
              <b className="num">{formatCount(count)}</b>
              <span className={styles.bytes}>{formatBytes(size)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Holds the place of a bar and its parts. */
export function UsageBarWaiting(): ReactNode {
  return (
    <div className={styles.waiting} aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}

/** The bar alone: of a row, or where the words stand beside it. null: not known. */
export function UsageStripe({ tags, tall = false }: { tags: UsageCounts | null | undefined; tall?: boolean }): ReactNode {
  if (tags == null) return <span data-tip="Not counted yet">–</span>;
  const parts = toParts(tags).filter(({ tags: count }) => count > 0);
  const words = parts.map(({ state, tags: count }) => `${formatExact(count)} ${usageNames[state]}`).join(", ");
  return (
    <span
      role="img"
      aria-label={sumOf(tags) === 0 ? "no tags" : words}
      data-tip={words || undefined}
      className={styles.stripe}
      data-tall={tall || undefined}
    >
      {parts.map(({ state, share }) => (
        <span key={state} data-usage={state} style={{ flexGrow: share }} />
      ))}
    </span>
  );
}
