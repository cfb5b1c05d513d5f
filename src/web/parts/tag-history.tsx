// Where a tag stood, and when: one row for each image, the latest first, over all lives of its name. A deleted tag can be put back.

import { Button, Table } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { TagHistoryAnswer } from "../../wire/tags.ts";
import { AskError } from "../ask/ask-error.ts";
import { tagHistory } from "../ask/queries.ts";
import { restoreTag } from "../ask/tag-changes.ts";
import { formatBytes } from "../show/count.ts";
import { shortDigest } from "../show/place.ts";
import { Empty } from "./empty.tsx";
import { PlaceLink } from "./place-link.tsx";
import { ProblemPanel } from "./problem.tsx";
import { TimeTip } from "./time-tip.tsx";

const shownRows = 100;

interface TagHistoryProps {
  readonly repository: string;
  readonly tag: string;
  readonly mayRestore: boolean;
}

export function TagHistory({ repository, tag, mayRestore }: TagHistoryProps): ReactNode {
  const client = useQueryClient();
  // What stood there of another tag is no history of this one.
  const { placeholderData: _, ...asked } = tagHistory(repository, tag, { limit: shownRows });
  const { data, error, refetch } = useQuery(asked);
  const restoring = useMutation({
    mutationFn: () => restoreTag(repository, tag),
    onSuccess: () => client.invalidateQueries(),
  });
  if (error instanceof AskError && error.isMissing) {
    return <Empty kind="no match" title={`There never was a tag ${tag} here`} />;
  }
  if (error !== null) return <ProblemPanel error={error} what={`load the history of ${tag}`} retry={() => void refetch()} />;
  if (data === undefined) return null;
  const latest = data.items[0];
  return (
    <>
      {restoring.error !== null && <ProblemPanel error={restoring.error} what={`restore ${tag}`} />}
      <Table.ScrollContainer minWidth={640} maxHeight={600} scrollAreaProps={{ type: "auto" }}>
        <Table aria-label={`History of ${tag}`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Image</Table.Th>
              <Table.Th>Size</Table.Th>
              <Table.Th>From</Table.Th>
              <Table.Th>Until</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th>Then</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map((item) => (
              <Table.Tr key={`${item.startedAt} ${item.digest}`}>
                <Table.Td className="mono">
                  <PlaceLink place={{ repository, digest: item.digest }}>{shortDigest(item.digest)}</PlaceLink>
                </Table.Td>
                <Table.Td className="num">{formatBytes(item.bytes)}</Table.Td>
                <Table.Td>
                  <TimeTip time={item.startedAt} />
                </Table.Td>
                <Table.Td>{item.endedAt === null ? "now" : <TimeTip time={item.endedAt} />}</Table.Td>
                <Table.Td>{item.by ?? "not known"}</Table.Td>
                <Table.Td>
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
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {data.nextCursor !== undefined && <p>The latest {shownRows} images; the API has the ones before.</p>}
    </>
  );
}

function endOf({ endedAt, endReason }: TagHistoryAnswer["items"][number]): string {
  if (endedAt === null) return "is there";
  return { moved: "moved to another image", deleted: "deleted" }[endReason ?? ""] ?? endReason ?? "ended";
}
