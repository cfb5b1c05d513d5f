// Where a tag stood, and when: one row for each image, the latest first, over all lives of its name. A deleted tag can be put back.

import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { TagHistoryAnswer } from "../../wire/tags.ts";
import { AskError } from "../ask/ask-error.ts";
import { tagHistory } from "../ask/queries.ts";
import { restoreTag } from "../ask/tag-changes.ts";
import { formatBytes } from "../show/count.ts";
import { shortDigest } from "../show/place.ts";
import { Empty } from "./empty.tsx";
import { PlaceLink } from "./place-link.tsx";
import { ProblemPanel } from "./problem.tsx";
import { SmallList } from "./small-list.tsx";
import { TimeTip } from "./time-tip.tsx";

const shownRows = 50;

interface TagHistoryProps {
  readonly repository: string;
  readonly tag: string;
  readonly mayRestore: boolean;
}

export function TagHistory({ repository, tag, mayRestore }: TagHistoryProps): ReactNode {
  const client = useQueryClient();
  const [cursor, setCursor] = useState<string>();
  const query = useQuery(tagHistory(repository, tag, { limit: shownRows, cursor }));
  const restoring = useMutation({
    mutationFn: () => restoreTag(repository, tag),
    onSuccess: () => client.invalidateQueries(),
  });
  if (query.error instanceof AskError && query.error.isMissing) {
    return (
      <Empty kind="no match" title={`There never was a tag ${tag} here`}>
        Look at how its name is written, or choose one of the latest tags from the field above.
      </Empty>
    );
  }
  const latest = cursor === undefined ? query.data?.items[0] : undefined;
  return (
    <>
      {restoring.error !== null && <ProblemPanel error={restoring.error} what={`restore ${tag}`} />}
      <SmallList
        query={query}
        many={`history of ${tag}`}
        one="image"
        keyOf={({ startedAt, digest }) => `${startedAt} ${digest}`}
        turn={setCursor}
        nothingYet={null}
        columns={[
          {
            name: "Image",
            render: ({ digest }) => (
              <PlaceLink place={{ repository, digest }}>
                <span className="mono">{shortDigest(digest)}</span>
              </PlaceLink>
            ),
          },
          { name: "Size", isNumber: true, render: ({ bytes }) => formatBytes(bytes) },
          { name: "From", render: ({ startedAt }) => <TimeTip time={startedAt} /> },
          { name: "Until", render: ({ endedAt }) => (endedAt === null ? "now" : <TimeTip time={endedAt} />) },
          { name: "By", render: ({ by }) => by ?? "not known" },
          {
            name: "Then",
            render: (item) => (
              <>
                {endOf(item)}
                {item === latest && item.endReason === "deleted" && mayRestore && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    ml="xs"
                    loading={restoring.isPending}
                    onClick={() => restoring.mutate()}
                  >
                    Restore
                  </Button>
                )}
              </>
            ),
          },
        ]}
      />
    </>
  );
}

function endOf({ endedAt, endReason }: TagHistoryAnswer["items"][number]): string {
  if (endedAt === null) return "still there";
  return { moved: "moved to another image", deleted: "deleted" }[endReason ?? ""] ?? endReason ?? "ended";
}
