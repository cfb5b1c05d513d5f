// The first view of an image: how to pull it, how it was pulled, what it runs, and what holds it.

import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { platformName } from "../parts/platforms.tsx";
import { Bounded, Facts, Pairs, Section, type Fact } from "../parts/image-facts.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { PullCommands } from "../parts/pull-commands.tsx";
import { formatBytes, formatExact, formatOf } from "../show/count.ts";
import { shortDigest, type Place } from "../show/place.ts";
import { ImageConfig } from "./image-config.tsx";
import { OfPlatform, type ShownImage } from "./image-platform.tsx";
import { ImagePulls } from "./image-pulls.tsx";
import styles from "./image.module.css";

interface ImageOverviewProps {
  readonly place: Place;
  readonly data: ManifestAnswer;
  readonly shown: ShownImage;
  readonly isRevealed: boolean;
  readonly onReveal: (reveal: boolean) => void;
}

export function ImageOverview({ place, data, shown, isRevealed, onReveal }: ImageOverviewProps): ReactNode {
  const hasConfig = data.kind === "image" || data.kind === "index" || data.kind === null;
  const annotations = Object.entries(data.annotations);
  return (
    <div className={styles.overview}>
      <Section title="Pull">
        <PullCommands place={place} digest={data.digest} kind={data.kind} />
      </Section>
      <Section title="Pulls">
        <ImagePulls manifest={data} />
      </Section>
      {hasConfig && (
        <Section title={shown.child === undefined ? "Config" : `Config of ${platformName(shown.child)}`}>
          <OfPlatform shown={shown}>
            {(image) => <ImageConfig image={image} isRevealed={isRevealed} onReveal={onReveal} />}
          </OfPlatform>
        </Section>
      )}
      {annotations.length > 0 && (
        <Section title={data.kind === "index" ? "Annotations of the index" : "Annotations"}>
          <Pairs pairs={annotations} noun="annotations" />
        </Section>
      )}
      {place.registry === undefined && (
        <Section title="Held by">
          <Facts facts={holders(place.repository, data)} />
        </Section>
      )}
    </div>
  );
}

/** What keeps it in our registry, and what only it uses. */
function holders(repository: string, { tags, parents, freesBytes }: ManifestAnswer): Fact[] {
  return [
    {
      name: "Tags",
      value:
        tags === null ? (
          "not known"
        ) : tags.count === 0 ? (
          "none"
        ) : (
          <Names count={tags.count} names={tags.names} repository={repository} />
        ),
    },
    {
      name: "Indexes",
      value:
        parents === null ? (
          "not known"
        ) : parents.items.length === 0 ? (
          "none lists it"
        ) : (
          <Bounded items={parents.items} noun="indexes" shown={10}>
            {(shown) => (
              <ul className={styles.plain}>
                {shown.map(({ digest, tags: named }) => (
                  <li key={digest}>
                    <PlaceLink place={{ repository, digest }} className="mono">
                      {shortDigest(digest)}
                    </PlaceLink>
                    {named !== null && named.count > 0 && <> {named.names.slice(0, 3).join(", ")}</>}
                  </li>
                ))}
              </ul>
            )}
          </Bounded>
        ),
    },
    {
      name: "Only here",
      value:
        freesBytes === null ? (
          "not known"
        ) : freesBytes === 0 ? (
          "nothing: all of it is used elsewhere too"
        ) : (
          <span title={`${formatExact(freesBytes)} bytes`}>
            {formatBytes(freesBytes)} that nothing else in this registry uses
          </span>
        ),
    },
  ];
}

function Names({ count, names, repository }: { count: number; names: readonly string[]; repository: string }): ReactNode {
  return (
    <ul className={styles.inline}>
      {names.map((tag) => (
        <li key={tag}>
          <PlaceLink place={{ repository, tag }}>{tag}</PlaceLink>
        </li>
      ))}
      {count > names.length && <li>and {formatOf(count - names.length, "more", "more")}</li>}
    </ul>
  );
}
