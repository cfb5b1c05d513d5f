// How often something was pulled. A tag keeps its numbers when it moves, and an image is pulled by other ways too: the two are shown
// beside each other and never added up.

import type { ReactNode } from "react";
import type { PullCounts } from "../../wire/counts.ts";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { TimeTip } from "../parts/time-tip.tsx";
import { formatKnown } from "../show/count.ts";
import styles from "./image.module.css";

export function ImagePulls({ manifest: { tag, pulls, asOf, capabilities, replaying } }: { manifest: ManifestAnswer }): ReactNode {
  if (pulls.count === null) {
    const why = capabilities?.pulls;
    return (
      <p className={styles.note}>
        Not known{why !== undefined && why !== "ok" ? `: ${why}` : asOf === null ? ": pulls are not counted here" : ""}.
      </p>
    );
  }
  return (
    <>
      <dl className={styles.numbers}>
        {tag !== null && <Numbers name={`This tag, ${tag.name}`} counts={tag.pulls} parts={[]} />}
        <Numbers
          name="This image"
          counts={pulls}
          parts={[
            ["by a tag", pulls.byTag],
            ["by digest", pulls.direct],
            ["as a child of an index", pulls.asChild],
          ]}
        />
      </dl>
      <p className={styles.note}>
        A tag keeps its numbers when it moves to another image: the two are not to be added. Checks are questions whether
        something has changed, without a pull.
        {replaying && " The journal of an earlier run is still being read: these numbers may still grow."}
      </p>
    </>
  );
}

interface NumbersProps {
  readonly name: string;
  readonly counts: PullCounts;
  readonly parts: readonly (readonly [what: string, count: number | null])[];
}

function Numbers({ name, counts, parts }: NumbersProps): ReactNode {
  const { count, checks, lastPulledAt, lastCheckedAt } = counts;
  return (
    <div className={styles.number}>
      <dt>{name}</dt>
      <dd>
        <span className={styles.large}>{formatKnown(count)}</span> {count === 1 ? "pull" : "pulls"}
        {lastPulledAt !== null && (
          <>
            , last <TimeTip time={lastPulledAt} />
          </>
        )}
        <ul className={styles.plain}>
          {parts.map(([what, each]) => (
            <li key={what}>
              <span className="num">{formatKnown(each)}</span> {what}
            </li>
          ))}
          <li>
            <span className="num">{formatKnown(checks)}</span> {checks === 1 ? "check" : "checks"}
            {lastCheckedAt !== null && (
              <>
                , last <TimeTip time={lastCheckedAt} />
              </>
            )}
          </li>
        </ul>
      </dd>
    </div>
  );
}
