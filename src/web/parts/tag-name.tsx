// `team/app:v1` in one line. Where there is no room for all of it the repository gives way: many tags have it in common.

import type { ReactNode } from "react";
import styles from "./tag-name.module.css";

/** Inline, so that it is selected and copied as one word. */
export function TagName({ repository, tag }: { repository: string; tag: string }): ReactNode {
  return (
    <>
      <span className={styles.repository} style={{ maxWidth: `max(6ch, 100% - ${tag.length + 2}ch)` }}>
        {repository}
      </span>
      <span className={styles.colon}>:</span>
      {tag}
    </>
  );
}
