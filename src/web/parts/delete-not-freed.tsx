// What the deletion of tags does not do: images stay, and so does the space that they take. How an image itself goes.

import type { ReactNode } from "react";
import type { DeletedPlace, DeletionOutcome } from "../ask/tag-changes.ts";
import { formatBytes } from "../show/count.ts";
import { commandHost, isLoopback, isPlainHttp } from "../show/pull-commands.ts";
import styles from "./delete-dialog.module.css";
import { CommandLine } from "./pull-commands.tsx";
import { useSource } from "./pull-commands-source.ts";

/** `gone`: the tags of the plan that will be deleted. */
export function NotFreed({ plan, gone }: { plan: DeletionOutcome; gone: readonly DeletedPlace[] }): ReactNode {
  const { freesBytes, isFreedExact, matched, items } = plan;
  const source = useSource(undefined);
  const [first] = gone;
  // By its digest an image goes with every tag: only where none is left that way is the command one to copy.
  const isOneImage = matched === items.length && gone.every((tag) => tag.siblings?.length === 0 && isSameImage(tag, first!));
  const flag = source !== undefined && isPlainHttp(source.url) && !isLoopback(source.url) ? " --insecure" : "";
  const own = isOneImage && first !== undefined && first.digest !== null ? `${first.repository}@${first.digest}` : undefined;
  return (
    <>
      <p className={styles.sentence}>
        {freesBytes === null || freesBytes === 0
          ? "No space is freed now. "
          : `No space is freed now: ${isFreedExact ? "" : "at least "}${formatBytes(freesBytes)} that nothing else uses stay stored until there is retention. `}
        {own === undefined ? (
          <>
            An image itself, with every tag on it, is deleted by <code>npx hythe delete HOST/NAME@sha256:…</code>
          </>
        ) : (
          "To delete the image itself as well:"
        )}
      </p>
      {own !== undefined && source !== undefined && (
        <CommandLine text={`npx hythe delete ${commandHost(source.url)}/${own}${flag}`} what="the command" />
      )}
    </>
  );
}

function isSameImage(a: DeletedPlace, b: DeletedPlace): boolean {
  return a.digest === b.digest && a.repository === b.repository;
}
