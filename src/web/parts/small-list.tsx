// A list of at most some hundred rows a page, with its states: what is asked for, nothing yet, no match, what went wrong. On phones each
// row becomes a card. Long lists are the grid's.

import { Button, Group, Table, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState, type ReactNode } from "react";
import { formatOf } from "../show/count.ts";
import { Empty } from "./empty.tsx";
import { NoMatch } from "./no-match.tsx";
import { ProblemPanel } from "./problem.tsx";
import styles from "./small-list.module.css";

export interface SmallColumn<Item> {
  /** "" for the one of the actions. */
  readonly name: string;
  readonly render: (item: Item) => ReactNode;
  readonly isNumber?: boolean;
}

interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string | undefined;
  readonly prevCursor?: string | undefined;
  readonly total?: number | undefined;
}

interface SmallListProps<Item> {
  readonly query: UseQueryResult<PageOf<Item>>;
  /** For the caption and for what goes wrong: `users`; `one` of them: `user`. */
  readonly many: string;
  readonly one: string;
  readonly columns: readonly SmallColumn<Item>[];
  readonly keyOf: (item: Item) => string | number;
  readonly isMuted?: (item: Item) => boolean;
  readonly turn: (cursor: string | undefined) => void;
  /** Undefined: nothing is filtered. */
  readonly clear?: (() => void) | undefined;
  /** What to do when there is none. */
  readonly nothingYet: ReactNode;
}

const waitingRows = 5;

/** In the place of rows that take their time. */
function Rows({ columns }: { readonly columns: number }): ReactNode {
  return (
    <div className={styles.waiting} aria-busy="true" data-few={columns <= few || undefined}>
      {Array.from({ length: waitingRows + 1 }, (_, at) => `row ${at}`).map((row) => (
        <span key={row} />
      ))}
    </div>
  );
}

/** A page whose rows have gone leads to the first. */
function TurnBack({ columns, turn }: { readonly columns: number; readonly turn: () => void }): ReactNode {
  const onShown = useEffectEvent(turn);
  useEffect(() => onShown(), []);
  return <Rows columns={columns} />;
}

/** So many columns stand side by side on phones, too. */
const few = 2;

export function SmallList<Item>(props: SmallListProps<Item>): ReactNode {
  const { query, many, one, columns, keyOf, isMuted, clear, nothingYet } = props;
  const { data, error } = query;
  const [isTurned, setIsTurned] = useState(false);
  const turn = (cursor: string | undefined): void => {
    setIsTurned(cursor !== undefined);
    props.turn(cursor);
  };
  // The last row of this page has gone: there may be others before.
  if (isTurned && error === null && data?.items.length === 0) {
    return <TurnBack columns={columns.length} turn={() => turn(undefined)} />;
  }
  const problem = error !== null && <ProblemPanel error={error} what={`load the ${many}`} retry={() => void query.refetch()} />;
  if (data === undefined) return problem === false ? <Rows columns={columns.length} /> : problem;
  if (data.items.length === 0 && problem === false) {
    return clear === undefined ? (
      <Empty kind="nothing yet" title={`There are no ${many} yet`}>
        {nothingYet}
      </Empty>
    ) : (
      <NoMatch what={one} clear={clear} />
    );
  }
  return (
    <>
      {problem}
      <Table
        className={styles.table ?? ""}
        verticalSpacing={6}
        horizontalSpacing="sm"
        data-few={columns.length <= few || undefined}
        aria-busy={query.isFetching}
      >
        <caption className="sr-only">{many}</caption>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name, isNumber }) => (
              <Table.Th key={name} scope="col" data-number={isNumber}>
                {name === "" ? <span className="sr-only">Actions</span> : name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.items.map((item) => (
            <Table.Tr key={keyOf(item)} data-muted={isMuted?.(item) || undefined}>
              {columns.map(({ name, render, isNumber }) => (
                <Table.Td key={name} data-label={name} data-number={isNumber}>
                  {render(item)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group gap="sm" mt="sm">
        {data.total !== undefined && (
          <Text size="sm" c="dimmed" className="num">
            {formatOf(data.total, one, many)}
          </Text>
        )}
        {(data.prevCursor !== undefined || data.nextCursor !== undefined) && (
          <>
            <Button
              size="compact-sm"
              variant="default"
              disabled={data.prevCursor === undefined}
              onClick={() => turn(data.prevCursor)}
            >
              Page before
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              disabled={data.nextCursor === undefined}
              onClick={() => turn(data.nextCursor)}
            >
              Next page
            </Button>
          </>
        )}
      </Group>
    </>
  );
}
