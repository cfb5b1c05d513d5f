// A manifest as it was pushed, byte for byte, with numbers of lines. It is shown as it is: most are one long line, which wraps.

import { Anchor, Group } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { formatQuery } from "../ask/ask.ts";
import { formatBytes, formatOf } from "../show/count.ts";
import type { Place } from "../show/place.ts";
import { CopyButton } from "./copy.tsx";
import { More } from "./image-facts.tsx";
import styles from "./raw.module.css";

const shownLines = 1000;
/** One line of a megabyte holds a browser up. */
const shownChars = 100_000;

/** Where its bytes are. */
export function rawPath({ registry, repository }: Pick<Place, "registry" | "repository">, digest: string): string {
  return `/api/v1/manifests/${encodeURIComponent(digest)}/raw${formatQuery({ repository, registry })}`;
}

interface RawProps {
  readonly place: Place;
  readonly digest: string;
  readonly size: number;
  readonly text: string | null;
}

export function Raw({ place, digest, size, text }: RawProps): ReactNode {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : (text?.slice(0, shownChars) ?? null);
  const lines = shown?.split("\n") ?? [];
  const few = isWhole ? lines : lines.slice(0, shownLines);
  return (
    <div className={styles.raw}>
      <Group gap="md">
        <span className="num">{formatBytes(size)}</span>
        <Anchor href={rawPath(place, digest)} download inherit>
          Download
        </Anchor>
        {text !== null && (
          <span className={styles.copy}>
            Copy <CopyButton text={text} what="the manifest" />
          </span>
        )}
      </Group>
      {shown === null ? (
        <p className={styles.note}>It is too long to be shown here: download it.</p>
      ) : (
        <pre className={styles.text}>
          <ol className={styles.lines}>
            {few.map((line, at) => (
              // eslint-disable-next-line react/no-array-index-key -- lines have only their numbers
              <li key={at}>{line}</li>
            ))}
          </ol>
        </pre>
      )}
      {shown !== null && (shown.length < text!.length || few.length < lines.length) && (
        <More onClick={() => setWhole(true)}>Show all of it, {formatOf(text!.length, "character")}</More>
      )}
    </div>
  );
}
