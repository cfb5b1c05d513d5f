// What is known of another registry: where it is, how it is, what it still allows, and what it cannot give.

import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { formatBudget, lacksOf, type RegistryItem } from "../show/registry.ts";
import { upperFirst } from "../show/sentence.ts";
import styles from "./registry-facts.module.css";
import { TimeTip } from "./time-tip.tsx";

const signs = { ok: IconCircleCheck, failing: IconAlertTriangle, unknown: IconCircleDashed } as const;

export function RegistryFacts({ item }: { readonly item: RegistryItem }): ReactNode {
  const { host, software, health } = item;
  const budget = formatBudget(item);
  const Sign = signs[health.state];
  return (
    <div className={styles.facts}>
      <p>
        <span className="mono">{host}</span>, {software}
      </p>
      <p className={styles.health} data-state={health.state}>
        <Sign size={16} aria-hidden />
        <span>
          {upperFirst(health.sentence)}
          {health.at !== null && (
            <>
              {" "}
              (<TimeTip time={health.at} />)
            </>
          )}
          {health.retryAt !== null && (
            <>
              ; it may be asked again <TimeTip time={health.retryAt}>at {health.retryAt.slice(11, 16)} UTC</TimeTip>
            </>
          )}
        </span>
      </p>
      {budget !== undefined && <p>{budget}</p>}
      {lacksOf(item).map((sentence) => (
        <p key={sentence} className={styles.lack}>
          {sentence}.
        </p>
      ))}
    </div>
  );
}
