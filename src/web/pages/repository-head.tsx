// Whether a repository is used, in one line: its states of tags with sign and word, and its pulls.

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { RepositoryItem } from "../../wire/repositories.ts";
import { pulls, repositories } from "../ask/queries.ts";
import { PlaceLink } from "../parts/place-link.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { UsageDot } from "../parts/usage-sign.tsx";
import { formatCount, formatPulls } from "../show/count.ts";
import type { Place } from "../show/place.ts";
import { usageNames, usageOrder } from "../show/usage.ts";
import styles from "./repository.module.css";

/** Its item of the list of repositories; undefined: not known (yet); null: there is none that one may see. */
export function useRepository({ registry, repository }: Place): RepositoryItem | null | undefined {
  const { data } = useQuery({
    ...repositories({ name: repository }),
    enabled: registry === undefined,
  });
  return data === undefined ? undefined : (data.items[0] ?? null);
}

export function RepositoryHead({ place }: { place: Place }): ReactNode {
  const item = useRepository(place);
  const isOwn = place.registry === undefined;
  const { data } = useQuery({ ...pulls({ repository: place.repository }), enabled: isOwn, retry: false });
  if (!isOwn) {
    return (
      <p className={styles.note}>In the registry {place.registry}. Pulls, pushes and who shares an image are not known here.</p>
    );
  }
  const isCounted = data?.total.count !== null;
  const recent = data?.buckets.reduce((sum, bucket) => sum + bucket.pulls, 0);
  // Behind a gap of attribution only the numbers of tags are in doubt.
  const hasGap = data?.gaps.some(({ kind }) => kind === "pulls") === true;
  const last = data?.total.lastPulledAt;
  return (
    <p className={styles.head} data-testid="repository-head">
      {item?.kind === "proxy" && <span>cache of another registry</span>}
      {item?.usage != null &&
        usageOrder
          .filter((state) => item.usage![state] > 0)
          .map((state) => (
            <PlaceLink key={state} place={place} search={{ usage: state }} className={styles.state}>
              <UsageDot state={state} /> {formatCount(item.usage![state])} {usageNames[state]}
            </PlaceLink>
          ))}
      {recent !== undefined &&
        (isCounted ? <span className="num">{formatPulls(recent, hasGap)} in 30 d</span> : <span>pulls are not counted</span>)}
      {last != null && (
        <span>
          pulled <TimeTip time={last} />
        </span>
      )}
    </p>
  );
}
