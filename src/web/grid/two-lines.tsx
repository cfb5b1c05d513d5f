// A row under 768 px: what it is above, the rest below; what comes last in a line stands at its right.

import type { ReactNode } from "react";
import styles from "./two-lines.module.css";

export function TwoLines({ first, second }: { first: ReactNode; second: ReactNode }): ReactNode {
  return (
    <div className={styles.lines}>
      <div className={styles.line}>{first}</div>
      <div className={`${styles.line} ${styles.second}`}>{second}</div>
    </div>
  );
}
