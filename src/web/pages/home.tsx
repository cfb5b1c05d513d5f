// Is it used? The whole registry at a glance; every number leads to what it is made of.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useSession, useStatus } from "../ask/live.ts";
import { liveMs, overview as askOverview, repositories } from "../ask/queries.ts";
import { AttentionList } from "./home-attention.tsx";
import { Card, Cards, Unknown, Waiting } from "../parts/cards.tsx";
import { Page } from "../parts/page.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { UsageBar, UsageBarWaiting } from "../parts/usage-bar.tsx";
import { formatOf } from "../show/count.ts";
import { sayUsage } from "../show/usage-sums.ts";
import { PullsCard } from "./home-pulls.tsx";
import { RegistriesCard, StorageCard, type PartProps } from "./home-storage.tsx";
import { IdleLargest, JustPushed, MostPulled } from "./home-tables.tsx";
import styles from "./home.module.css";

const FirstRun = lazy(async () => ({ default: (await import("./home-first-run.tsx")).FirstRun }));
/** While usage is still being counted, and while something is waited for. */
const soonMs = 2000;

export function HomePage(): ReactNode {
  const { data, error, refetch } = useQuery({
    ...askOverview(),
    refetchInterval: ({ state }) => (state.data?.usage === null && state.data.pulls !== null ? soonMs : liveMs),
  });
  // Once begun it stays until its reader goes on: what it waits for is what fills this page.
  const [firstRun, setFirstRun] = useState<"running" | "left">();
  if (data?.repositories === 0 && firstRun === undefined) setFirstRun("running");
  if (firstRun === "running") {
    const leave = (): void => {
      setFirstRun("left");
      void refetch();
    };
    return <FirstRunPage leave={leave} />;
  }
  // Said once, above; the other cards fail alone.
  const isLacking = data === undefined && error !== null;
  return (
    <Page title="Is it used?" name="Home" focusKey={firstRun}>
      {error !== null && <ProblemPanel error={error} what="load the overview" retry={() => void refetch()} />}
      {!isLacking && <UsageSection overview={data} />}
      <PullsCard overview={data} />
      <Cards>
        {!isLacking && (
          <>
            <Card title="Needs attention">
              {data === undefined ? <Waiting lines={3} /> : <AttentionList matters={data.attention} />}
            </Card>
            <StorageCard overview={data} />
          </>
        )}
        <RegistriesCard />
      </Cards>
      {!isLacking && <TagCards overview={data} />}
    </Page>
  );
}

/** It turns by itself: its heading says whether something has come. */
function FirstRunPage({ leave }: { readonly leave: () => void }): ReactNode {
  const { data } = useQuery({ ...repositories({ limit: 1, sort: "-updatedAt" }), refetchInterval: soonMs });
  const seesAll = useSeesAll();
  const arrived = data?.items[0];
  const nothing = seesAll ? "Nothing here yet" : "There is no repository that you may see";
  return (
    <Page title={arrived === undefined ? nothing : "It arrived"} name="Home">
      <Suspense>
        <FirstRun arrived={arrived} leave={leave} />
      </Suspense>
    </Page>
  );
}

function TagCards({ overview }: PartProps): ReactNode {
  return (
    <Cards>
      <Card title="Most pulled in 7 days" action={<Link to="/activity">More</Link>}>
        {overview === undefined ? <Waiting lines={5} /> : <MostPulled overview={overview} />}
      </Card>
      <Card
        title="Just pushed"
        action={
          <Link to="/tags" search={{ sort: "-pushedAt" }}>
            More
          </Link>
        }
      >
        {overview === undefined ? <Waiting lines={5} /> : <JustPushed overview={overview} />}
      </Card>
      <Card
        title="Largest idle or never pulled"
        action={
          <Link to="/tags" search={{ usage: "idle,never", sort: "-bytes" }}>
            More
          </Link>
        }
      >
        {overview === undefined ? <Waiting lines={5} /> : <IdleLargest overview={overview} />}
      </Card>
    </Cards>
  );
}

/** Else there may be repositories of which this reader is not told. */
function useSeesAll(): boolean {
  const session = useSession();
  return session === undefined || session.open || session.visible === null;
}

function UsageSection({ overview }: PartProps): ReactNode {
  const status = useStatus();
  if (overview === undefined) return <UsageBarWaiting />;
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
