// The platforms of an index: each with its own image, size and pulls, or said not to be here.

import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { formatBytes, formatExact } from "../show/count.ts";
import { shortDigest, type Place } from "../show/place.ts";
import { CopyButton } from "./copy.tsx";
import { Bounded } from "./image-facts.tsx";
import { PlaceLink } from "./place-link.tsx";
import styles from "./platforms.module.css";
import { TimeTip } from "./time-tip.tsx";

export type Child = ManifestAnswer["children"][number];

/** What a child is called: its platform, or the beginning of its digest where the index names none. */
export function platformName({ platform, digest }: Child): string {
  return platform ?? `no platform, ${shortDigest(digest)}`;
}

export function Platforms({ place, items }: { place: Place; items: readonly Child[] }): ReactNode {
  return (
    <Bounded items={items} noun="platforms" shown={100}>
      {(shown) => (
        <div className={styles.scroll}>
          <Table className={styles.table ?? ""}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Platform</Table.Th>
                <Table.Th className={styles.digest ?? ""}>Digest</Table.Th>
                <Table.Th className="num">Size</Table.Th>
                <Table.Th className="num">Pulls</Table.Th>
                <Table.Th>Last pulled</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((child) => (
                <Row key={`${child.platform} ${child.digest}`} place={place} child={child} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Bounded>
  );
}

function Row({ place: { registry, repository }, child }: { place: Place; child: Child }): ReactNode {
  const { digest, bytes, present, pulls } = child;
  const name = platformName(child);
  return (
    <Table.Tr>
      <Table.Th scope="row">
        {present === false ? name : <PlaceLink place={{ registry, repository, digest }}>{name}</PlaceLink>}
      </Table.Th>
      <Table.Td className={styles.digest ?? ""}>
        <span className="mono">{shortDigest(digest)}</span>
        <CopyButton text={digest} what={`the digest of ${name}`} />
      </Table.Td>
      {present === false ? (
        <Table.Td className={`num ${styles.absent}`}>absent: not cached</Table.Td>
      ) : (
        <Table.Td className="num" title={bytes === null ? undefined : `${formatExact(bytes)} bytes`}>
          {bytes === null ? "not known" : formatBytes(bytes)}
        </Table.Td>
      )}
      <Table.Td className="num">{pulls.count === null ? "not known" : formatExact(pulls.count)}</Table.Td>
      <Table.Td>
        {pulls.lastPulledAt !== null ? <TimeTip time={pulls.lastPulledAt} /> : pulls.count === null ? "not known" : "not pulled"}
      </Table.Td>
    </Table.Tr>
  );
}
