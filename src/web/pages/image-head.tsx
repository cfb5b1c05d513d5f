// What an image is, in a few words: its kind, whether it is signed and used, its digest, its other names, who pushed it and when.

import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { CopyButton } from "../parts/copy.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { UsageText } from "../parts/usage-sign.tsx";
import { formatBytes, formatOf } from "../show/count.ts";
import type { Place } from "../show/place.ts";
import { isBuildDate } from "../show/time.ts";
import styles from "./image.module.css";

const shownTags = 3;

export function ImageHead({ place, manifest }: { place: Place; manifest: ManifestAnswer }): ReactNode {
  const { digest, usage, referrers, bytes } = manifest;
  const signatures = referrers?.items.filter(({ kind, depth }) => kind === "signature" && depth === 1).length ?? 0;
  return (
    <div className={styles.head}>
      <p className={styles.line}>
        <span>{whatIs(manifest)}</span>
        {bytes !== null && <span className="num">{formatBytes(bytes)}</span>}
        {signatures > 0 && <span>signed (not verified here)</span>}
        {manifest.tag?.immutable === true && <span>kept where it is by a rule</span>}
        <span className={styles.usage}>
          {usage?.state === "used" && "last used"}
          {usage === null ? <span className={styles.dim}>usage not known</span> : <UsageText usage={usage} />}
        </span>
      </p>
      <p className={styles.line}>
        <span className={styles.digest}>
          <span className="mono">{digest}</span>
          <CopyButton text={digest} what="the digest" />
        </span>
      </p>
      <p className={`${styles.line} ${styles.dim}`}>
        <OtherTags place={place} manifest={manifest} />
        <Pushed manifest={manifest} />
        <Built manifest={manifest} />
      </p>
    </div>
  );
}

/** `index, 3 platforms`; `image for linux/amd64`; `Helm chart` */
function whatIs({ kind, mediaType, artifactType, platforms, children }: ManifestAnswer): string {
  if (kind === "index" || children.length > 0) return `index, ${formatOf(children.length, "platform")}`;
  if (kind === "chart") return "Helm chart";
  if (kind === "artifact") return `artifact, ${artifactType ?? mediaType}`;
  return platforms.length === 0 ? "image" : `image for ${platforms.join(", ")}`;
}

function OtherTags({
  place: { registry, repository, tag },
  manifest: { tags },
}: {
  place: Place;
  manifest: ManifestAnswer;
}): ReactNode {
  if (tags === null) return null;
  const others = tags.names.filter((name) => name !== tag).slice(0, shownTags);
  const more = tags.count - others.length - (tag === undefined ? 0 : 1);
  if (others.length === 0) return tag === undefined ? <span>without a tag</span> : null;
  return (
    <span>
      {tag === undefined ? "tagged " : "also "}
      {others.map((name, at) => (
        <span key={name}>
          {at > 0 && ", "}
          <PlaceLink place={{ registry, repository, tag: name }}>{name}</PlaceLink>
        </span>
      ))}
      {more > 0 && ` and ${formatOf(more, "more", "more")}`}
    </span>
  );
}

function Pushed({ manifest: { tag, pushedAt } }: { manifest: ManifestAnswer }): ReactNode {
  const at = tag?.pushedAt ?? pushedAt;
  if (at === null) return <span>when it was pushed is not known</span>;
  return (
    <span>
      pushed <TimeTip time={at} />
      {tag?.by != null && ` by ${tag.by}`}
    </span>
  );
}

/** The image says so itself, and tools for reproducible builds say 1970. */
function Built({ manifest: { builtAt } }: { manifest: ManifestAnswer }): ReactNode {
  if (builtAt === null) return null;
  if (!isBuildDate(builtAt)) return <span>build time not set</span>;
  return (
    <span>
      built <TimeTip time={builtAt} note="As the image itself says" />
    </span>
  );
}
