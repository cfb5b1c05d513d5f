// What the cells of a row of tags show. Plain elements: a table draws hundreds of them. Tips are those of the grid (data-tip).

import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { TagItem } from "../../wire/tags.ts";
import type { CellContext } from "../grid/columns.ts";
import { formatBytes, formatExact } from "../show/count.ts";
import { shortDigest } from "../show/place.ts";
import { formatAge, formatLocal, formatRelative, formatUtc } from "../show/time.ts";
import { formatUsage } from "../show/usage.ts";
import { usePreference } from "./preferences.ts";
import styles from "./tag-cells.module.css";
import { UsageDot } from "./usage-sign.tsx";

const shownPlatforms = 2;
const shownSiblings = 1;

/** In place of what is not known, and why. */
export function NotKnown({ why, tabIndex }: { why: string; tabIndex: CellContext["tabIndex"] }): ReactNode {
  return (
    <span className={styles.dim} data-tip={why} tabIndex={tabIndex}>
      –<span className="sr-only">not known</span>
    </span>
  );
}

interface WhenProps {
  readonly time: string;
  readonly note?: string | undefined;
  /** Says "ago", as the words of `Used` do. */
  readonly inWords?: boolean;
  readonly context: CellContext;
}

/** Relative, with the exact one in its tip. */
export function When({ time, note, inWords = false, context }: WhenProps): ReactNode {
  const isRelative = usePreference("time") === "relative";
  const age = inWords ? formatRelative(time, context.now) : (formatAge(context.now - Date.parse(time)) ?? "just now");
  return (
    <time dateTime={time} className="num" data-tip={timeTip(time, note)} tabIndex={context.tabIndex}>
      {isRelative ? age : formatUtc(time)}
    </time>
  );
}

function timeTip(time: string, note?: string): string {
  return [note, formatUtc(time), formatLocal(time)].filter((line) => line !== undefined).join("\n");
}

export function Lock({ tabIndex }: { tabIndex: CellContext["tabIndex"] }): ReactNode {
  return (
    <span
      className={styles.lock}
      role="img"
      aria-label="immutable"
      data-tip="A rule keeps this tag where it is: it cannot be moved or deleted."
      tabIndex={tabIndex}
    >
      <IconLock size={14} aria-hidden />
    </span>
  );
}

interface SiblingsProps {
  readonly row: TagItem;
  readonly tabIndex: CellContext["tabIndex"];
  readonly onFilter: (digest: string) => void;
}

/** Other tags on the same image; `data-group` makes the grid mark the rows of all of them. */
export function Siblings({ row: { siblings, digest, name }, tabIndex, onFilter }: SiblingsProps): ReactNode {
  if (siblings === null || siblings.count === 0 || digest === null) return null;
  const shown = siblings.names.slice(0, shownSiblings);
  const more = siblings.count - shown.length;
  return (
    <button
      type="button"
      className={styles.siblings}
      tabIndex={tabIndex}
      data-group={digest}
      data-tip={`The same image as ${listNames(siblings.names, siblings.count)}. Click: only these.`}
      onClick={() => onFilter(shortDigest(digest))}
    >
      {shown.map((each) => (
        <span key={each} className={styles.chip}>
          {each}
        </span>
      ))}
      {more > 0 && <span className={`${styles.chip} ${styles.more}`}>+{more}</span>}
      {more === 0 && <span className={`${styles.chip} ${styles.more} ${styles.only}`}>+1</span>}
      <span className="sr-only"> on the same image as {name}: only these</span>
    </button>
  );
}

