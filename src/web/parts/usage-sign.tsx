// The sign of a usage state: a shape of its own for each, so that nobody has to tell colours apart.

import type { ReactNode } from "react";
import type { Usage, UsageState } from "../../wire/usage.ts";
import { useNow } from "../ask/clock.ts";
import { formatUsage } from "../show/usage.ts";
import styles from "./usage-sign.module.css";

/** The shape alone; the word must stand beside it. */
export function UsageDot({ state }: { state: UsageState }): ReactNode {
  return (
    <svg className={styles.dot} data-usage={state} viewBox="0 0 12 12" aria-hidden="true">
      <circle
        cx="6"
        cy="6"
        r="4.5"
        fill={state === "used" ? "currentColor" : "none"}
        stroke="currentColor"
        strokeWidth="1.5"
        strokeDasharray={state === "unknown" ? "2.2 1.6" : undefined}
      />
      {state === "idle" && <path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor" />}
      {state === "new" && <path d="M6 3.8v4.4M3.8 6h4.4" stroke="currentColor" strokeWidth="1.4" />}
    </svg>
  );
}

/** Sign and words, in the colour of the state. */
export function UsageText({ usage }: { usage: Usage }): ReactNode {
  const now = useNow();
  return (
    <span className={styles.text} data-usage={usage.state}>
      <UsageDot state={usage.state} />
      {formatUsage(usage, now)}
    </span>
  );
}
