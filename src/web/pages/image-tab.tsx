// The views of an image; of an index some show one of its platforms.

import { lazy, Suspense, type ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { Layers } from "./image-layers.tsx";
import { Platforms } from "../parts/platforms.tsx";
import { Raw } from "../parts/raw.tsx";
import { Referrers } from "../parts/referrers.tsx";
import { formatBytes, formatOf } from "../show/count.ts";
import type { Place } from "../show/place.ts";
import { ImageOverview } from "./image-overview.tsx";
import { OfPlatform, type ShownImage } from "./image-platform.tsx";
import { ImagePulls } from "./image-pulls.tsx";
import { LinesSkeleton } from "./image-skeleton.tsx";
import styles from "./image.module.css";

export const imageViews = ["overview", "layers", "platforms", "referrers", "activity", "raw"] as const;
export type ImageView = (typeof imageViews)[number];

const ImageActivity = lazy(async () => ({ default: (await import("./activity-view.tsx")).ImageActivity }));

interface ImageTabProps {
  readonly view: ImageView;
  readonly place: Place;
  readonly data: ManifestAnswer;
  readonly shown: ShownImage;
  /** Whether the address names one: until then the bytes are those of the index. */
  readonly isPlatformAsked: boolean;
  readonly isRevealed: boolean;
  readonly onReveal: (reveal: boolean) => void;
}

export function ImageTab({ view, place, data, shown, isPlatformAsked, isRevealed, onReveal }: ImageTabProps): ReactNode {
  switch (view) {
    case "overview":
      return <ImageOverview {...{ place, data, shown, isRevealed, onReveal }} />;
    case "layers":
      return <OfPlatform shown={shown}>{(image) => <LayersOf image={image} />}</OfPlatform>;
    case "platforms":
      return data.children.length === 0 ? (
        <p className={styles.note}>{noPlatforms(data)}</p>
      ) : (
        <Platforms place={place} items={data.children} />
      );
    case "referrers":
      return <Referrers place={place} manifest={data} />;
    case "activity":
      // Our own numbers of the same name are those of another image.
      return place.registry !== undefined ? (
        <ImagePulls manifest={data} />
      ) : (
        <Suspense fallback={<LinesSkeleton lines={8} />}>
          <ImageActivity place={place} />
        </Suspense>
      );
    case "raw":
      return isPlatformAsked ? (
        <OfPlatform shown={shown}>{(image) => <RawOf place={place} image={image} />}</OfPlatform>
      ) : (
        <RawOf place={place} image={data} />
      );
  }
}

function LayersOf({ image }: { image: ManifestAnswer }): ReactNode {
  const { layers } = image;
  if (layers.length === 0) return <p className={styles.note}>It has no layers.</p>;
  const bytes = layers.reduce((sum, { size }) => sum + size, 0);
  return (
    <>
      <p className={styles.note}>
        {formatOf(layers.length, "layer")}, {formatBytes(bytes)} compressed, the lowest first. A layer that others share is stored
        once.
      </p>
      <Layers manifest={image} />
    </>
  );
}

function RawOf({ place, image: { digest, size, raw } }: { place: Place; image: ManifestAnswer }): ReactNode {
  return <Raw place={place} digest={digest} size={size} text={raw} />;
}

function noPlatforms({ kind, platforms }: ManifestAnswer): string {
  if (kind === "index") return "This index lists no images.";
  return platforms.length === 0
    ? "It is not made for a platform."
    : `It is one image, for ${platforms.join(", ")}, and no index of several.`;
}
