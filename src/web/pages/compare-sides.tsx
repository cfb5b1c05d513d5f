// The two that are compared, in numbers beside each other. Pulls of a tag and of an image are two figures, never one sum.

import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { CopyButton } from "../parts/copy.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { UsageText } from "../parts/usage-sign.tsx";
import { formatBytes, formatKnown } from "../show/count.ts";
import { shortDigest, type Place } from "../show/place.ts";
import { isBuildDate } from "../show/time.ts";
import styles from "./compare.module.css";

interface CompareSidesProps {
  readonly place: Place;
  readonly names: readonly [string, string];
  /** What was asked for, perhaps indexes. */
  readonly sides: readonly [ManifestAnswer, ManifestAnswer];
  /** Of the platform; undefined: not here, or not yet. */
  readonly images: readonly [ManifestAnswer | undefined, ManifestAnswer | undefined];
}

export function CompareSides({ place: { registry, repository }, names, sides, images }: CompareSidesProps): ReactNode {
  const row = (name: string, show: (side: ManifestAnswer, at: number) => ReactNode): ReactNode => (
    <Table.Tr key={name}>
      <Table.Th scope="row">{name}</Table.Th>
      <Table.Td>{show(sides[0], 0)}</Table.Td>
      <Table.Td>{show(sides[1], 1)}</Table.Td>
    </Table.Tr>
  );
  return (
    <Table className={styles.sides ?? ""} layout="fixed" horizontalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Td />
          <Heading name={names[0]} registry={registry} repository={repository} />
          <Heading name={names[1]} registry={registry} repository={repository} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {row("Digest", ({ digest }, at) => (
          <span className={styles.digest}>
            <span className="mono">{shortDigest(digest)}</span>
            <CopyButton text={digest} what={`the digest ${at === 0 ? "before" : "after"}`} />
          </span>
        ))}
        {row("Size", (_, at) => formatKnown(images[at]?.bytes, formatBytes))}
        {row("Pushed", ({ tag, pushedAt }) => formatTime(tag?.pushedAt ?? pushedAt))}
        {row("Built", (side, at) => {
          const builtAt = images[at]?.builtAt ?? side.builtAt;
          return builtAt !== null && !isBuildDate(builtAt) ? "not set" : formatTime(builtAt);
        })}
        {row("Usage", ({ usage }) => (usage === null ? "not known" : <UsageText usage={usage} />))}
        {row("Pulls of the tag", ({ tag }) => (tag === null ? "no tag was asked for" : formatKnown(tag.pulls.count)))}
        {row("Pulls of the image", ({ pulls }) => formatKnown(pulls.count))}
      </Table.Tbody>
    </Table>
  );
}

function Heading({ name, ...place }: Place & { name: string }): ReactNode {
  const isDigest = name.includes(":");
  return (
    <Table.Th scope="col">
      <PlaceLink place={{ ...place, ...(isDigest ? { digest: name } : { tag: name }) }}>
        {isDigest ? shortDigest(name) : name}
      </PlaceLink>
    </Table.Th>
  );
}

function formatTime(time: string | null): ReactNode {
  return time === null ? "not known" : <TimeTip time={time} />;
}