/** `a, b and 3 more` */
function listNames(names: readonly string[], count: number): string {
  const shown = names.slice(0, 5);
  const more = count - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

/** What it is for; of a row without children nobody says which are absent. */
type PlatformsOf = Pick<TagItem, "platforms" | "kind"> & Partial<Pick<TagItem, "children" | "problem">>;

export function Platforms({ row, context }: { row: PlatformsOf; context: CellContext }): ReactNode {
  const { platforms, children, problem, kind } = row;
  if (platforms.length === 0) {
    if (problem != null) return <NotKnown why={problem} tabIndex={context.tabIndex} />;
    if (kind === "chart" || kind === "artifact")
      return <span className={styles.dim}>{kind === "chart" ? "Helm chart" : "artifact"}</span>;
    return <NotKnown why="The image names no platform." tabIndex={context.tabIndex} />;
  }
  const absent = (children ?? []).filter(({ present }) => present === false).length;
  const shown = platforms.slice(0, shownPlatforms).map(shortPlatform);
  const more = platforms.length - shown.length;
  const tip = [...platforms, ...(absent > 0 ? [`${absent} of them not here`] : [])].join("\n");
  return (
    <span data-tip={tip} tabIndex={platforms.length > shownPlatforms || absent > 0 ? context.tabIndex : undefined}>
      {shown.join(" ")}
      {more > 0 && ` +${more}`}
      {absent > 0 && <span className={styles.warn}> incomplete</span>}
    </span>
  );
}

/** `amd64`; what is not for Linux says so. */
function shortPlatform(platform: string): string {
  return platform.startsWith("linux/") ? platform.slice("linux/".length) : platform;
}

/** What is stored, as the list is sorted; what one client fetches is in the tip. */
export function Size({ row: { pullBytes, bytes, problem }, context }: { row: TagItem; context: CellContext }): ReactNode {
  if (bytes === null) {
    return <NotKnown why={problem ?? "Not known: what it is made of is not here."} tabIndex={context.tabIndex} />;
  }
  const tip = [
    `Stored, with all platforms: ${formatBytes(bytes)} (${formatExact(bytes)} B)`,
    pullBytes != null && `One client fetches ${describeRange(pullBytes)}, compressed`,
  ].filter((line) => line !== false);
  return (
    <span className="num" data-tip={tip.join("\n")} tabIndex={context.tabIndex}>
      {formatBytes(bytes)}
    </span>
  );
}

function describeRange({ min, max }: { min: number; max: number }): string {
  return min === max ? `${formatBytes(max)} (${formatExact(max)} B)` : `${formatBytes(min)} to ${formatBytes(max)}`;
}

/** Sign and words; when it was last pulled and last checked is in the tip. */
export function Used({ row: { usage, imagePulls, pulls }, context }: { row: TagItem; context: CellContext }): ReactNode {
  if (usage == null) {
    const why = pulls.count === null ? "Pulls are not counted." : "Whether it is used is not known.";
    return <NotKnown why={why} tabIndex={context.tabIndex} />;
  }
  const tip = [
    usageNotes[usage.state],
    imagePulls.lastPulledAt !== null && `Image last pulled: ${formatUtc(imagePulls.lastPulledAt)}`,
    imagePulls.lastCheckedAt !== null && `Last checked for changes: ${formatUtc(imagePulls.lastCheckedAt)}`,
  ].filter((line) => line !== false);
  return (
    <span className={styles.usage} data-usage={usage.state} data-tip={tip.join("\n")} tabIndex={context.tabIndex}>
      <UsageDot state={usage.state} />
      {formatUsage(usage, context.now)}
    </span>
  );
}

const usageNotes = {
  used: "Used: asked for lately, by this tag or as the image.",
  idle: "Idle: nobody has asked for the image for a long time, by any of its names.",
  never: "Image never pulled since its push, by none of its names; counting began before.",
  new: "New: pushed less than 7 days ago, the image not pulled yet.",
  unknown: "Not asked for while pulls were counted; before that nothing is known.",
} as const;

/** Two figures and never a sum: a tag keeps its numbers when it moves. */
export function Pulls({ row: { pulls, imagePulls }, context }: { row: TagItem; context: CellContext }): ReactNode {
  if (pulls.count === null) return <NotKnown why="Pulls are not counted." tabIndex={context.tabIndex} />;
  const ofImage = imagePulls.count;
  const tip = [
    `By this tag: ${formatExact(pulls.count)}`,
    ofImage !== null && `Its image, by any tag or digest: ${formatExact(ofImage)}`,
    pulls.checks !== null && `Checks by this tag: ${formatExact(pulls.checks)}`,
  ].filter((line) => line !== false);
  return (
    <span className="num" data-tip={tip.join("\n")} tabIndex={context.tabIndex}>
      {formatExact(pulls.count)}
      <span className={styles.dim}> / {ofImage === null ? "–" : formatExact(ofImage)}</span>
    </span>
  );
}
