// How to fetch what is shown, with the tool that its reader uses: the line as it is typed, and what the line cannot say.

import { SegmentedControl } from "@mantine/core";
import { Fragment, useId, useState, type ReactNode } from "react";
import type { Place } from "../show/place.ts";
import { pullCommands, takesTag, toolsFor, type Kind } from "../show/pull-commands.ts";
import { CopyButton } from "./copy.tsx";
import styles from "./pull-commands.module.css";
import { useSource, useTool } from "./pull-commands-source.ts";

interface PullCommandsProps {
  readonly place: Place;
  /** Of what `place` names by tag: with it one can choose to fetch by digest. */
  readonly digest?: string | null | undefined;
  readonly kind?: Kind | null;
}

/** Tools to choose from, tag or digest, and the commands. */
export function PullCommands({ place, digest, kind }: PullCommandsProps): ReactNode {
  const source = useSource(place.registry);
  const allowed = toolsFor(kind ?? undefined);
  const [tool, setTool] = useTool(allowed);
  const [by, setBy] = useState<"tag" | "digest">("tag");
  const name = useId();
  if (source === undefined) return <div className={styles.waiting} />;
  const canChoose = place.tag !== undefined && digest != null;
  const isByDigest = canChoose && (by === "digest" || !takesTag(tool, place.tag));
  const wanted = isByDigest ? { ...place, digest } : place;
  const { login, pull, notes } = pullCommands(tool, source, wanted, kind ?? undefined);
  return (
    <div className={styles.commands}>
      <div className={styles.choices}>
        <fieldset className={styles.tools}>
          <legend className="sr-only">Tool</legend>
          {allowed.map((each) => (
            <label key={each} className={styles.tool}>
              <input type="radio" name={name} value={each} checked={each === tool} onChange={() => setTool(each)} />
              {each}
            </label>
          ))}
        </fieldset>
        {canChoose && takesTag(tool, place.tag) && (
          <SegmentedControl
            size="xs"
            aria-label="Fetch by"
            data={["tag", "digest"]}
            value={by}
            onChange={(value) => setBy(value)}
          />
        )}
      </div>
      {login !== undefined && <CommandLine text={login} what="the login command" />}
      <CommandLine text={pull} what="the pull command" />
      {notes.map((note) => (
        <p key={note} className={styles.note}>
          {note}
        </p>
      ))}
    </div>
  );
}

/** One command in one line, for the heading of a repository: with the remembered tool, without anything to choose. */
export function PullCommandLine({ place, digest, kind }: PullCommandsProps): ReactNode {
  const source = useSource(place.registry);
  const [tool] = useTool(toolsFor(kind ?? undefined));
  if (source === undefined) return null;
  const wanted = takesTag(tool, place.tag) || digest == null ? place : { ...place, digest };
  return <CommandLine text={pullCommands(tool, source, wanted, kind ?? undefined).pull} what="the pull command" />;
}

/** A line for a shell, and its button. `what` completes "Copy …". */
export function CommandLine({ text, what }: { text: string; what: string }): ReactNode {
  return (
    <div className={styles.line}>
      <code className={styles.text}>
        {text.split(" ").map((word, n, words) => (
          <Fragment key={words.slice(0, n + 1).join(" ")}>
            {n > 0 && " "}
            <span>{word}</span>
          </Fragment>
        ))}
      </code>
      <CopyButton text={text} what={what} />
    </div>
  );
}
