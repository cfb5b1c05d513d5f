// What was pulled most in the time that is shown: a table whose bars are beside the numbers.

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { TopAnswer } from "../../wire/pulls-top.ts";
import { topPulls } from "../ask/queries.ts";
import type { Span } from "../chart/range.ts";
import { Card, Unknown, Waiting } from "../parts/cards.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { formatCount, formatExact } from "../show/count.ts";
import { shortDigest, type Place } from "../show/place.ts";
import styles from "./activity.module.css";

type Kind = TopAnswer["kind"];
const titles: Readonly<Record<Kind, string>> = { repository: "Top repositories", tag: "Top tags", digest: "Top images" };
const columns: Readonly<Record<Kind, string>> = { repository: "Repository", tag: "Tag", digest: "Digest" };
const shown = 10;

interface TopTableProps {
  readonly kind: Kind;
  /** Only in this repository. */
  readonly repository: string | undefined;
  /** `toMs` undefined: until now. */
  readonly span: { readonly fromMs: Span["fromMs"]; readonly toMs: Span["toMs"] | undefined };
}

export function TopTable({ kind, repository, span }: TopTableProps): ReactNode {
  const from = new Date(span.fromMs).toISOString();
  const to = span.toMs === undefined ? undefined : new Date(span.toMs).toISOString();
  const { data, error, refetch, isPlaceholderData } = useQuery(topPulls({ kind, repository, from, to, limit: shown }));
  const most = data?.items[0]?.pulls ?? 0;
  return (
    <Card title={titles[kind]}>
      {error !== null && (
        <ProblemPanel error={error} what={`load the ${titles[kind].toLowerCase()}`} retry={() => void refetch()} />
      )}
      {data === undefined && error === null && <Waiting lines={5} />}
      {data?.items.length === 0 && <Unknown>Nothing was pulled in this time.</Unknown>}
      {data !== undefined && data.items.length > 0 && (
        <table className={styles.top} aria-busy={isPlaceholderData}>
          <thead>
            <tr>
              <th scope="col">{columns[kind]}</th>
              <th scope="col">Pulls</th>
              <td aria-hidden="true" />
            </tr>
          </thead>
          <tbody>
            {data.items.map((item) => {
              const place: Place = { repository: item.repository, tag: item.tag ?? undefined, digest: item.digest ?? undefined };
              return (
                <tr key={`${item.repository} ${item.tag} ${item.digest}`}>
                  <th scope="row">
                    <PlaceLink place={place}>{nameOf(item, repository)}</PlaceLink>
                  </th>
                  <td className="num" title={formatExact(item.pulls)}>
                    {formatCount(item.pulls)}
                  </td>
                  <td className={styles.barCell} aria-hidden="true">
                    <span style={{ width: `${(item.pulls / most) * 100}%` }} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function nameOf({ repository, tag, digest }: TopAnswer["items"][number], within: string | undefined): string {
  if (digest !== null) return within === undefined ? `${repository}@${shortDigest(digest)}` : shortDigest(digest);
  if (tag === null) return repository;
  return within === undefined ? `${repository}:${tag}` : tag;
}
