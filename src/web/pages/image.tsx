// One image: the place of a tag or a digest. What it is and whether it is used stands above; the views below are in the address, and so is
// the platform of an index.

import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { AskError } from "../ask/ask-error.ts";
import { liveMs, manifest } from "../ask/queries.ts";
import { Empty } from "../parts/empty.tsx";
import { useViewKeys } from "../parts/keys.ts";
import { Page } from "../parts/page.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { formatPlace, shortDigest, type Place } from "../show/place.ts";
import type { Search } from "../show/search-params.ts";
import { ImageActions } from "./image-actions.tsx";
import { ImageHead } from "./image-head.tsx";
import { AlsoHere } from "./image-here.tsx";
import { ImageNotices, Notice } from "./image-notices.tsx";
import { choosePlatform, PlatformSelect, usePlatformImage, type ShownImage } from "./image-platform.tsx";
import { ImageSkeleton } from "./image-skeleton.tsx";
import { ImageTab, imageViews, type ImageView } from "./image-tab.tsx";
import styles from "./image.module.css";

/** `place` has a tag or a digest. */
export function ImagePage({ place }: { place: Place }): ReactNode {
  const [isRevealed, setRevealed] = useState(false);
  const { repository, registry } = place;
  const reference = place.tag ?? place.digest!;
  const { data, error, refetch } = useQuery({
    ...manifest(repository, reference, registry, isRevealed),
    refetchInterval: liveMs,
  });
  const title = place.digest === undefined ? formatPlace(place) : `${repository}@${shortDigest(place.digest)}`;
  if (data === undefined) {
    return (
      <Page title={title} name={title} reading>
        {error === null ? <ImageSkeleton /> : <Unanswered place={place} error={error} retry={() => void refetch()} />}
      </Page>
    );
  }
  return (
    <Page title={title} name={title} reading actions={<ImageActions place={place} manifest={data} />}>
      {error !== null && <NotRenewed error={error} retry={() => void refetch()} />}
      <Shown place={place} data={data} isRevealed={isRevealed} onReveal={setRevealed} />
    </Page>
  );
}

interface ShownProps {
  readonly place: Place;
  readonly data: ManifestAnswer;
  readonly isRevealed: boolean;
  readonly onReveal: (reveal: boolean) => void;
}

function Shown({ place, data, isRevealed, onReveal }: ShownProps): ReactNode {
  const [search, change] = useSearchState();
  const [opened] = useState(data.digest);
  const chosen = choosePlatform(data.children, search["platform"]);
  const platform = usePlatformImage(place, chosen, isRevealed);
  const shown: ShownImage = chosen === undefined ? { image: data, child: undefined, error: undefined } : platform;
  const view = imageViews.find((each) => each === search["view"]) ?? "overview";
  const show = (changes: Search): void => change(changes, { replace: true });
  const showView = (next: ImageView | null): void => show({ view: next === "overview" || next === null ? undefined : next });
  useViewKeys(imageViews, view, showView);
  // The bytes of an index are its own until a platform is asked for.
  const isPlatformAsked = chosen !== undefined && search["platform"] !== undefined;
  const isOfPlatform = chosen !== undefined && (view === "overview" || view === "layers" || view === "raw");
  return (
    <>
      <ImageHead place={place} manifest={data} />
      <ImageNotices place={place} manifest={data} opened={opened} />
      <AlsoHere registry={place.registry} digest={data.digest} />
      <Tabs value={view} onChange={(next) => showView(next as ImageView | null)} keepMounted={false}>
        <div className={styles.views}>
          <Tabs.List className={styles.tabs ?? ""} aria-label="Views of this image">
            {imageViews.map((each) => (
              <Tabs.Tab key={each} value={each}>
                {nameOf(each, data)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {isOfPlatform && (
            <PlatformSelect
              items={data.children}
              chosen={view === "raw" && !isPlatformAsked ? undefined : chosen}
              none={view === "raw" ? "the index itself" : undefined}
              onChoose={(name) => show({ platform: name })}
            />
          )}
        </div>
        <Tabs.Panel value={view} pt="md">
          <ImageTab {...{ view, place, data, shown, isPlatformAsked, isRevealed, onReveal }} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function nameOf(view: ImageView, { layers, children, referrers }: ManifestAnswer): string {
  const counts: Partial<Record<ImageView, number | null | undefined>> = {
    layers: children.length === 0 ? layers.length : undefined,
    platforms: children.length === 0 ? undefined : children.length,
    referrers: referrers?.count,
  };
  const name = view[0]!.toUpperCase() + view.slice(1);
  return counts[view] == null ? name : `${name} ${counts[view]}`;
}

/** What is below stays to be read. */
function NotRenewed({ error, retry }: { error: Error; retry: () => void }): ReactNode {
  if (error instanceof AskError && error.isMissing) {
    return (
      <Notice title="It is not here any more">Somebody deleted it, or you may not see it any more. Below is what it was.</Notice>
    );
  }
  return <ProblemPanel error={error} what="load this again; below is what it was" retry={retry} />;
}

function Unanswered({ place, error, retry }: { place: Place; error: Error; retry: () => void }): ReactNode {
  const { registry, repository } = place;
  if (error instanceof AskError && error.isMissing) {
    return (
      <Empty kind="no match" title="There is no such image here">
        Either it was deleted, or its name is another one, or you may not see it. Look for it in{" "}
        <PlaceLink place={{ registry, repository }} />.
      </Empty>
    );
  }
  return <ProblemPanel error={error} what={`load ${formatPlace(place)}`} retry={retry} />;
}
