// What refers to an image, as a tree under it: signatures, lists of what is in it, attestations, and what refers to those.

import type { ReactNode } from "react";
import type { ManifestAnswer, ReferrerKind, WireReferrer } from "../../wire/manifests.ts";
import { formatBytes, formatOf } from "../show/count.ts";
import { shortDigest, type Place } from "../show/place.ts";
import { CopyButton } from "./copy.tsx";
import { LongText } from "./image-facts.tsx";
import { PlaceLink } from "./place-link.tsx";
import { rawPath } from "./raw.tsx";
import styles from "./referrers.module.css";
import { TimeTip } from "./time-tip.tsx";

const kinds: Readonly<Record<ReferrerKind, string>> = {
  signature: "Signature",
  sbom: "Bill of materials",
  attestation: "Attestation",
  other: "Other",
};
const ways: Readonly<Record<WireReferrer["via"], string | undefined>> = {
  subject: undefined,
  tag: "by the name of its tag",
  index: "in the index",
};

interface ReferrersProps {
  readonly place: Place;
  readonly manifest: ManifestAnswer;
}

export function Referrers({ place, manifest: { digest, children, referrers } }: ReferrersProps): ReactNode {
  if (referrers === null)
    return <p className={styles.none}>Not known: whoever holds this image does not say what refers to it.</p>;
  if (referrers.items.length === 0) return <p className={styles.none}>Nothing refers to this image.</p>;
  const platforms = new Map(children.map((child) => [child.digest, child.platform ?? shortDigest(child.digest)]));
  const top = referrers.items.filter(({ depth }) => depth === 1).length;
  const isWhole = referrers.count !== null && referrers.count <= top;
  return (
    <>
      {!isWhole && (
        <p className={styles.none}>
          {referrers.count === null
            ? "There are more than these."
            : `${formatOf(referrers.count, "referrer")} in all; these are the first.`}
        </p>
      )}
      <ul className={styles.tree} aria-label="Referrers">
        {referrers.items.map((item) => (
          <li key={item.digest} className={styles.item} data-depth={item.depth}>
            <Referrer place={place} item={item} of={item.subject === digest ? undefined : platforms.get(item.subject)} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** @param of platform of the child that it refers to */
function Referrer({
  place: { registry, repository },
  item,
  of,
}: {
  place: Place;
  item: WireReferrer;
  of: string | undefined;
}): ReactNode {
  const { digest, kind, artifactType, size, pushedAt, via } = item;
  const way = ways[via];
  // Builds mark their attestations as images, which says nothing.
  const type = artifactType !== null && !artifactType.includes("image.config") ? artifactType : undefined;
  return (
    <>
      <span className={styles.name}>
        <strong>{kinds[kind]}</strong>
        {type !== undefined && <LongText text={type} />}
      </span>
      <span className={styles.detail}>
        <PlaceLink place={{ registry, repository, digest }} className="mono">
          {shortDigest(digest)}
        </PlaceLink>
        <CopyButton text={digest} what="the digest of the referrer" />
        {of !== undefined && <span>of {of}</span>}
        {way !== undefined && <span>{way}</span>}
        <span className="num">{size === null ? "size not known" : formatBytes(size)}</span>
        {pushedAt !== null && (
          <span>
            pushed <TimeTip time={pushedAt} />
          </span>
        )}
        <a href={rawPath({ registry, repository }, digest)} download>
          Download<span className="sr-only"> manifest {shortDigest(digest)}</span>
        </a>
      </span>
    </>
  );
}
