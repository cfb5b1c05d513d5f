// Cards of a page: a heading that can be jumped to, and what belongs to it. What one card cannot show spoils no other.

import type { ReactNode } from "react";
import { useId } from "react";
import styles from "./cards.module.css";

interface CardProps {
  readonly title: ReactNode;
  /** At the right of the heading, such as a link to all of it. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** `roomy`: wide enough for a table with long names. */
export function Cards({ roomy = false, children }: { roomy?: boolean; children: ReactNode }): ReactNode {
  return (
    <div className={styles.cards} data-roomy={roomy || undefined}>
      {children}
    </div>
  );
}

export function Card({ title, action, children }: CardProps): ReactNode {
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.card}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        {action !== undefined && action !== false && <div className={styles.action}>{action}</div>}
      </div>
      {children}
    </section>
  );
}

/** In place of what is not known, and why. */
export function Unknown({ children }: { children: ReactNode }): ReactNode {
  return <p className={styles.unknown}>{children}</p>;
}

/** Holds the place of so many lines; seen only when they take their time. */
export function Waiting({ lines }: { lines: number }): ReactNode {
  return (
    <div className={styles.waiting} aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => `line ${line}`).map((line) => (
        <span key={line} />
      ))}
    </div>
  );
}
