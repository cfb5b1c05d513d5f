// Is it used? The whole registry at a glance; every number leads to what it is made of.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import type { Overview } from "../../wire/overview.ts";
import { useStatus } from "../ask/live.ts";
import { overview as askOverview, registries } from "../ask/queries.ts";
import { AttentionList } from "../parts/attention.tsx";
import { Card, Cards, Unknown, Waiting } from "../parts/cards.tsx";
import { FirstRun } from "../parts/first-run.tsx";
import { Page } from "../parts/page.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { UsageBar } from "../parts/usage-bar.tsx";
import { UsageDot } from "../parts/usage-sign.tsx";
import { formatBytes, formatCount, formatOf, formatShare } from "../show/count.ts";
import { sayUsage } from "../show/usage-sums.ts";
import { usageNames } from "../show/usage.ts";
import { TagTable } from "./home-cards.tsx";
import { PullsCard } from "./home-pulls.tsx";
import styles from "./home.module.css";

export function HomePage(): ReactNode {
  const { data, error, refetch } = useQuery(askOverview());
  // Once begun it stays until its reader goes on: what it waits for is what fills this page.
  const [firstRun, setFirstRun] = useState<"running" | "left">();
  if (data?.repositories === 0 && firstRun === undefined) setFirstRun("running");
  if (firstRun === "running") {
    const leave = (): void => {
      setFirstRun("left");
      void refetch();
    };
    return (
      <Page title="Nothing here yet" name="Home">
        <FirstRun leave={leave} />
      </Page>
    );
  }
  return (
    <Page title="Is it used?" name="Home">
      {error !== null && <ProblemPanel error={error} what="load the overview" retry={() => void refetch()} />}
      <UsageSection overview={data} />
      <Cards>
        <PullsCard overview={data} />
        <Card title="Needs attention">
          {data === undefined ? <Waiting lines={2} /> : <AttentionList matters={data.attention} />}
        </Card>
        <StorageCard overview={data} />
        <RegistriesCard />
        <Card title="Most pulled in 7 days" action={<Link to="/activity">More</Link>}>
          {data === undefined ? <Waiting lines={5} /> : <MostPulled overview={data} />}
        </Card>
        <Card
          title="Just pushed"
          action={
            <Link to="/tags" search={{ sort: "-pushedAt" }}>
              More
            </Link>
          }
        >
          {data === undefined ? <Waiting lines={5} /> : <JustPushed overview={data} />}
        </Card>
        <Card
          title="Largest that nobody uses"
          action={
            <Link to="/tags" search={{ usage: "idle,never", sort: "-bytes" }}>
              More
            </Link>
          }
        >
          {data === undefined ? <Waiting lines={5} /> : <IdleLargest overview={data} />}
        </Card>
      </Cards>
    </Page>
  );
}

function UsageSection({ overview }: { overview: Overview | undefined }): ReactNode {
  const status = useStatus();
  if (overview === undefined) return <Waiting lines={3} />;
  const { usage } = overview;
  if (usage === null) {
    return (
      <Unknown>
        {status?.features.pulls === false
          ? "Not known: pulls are not counted here."
          : `Not known yet: its ${formatOf(overview.tags, "tag")} are being counted.`}
      </Unknown>
    );
  }
  return (
    <section aria-label="Usage of tags">
      <p className={styles.answer}>{sayUsage(usage.tags, status?.idleAfterDays)}</p>
      <UsageBar tags={usage.tags} bytes={usage.bytes} />
    </section>
  );
}

function StorageCard({ overview }: { overview: Overview | undefined }): ReactNode {
  if (overview === undefined)
    return (
      <Card title="Storage">
        <Waiting lines={3} />
      </Card>
    );
  const { storage, usage, repositories, tags } = overview;
  const { bytes, diskFree, diskTotal } = storage;
  const unused = usage === null ? undefined : usage.bytes.idle + usage.bytes.never;
  return (
    <Card
      title={`${formatBytes(bytes)} stored`}
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
        {formatOf(repositories, "repository", "repositories")}, {formatOf(tags, "tag")}
      </p>
      {unused !== undefined && unused > 0 && (
        <p>
          <Link to="/tags" search={{ usage: "idle,never", sort: "-bytes" }}>
            {formatBytes(unused)} in images that nobody uses
          </Link>
          , what they share with others included
        </p>
      )}
    </Card>
  );
}

function MostPulled({ overview }: { overview: Overview }): ReactNode {
  if (overview.topPulled.length === 0) return <Unknown>Nothing was pulled by a tag.</Unknown>;
  const rows = overview.topPulled.map(({ pulls, ...tag }) => ({ ...tag, figure: formatCount(pulls) }));
  return <TagTable label="Most pulled in 7 days" head="Pulls" rows={rows} />;
}

function JustPushed({ overview }: { overview: Overview }): ReactNode {
  if (overview.recent.length === 0) return <Unknown>Nothing was pushed.</Unknown>;
  const rows = overview.recent.map(({ repository, tag, pushedAt, by }) => ({
    repository,
    tag,
    figure: by === null ? <TimeTip time={pushedAt} /> : <TimeTip time={pushedAt} note={`by ${by}`} />,
  }));
  return <TagTable label="Just pushed" head="Pushed" rows={rows} />;
}

function IdleLargest({ overview }: { overview: Overview }): ReactNode {
  if (overview.idleLargest.length === 0) return <Unknown>No image is known to be unused.</Unknown>;
  const rows = overview.idleLargest.map(({ repository, tag, bytes, state }) => ({
    repository,
    tag,
    figure: (
      <span className={styles.figure}>
        <UsageDot state={state} />
        <span>{usageNames[state]}</span>
        {formatBytes(bytes)}
      </span>
    ),
  }));
  return <TagTable label="Largest that nobody uses" head="Usage and size" rows={rows} />;
}

function RegistriesCard(): ReactNode {
  const { data, error, refetch } = useQuery(registries());
  if (error === null && (data === undefined || data.items.length === 0)) return null;
  return (
    <Card title="Other registries" action={<Link to="/x">All</Link>}>
      {error !== null && <ProblemPanel error={error} what="load the registries" retry={() => void refetch()} />}
      <ul className={styles.registries}>
        {data?.items.map(({ name, host, health, limit }) => (
          <li key={name}>
            <span>
              <Link to={`/x/${encodeURIComponent(name)}`}>{name}</Link> <span className={styles.host}>{host}</span>
            </span>
            <span>{sayBudget(limit)}</span>
            {health?.state === "failing" && <span className={styles.failing}>{health.sentence}</span>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function sayBudget(limit: { limit: number | null; remaining: number | null } | null): string {
  if (limit?.remaining == null) return "";
  return `${formatCount(limit.remaining)}${limit.limit === null ? "" : ` of ${formatCount(limit.limit)}`} pulls left`;
}
