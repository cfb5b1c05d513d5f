// What one chose for this browser, and what the server was started with. Nothing of the server is changed here.

import { Anchor, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useState, type ReactNode } from "react";
import type { SettingsAnswer } from "../../wire/settings.ts";
import { useSession, useStatus } from "../ask/live.ts";
import { pulls, settings } from "../ask/queries.ts";
import { Card } from "../parts/cards.tsx";
import { CodedText } from "../parts/coded-text.tsx";
import { CopyButton } from "../parts/copy.tsx";
import { Page } from "../parts/page.tsx";
import { PreferencesForm } from "../parts/preferences-form.tsx";
import { useTool } from "../parts/pull-commands-source.ts";
import { SmallList, type SmallColumn } from "../parts/small-list.tsx";
import { TextFilter } from "../parts/text-filter.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { formatOf } from "../show/count.ts";
import { formatUtc } from "../show/time.ts";
import { tools, type Tool } from "../show/pull-commands.ts";
import styles from "./settings.module.css";

export function SettingsPage(): ReactNode {
  const session = useSession();
  return (
    <Page title="Settings" name="Settings" reading>
      <Card title="Mine, in this browser">
        <div className={styles.mine}>
          <PreferencesForm />
          <ToolChoice />
        </div>
      </Card>
      <ServerCard />
      {session?.may.admin === true && <SettingsList />}
      <LinksCard />
    </Page>
  );
}

function ToolChoice(): ReactNode {
  const [tool, setTool] = useTool();
  return (
    <NativeSelect
      label="Commands are shown for"
      size="sm"
      value={tool}
      onChange={(event) => setTool(event.currentTarget.value as Tool)}
      data={[...tools]}
    />
  );
}

const stores = { sqlite: "SQLite", postgres: "PostgreSQL", disk: "a folder on disk" } as const;

function ServerCard(): ReactNode {
  const status = useStatus();
  if (status === undefined) return null;
  const { version, startedAt, trackedSince, externalUrl, idleAfterDays, stores: kept } = status;
  const rows: readonly (readonly [string, ReactNode])[] = [
    ["Version", version],
    ["Started", <TimeTip key="started" time={startedAt} />],
    ["Clients reach it at", externalUrl === null ? "not known" : <Address key="address" url={externalUrl} />],
    [
      "Pulls are counted since",
      trackedSince === null ? "not at all: pulls.enabled is false" : <TimeTip key="since" time={trackedSince} />,
    ],
    ...(trackedSince === null ? [] : ([["Gaps in the counting", <Gaps key="gaps" />]] as const)),
    ["Idle is what nobody asked for within", formatOf(idleAfterDays, "day")],
    ["Facts are in", stores[kept.database]],
    ["Content is in", stores[kept.blobs]],
  ];
  return (
    <Card title="Server">
      <dl className={styles.facts}>
        {rows.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </Card>
  );
}

function Address({ url }: { readonly url: string }): ReactNode {
  return (
    <>
      <code>{url}</code> <CopyButton text={url} what="the address" />
    </>
  );
}

/** Times in which pulls were answered and not counted. */
function Gaps(): ReactNode {
  const { data, error } = useQuery(pulls({ all: true, interval: "month" }));
  if (data === undefined) return error === null ? "…" : `not known: ${error.message}`;
  if (data.gaps.length === 0) return "none";
  return (
    <ul className={styles.gaps}>
      {data.gaps.map(({ kind, from, to, reason }) => (
        <li key={`${kind} ${from}`}>
          <TimeTip time={from}>{minuteOf(from)}</TimeTip>
          {to === null ? (
            " UTC, still open"
          ) : (
            <>
              {" "}
              to <TimeTip time={to}>{minuteOf(to)}</TimeTip> UTC
            </>
          )}
          : {reason}
          {kind === "attribution" && " (counted, but perhaps not for their tag)"}
        </li>
      ))}
    </ul>
  );
}

function minuteOf(time: string): string {
  return formatUtc(time).slice(0, 16);
}

type Setting = SettingsAnswer["items"][number];
const columns: readonly SmallColumn<Setting>[] = [
  {
    name: "Setting",
    render: ({ key, sentence }) => (
      <>
        <code>{key}</code>
        <div className={styles.sentence}>
          <CodedText text={sentence} />
        </div>
      </>
    ),
  },
  { name: "Value", render: ({ value }) => (value === null ? "not set" : <code className={styles.value}>{value}</code>) },
  {
    name: "From",
    render: ({ source, origin }) => (
      <span className={styles.from} title={origin}>
        {source === "default" ? "default" : origin}
      </span>
    ),
  },
];

function SettingsList(): ReactNode {
  const query = useQuery(settings());
  const [text, setText] = useState("");
  const items = query.data?.items.filter(({ key, sentence }) => `${key} ${sentence}`.toLowerCase().includes(text.toLowerCase()));
  // The answer is whole: what is filtered here is all there is.
  const shown = { ...query, data: items && { items, total: items.length } } as typeof query & { data: typeof query.data };
  return (
    <Card title="Settings of the server" action={<TextFilter label="Filter settings" value={text} onChange={setText} />}>
      <SmallList
        query={shown}
        many="settings"
        one="setting"
        columns={columns}
        keyOf={({ key }) => key}
        isMuted={({ source }) => source === "default"}
        turn={() => undefined}
        clear={text === "" ? undefined : () => setText("")}
        nothingYet=""
      />
    </Card>
  );
}

function LinksCard(): ReactNode {
  const session = useSession();
  return (
    <Card title="More">
      <ul className={styles.links}>
        <li>
          <Anchor href="/docs">The API, described for people</Anchor>, and{" "}
          <Anchor href="/api/v1/openapi.json">for machines</Anchor>
        </li>
        {session?.visible === null && (
          <li>
            <Anchor href="/metrics">Numbers for Prometheus</Anchor>
          </li>
        )}
        <li>
          <Anchor href="/readyz">Whether it is ready</Anchor>
        </li>
        <li>
          Hythe is free software under the{" "}
          <Anchor href="https://www.apache.org/licenses/LICENSE-2.0" rel="noopener noreferrer">
            Apache License 2.0
          </Anchor>
          , and so are the <Anchor href="/ui/licences.txt">libraries of this page, under licences of their own</Anchor>
        </li>
      </ul>
    </Card>
  );
}
