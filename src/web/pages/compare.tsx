// Two images of one repository beside each other: which two, and for which platform, stands in the address.

import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { AskError } from "../ask/ask-error.ts";
import { liveMs, manifest } from "../ask/queries.ts";
import { Page } from "../parts/page.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { imageFor, platformChoices } from "../show/compare-platforms.ts";
import { shortDigest, type Place } from "../show/place.ts";
import { CompareChooser } from "./compare-chooser.tsx";
import { CompareDifferences } from "./compare-differences.tsx";
import { CompareSides } from "./compare-sides.tsx";
import { LinesSkeleton } from "./image-skeleton.tsx";
import styles from "./compare.module.css";

/** `place` without tag and digest. */
export function ComparePage({ place }: { place: Place }): ReactNode {
  const [search, change] = useSearchState();
  const { a, b, platform } = search;
  return (
    <Page
      title={
        <>
          Compare in <PlaceLink place={place} />
        </>
      }
      name={`Compare in ${place.repository}`}
      focusKey={`${a} ${b}`}
      reading
    >
      <CompareChooser key={`${a} ${b}`} place={place} a={a} b={b} onChoose={(chosen) => change(chosen)} />
      {a === undefined || b === undefined ? (
        <p className={styles.note}>
          Choose two tags or digests of this repository: what changed from one to the other is shown here.
        </p>
      ) : (
        <Compared
          place={place}
          a={a}
          b={b}
          platform={platform}
          onPlatform={(name) => change({ platform: name }, { replace: true })}
        />
      )}
    </Page>
  );
}

interface ComparedProps {
  readonly place: Place;
  readonly a: string;
  readonly b: string;
  readonly platform: string | undefined;
  readonly onPlatform: (name: string) => void;
}

function Compared({ place, a, b, platform, onPlatform }: ComparedProps): ReactNode {
  const { registry, repository } = place;
  const before = useQuery({ ...manifest(repository, a, registry), refetchInterval: liveMs });
  const after = useQuery({ ...manifest(repository, b, registry), refetchInterval: liveMs });
  const failed = [
    [a, before],
    [b, after],
  ] as const;
  const errors = failed.flatMap(([name, { error, data, refetch }]) =>
    error === null || data !== undefined
      ? []
      : [<Unanswered key={name} name={name} error={error} retry={() => void refetch()} />],
  );
  if (errors.length > 0) return errors;
  if (before.data === undefined || after.data === undefined) return <LinesSkeleton lines={10} />;
  const choices = platformChoices(before.data, after.data);
  const chosen = platform !== undefined && choices.includes(platform) ? platform : choices[0];
  return (
    <>
      {choices.length > 0 && (
        <NativeSelect
          className={styles.platform ?? ""}
          label="Platform"
          size="xs"
          data={choices}
          value={chosen ?? ""}
          onChange={(event) => onPlatform(event.currentTarget.value)}
        />
      )}
      <OfPlatform place={place} sides={[before.data, after.data]} names={[a, b]} platform={chosen} />
    </>
  );
}

interface OfPlatformProps {
  readonly place: Place;
  readonly sides: readonly [ManifestAnswer, ManifestAnswer];
  readonly names: readonly [string, string];
  readonly platform: string | undefined;
}

function OfPlatform({ place, sides, names, platform }: OfPlatformProps): ReactNode {
  const before = useImage(place, sides[0], platform);
  const after = useImage(place, sides[1], platform);
  const images = [before.image, after.image] as const;
  return (
    <>
      <CompareSides place={place} names={names} sides={sides} images={images} />
      {[before, after].map(({ why, error }, at) =>
        error !== null ? (
          <ProblemPanel key={names[at]} error={error} what={`load the image of ${nameOf(names[at]!)}`} />
        ) : (
          why !== undefined && (
            <p key={names[at]} className={styles.note} role="status">
              {nameOf(names[at]!)} {why}
            </p>
          )
        ),
      )}
      {images[0] !== undefined && images[1] !== undefined && <CompareDifferences before={images[0]} after={images[1]} />}
    </>
  );
}

/** @returns the image, or why there is none */
function useImage(
  { registry, repository }: Place,
  whole: ManifestAnswer,
  platform: string | undefined,
): { image: ManifestAnswer | undefined; why?: string | undefined; error: Error | null } {
  const found = imageFor(whole, platform);
  const child = found === "itself" ? undefined : found;
  const { data, error } = useQuery({
    ...manifest(repository, child?.digest ?? "none", registry),
    enabled: child !== undefined && child.present !== false,
  });
  if (found === "itself") return { image: whole, error: null };
  if (child === undefined) return { image: undefined, why: `has no image for ${platform ?? "this platform"}.`, error: null };
  if (child.present === false) return { image: undefined, why: `has an image for ${platform}, but it is not here.`, error: null };
  return { image: data?.digest === child.digest ? data : undefined, error };
}

function Unanswered({ name, error, retry }: { name: string; error: Error; retry: () => void }): ReactNode {
  if (error instanceof AskError && error.isMissing) {
    return (
      <p className={styles.note} role="status">
        There is no {name.includes(":") ? "image" : "tag"} {nameOf(name)} here, or you may not see it. Choose another one.
      </p>
    );
  }
  return <ProblemPanel error={error} what={`load ${nameOf(name)}`} retry={retry} />;
}

/** A tag as it is, a digest short. */
function nameOf(reference: string): string {
  return reference.includes(":") ? shortDigest(reference) : reference;
}
