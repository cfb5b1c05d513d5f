// What is stored and how full the disk is; other registries and what they still allow.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Overview } from "../../wire/overview.ts";
import { useSession } from "../ask/live.ts";
import { registries } from "../ask/queries.ts";
import { Card, Unknown, Waiting } from "../parts/cards.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { formatBytes, formatOf, formatShare } from "../show/count.ts";
import { formatBudget } from "../show/registry.ts";
import styles from "./home.module.css";

export interface PartProps {
  /** Undefined: not there yet. */
  readonly overview: Overview | undefined;
}

export function StorageCard({ overview }: PartProps): ReactNode {
  if (overview === undefined)
    return (
      <Card title="Storage">
        <Waiting lines={4} />
      </Card>
    );
  const { storage, usage, repositories, tags } = overview;
  const { bytes, diskFree, diskTotal } = storage;
  const unused = usage === null ? 0 : usage.tags.idle + usage.tags.never;
  return (
    <Card
      title={`${formatBytes(bytes)} in repositories`}
      action={
        <Link to="/repositories" search={{ sort: "-bytes" }}>
          Repositories
        </Link>
      }
    >
      {diskFree === null || diskTotal === null ? (
        <Unknown>How full the disk is, is not known.</Unknown>
      ) : (
        <>
          <div className={styles.disk} aria-hidden="true">
            <span style={{ width: `${(1 - diskFree / diskTotal) * 100}%` }} />
          </div>
          <p>
            Disk {formatShare(diskTotal - diskFree, diskTotal)} full, {formatBytes(diskFree)} of {formatBytes(diskTotal)} free
          </p>
        </>
      )}
      <p>
        {formatOf(repositories, "repository", "repositories")}, {formatOf(tags, "tag")}; what repositories share is stored once
        and counted in each
      </p>
      {usage !== null && unused > 0 && (
        <p>
          <Link to="/tags" search={{ usage: "idle,never", sort: "-bytes" }}>
            {formatOf(unused, "tag")} idle or never pulled
          </Link>
          : {formatBytes(usage.bytes.idle + usage.bytes.never)}, what images share counted with each
        </p>
      )}
    </Card>
  );
}

/** Administrators see it in any case, so that what stands beside it does not move when the answer comes. */
export function RegistriesCard(): ReactNode {
  const { data, error, refetch } = useQuery(registries());
  const isAdmin = useSession()?.may.admin === true;
  const isNone = data === undefined || data.items.length === 0;
  if (isNone && error === null && !isAdmin) return null;
  return (
    <Card title="Other registries" action={!isNone && <Link to="/x">All</Link>}>
      {isNone &&
        error === null &&
        (data === undefined ? (
          <Waiting lines={3} />
        ) : (
          <Unknown>
            None yet. What another registry has can be seen beside what is here: <Link to="/x">how to add one</Link>.
          </Unknown>
        ))}
      {error !== null && <ProblemPanel error={error} what="load the registries" retry={() => void refetch()} />}
      <ul className={styles.registries}>
        {data?.items.map(({ name, host, health, limit }) => (
          <li key={name}>
            <span>
              <Link to={`/x/${encodeURIComponent(name)}`}>{name}</Link> <span className={styles.host}>{host}</span>
            </span>
            <span>{formatBudget({ limit })}</span>
            {health?.state === "failing" && <span className={styles.failing}>{health.sentence}</span>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
