// Another registry tells names only: an order by anything else needs every tag to be read, which takes about as many requests as there
// are tags. So it is asked first, can be watched, and can be stopped; what was read is remembered by the server.

import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import type { TagItem } from "../../wire/tags.ts";
import { tagDetails } from "../ask/queries.ts";
import type { Blocks } from "../grid/use-blocks.ts";
import { formatExact, formatOf } from "../show/count.ts";
import { unreadNames } from "../show/tag-unread.ts";
import type { TagScope } from "../show/tag-query.ts";
import styles from "./read-all.module.css";

/** So few are read without asking. */
const few = 50;

export function needsReading({ registry }: TagScope, sort: string, total: number): boolean {
  return registry !== undefined && total > few && /^-?(?:digest|bytes|builtAt)$/.test(sort);
}

interface ReadAllProps {
  readonly scope: TagScope;
  readonly blocks: Blocks<TagItem>;
  readonly onDone: () => void;
  readonly onStop: () => void;
}

export function ReadAll({ scope: { registry, repository }, blocks, onDone, onStop }: ReadAllProps): ReactNode {
  const client = useQueryClient();
  const [read, setRead] = useState<number>();
  const [failure, setFailure] = useState("");
  const [reading, setReading] = useState<AbortController>();
  const total = blocks.total ?? 0;
  useEffect(() => () => reading?.abort(), [reading]);
  const start = async (): Promise<void> => {
    const controller = new AbortController();
    const { signal } = controller;
    setReading(controller);
    setFailure("");
    setRead(0);
    try {
      const rows = await blocks.load(0, total - 1, signal);
      const batches = unreadNames((index) => rows[index], 0, rows.length - 1);
      let done = rows.length - batches.flat().length;
      for (const names of batches) {
        signal.throwIfAborted();
        setRead(done);
        await client.fetchQuery({ ...tagDetails({ registry, repository, tags: names }), staleTime: Infinity });
        done += names.length;
      }
      signal.throwIfAborted();
      onDone();
    } catch (error) {
      if (signal.aborted) return; // Nobody is there to be told: it was stopped.
      setRead(undefined);
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div className={styles.bar} role="region" aria-label="Reading all tags">
      <span role="status">
        {read === undefined
          ? `This order needs all ${formatExact(total)} tags to be read: about ${formatOf(total, "request")} to the registry.`
          : `${formatExact(read)} of ${formatExact(total)} read`}
        {failure !== "" && ` It stopped: ${failure}`}
      </span>
      {read === undefined && (
        <Button size="xs" variant="default" onClick={() => void start()}>
          {failure === "" ? "Read" : "Go on"}
        </Button>
      )}
      <Button size="xs" variant="subtle" color="gray" onClick={onStop}>
        {read === undefined ? "Cancel" : "Stop"}
      </Button>
    </div>
  );
}
