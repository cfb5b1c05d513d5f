// Of an index, which platform is looked at, and that platform's own image, which is a question of its own.

import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { manifest } from "../ask/queries.ts";
import { platformName, type Child } from "../parts/platforms.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { usual } from "../show/compare-platforms.ts";
import type { Place } from "../show/place.ts";
import { LinesSkeleton } from "./image-skeleton.tsx";
import styles from "./image.module.css";

/** What a view shows; without an image it is still asked for, absent, or refused. */
export interface ShownImage {
  readonly image: ManifestAnswer | undefined;
  readonly child: Child | undefined;
  readonly error: Error | undefined;
}

/** By its name in the address; else the usual one, else the first that is here. undefined: there are none. */
export function choosePlatform(items: readonly Child[], wanted: string | undefined): Child | undefined {
  const here = items.filter(({ present }) => present !== false);
  return (
    items.find((child) => platformName(child) === wanted) ??
    here.find(({ platform }) => platform === usual) ??
    here.find(({ platform }) => platform !== null) ??
    items[0]
  );
}

export function usePlatformImage({ registry, repository }: Place, child: Child | undefined, reveal = false): ShownImage {
  const { data, error } = useQuery({
    ...manifest(repository, child?.digest ?? "none", registry, reveal),
    enabled: child !== undefined && child.present !== false,
  });
  // While another platform is asked for, the cache still holds out the one before.
  const image = data?.digest === child?.digest ? data : undefined;
  return { image, child, error: error ?? undefined };
}

interface PlatformSelectProps {
  readonly items: readonly Child[];
  readonly chosen: Child | undefined;
  /** What "none of them" is called, where that can be chosen: `onChoose` gets undefined. */
  readonly none?: string | undefined;
  readonly onChoose: (name: string | undefined) => void;
}

export function PlatformSelect({ items, chosen, none, onChoose }: PlatformSelectProps): ReactNode {
  const names = [...new Set(items.map(platformName))];
  const first = none === undefined ? [] : [{ value: "", label: none }];
  return (
    <NativeSelect
      aria-label="Platform"
      size="xs"
      data={[...first, ...names]}
      value={chosen === undefined ? "" : platformName(chosen)}
      onChange={(event) => onChoose(event.currentTarget.value || undefined)}
    />
  );
}

/** The image of the chosen platform, or why there is none. */
export function OfPlatform({
  shown: { image, child, error },
  children,
}: {
  shown: ShownImage;
  children: (image: ManifestAnswer) => ReactNode;
}): ReactNode {
  if (image !== undefined) return children(image);
  const name = child === undefined ? "this platform" : platformName(child);
  if (child?.present === false)
    return <p className={styles.note}>The image for {name} is absent: not cached, or never pushed.</p>;
  if (error !== undefined) return <ProblemPanel error={error} what={`load the image for ${name}`} />;
  return <LinesSkeleton lines={6} />;
}
