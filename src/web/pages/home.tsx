// Is it used? The whole registry at a glance; every number leads to what it is made of.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useStatus } from "../ask/live.ts";
import { liveMs, overview as askOverview } from "../ask/queries.ts";
import { AttentionList } from "../parts/attention.tsx";
import { Card, Cards, Unknown } from "../parts/cards.tsx";
import { Page } from "../parts/page.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { UsageBar } from "../parts/usage-bar.tsx";
import { formatOf } from "../show/count.ts";
import { sayUsage } from "../show/usage-sums.ts";
import { Missing, type PartProps } from "./home-missing.tsx";
import { PullsCard } from "./home-pulls.tsx";
import { RegistriesCard, StorageCard } from "./home-storage.tsx";
import { IdleLargest, JustPushed, MostPulled } from "./home-tables.tsx";
import styles from "./home.module.css";

const FirstRun = lazy(async () => ({ default: (await import("../parts/first-run.tsx")).FirstRun }));
/** While usage is still being counted. */
const countingMs = 2000;

export function HomePage(): ReactNode {
  const { data, error, refetch } = useQuery({
    ...askOverview(),
    refetchInterval: ({ state }) => (state.data?.usage === null && state.data.pulls !== null ? countingMs : liveMs),
  });
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
        <Suspense>
          <FirstRun leave={leave} />
        </Suspense>
      </Page>
    );
  }
  return (
    <Page title="Is it used?" name="Home">
      {error !== null && <ProblemPanel error={error} what="load the overview" retry={() => void refetch()} />}
      <UsageSection overview={data} error={error} />
      <PullsCard overview={data} />
      <Cards>
        <Card title="Needs attention">
          {data === undefined ? <Missing lines={2} error={error} /> : <AttentionList matters={data.attention} />}
        </Card>
        <StorageCard overview={data} error={error} />
        <RegistriesCard />
      </Cards>
      <Cards>
        <Card title="Most pulled in 7 days" action={<Link to="/activity">More</Link>}>
          {data === undefined ? <Missing lines={5} error={error} /> : <MostPulled overview={data} />}
        </Card>
        <Card
          title="Just pushed"
          action={
            <Link to="/tags" search={{ sort: "-pushedAt" }}>
              More
            </Link>
          }
        >
          {data === undefined ? <Missing lines={5} error={error} /> : <JustPushed overview={data} />}
        </Card>
        <Card
          title="Largest that nobody uses"
          action={
            <Link to="/tags" search={{ usage: "idle,never", sort: "-bytes" }}>
              More
            </Link>
          }
        >
          {data === undefined ? <Missing lines={5} error={error} /> : <IdleLargest overview={data} />}
        </Card>
      </Cards>
    </Page>
  );
}

function UsageSection({ overview, error }: PartProps): ReactNode {
  const status = useStatus();
  if (overview === undefined) return <Missing lines={3} error={error} />;
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
