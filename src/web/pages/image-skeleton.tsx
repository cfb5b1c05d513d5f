// The shape of what is on its way. It appears only after a moment, so that a quick answer does not flicker.

import type { ReactNode } from "react";
import styles from "./image-skeleton.module.css";

export function ImageSkeleton(): ReactNode {
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading">
      <div className={styles.bar} data-size="short" />
      <div className={styles.bar} data-size="long" />
      <div className={styles.bar} data-size="middle" />
      <div className={styles.tabs} />
      <div className={styles.block} />
      <div className={styles.block} />
    </div>
  );
}

export function LinesSkeleton({ lines }: { lines: number }): ReactNode {
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, at) => (
        <div key={at} className={styles.bar} data-size={at % 3 === 2 ? "middle" : "long"} />
      ))}
    </div>
  );
}
