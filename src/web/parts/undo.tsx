// Undoing the last deletion: by the button of its toast, or by Ctrl+Z until another page is opened.

import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, type ReactNode } from "react";
import { restoreTag } from "../ask/tag-changes.ts";
import { formatOf } from "../show/count.ts";
import { isTyping } from "./keys.ts";

interface Gone {
  readonly repository: string;
  readonly name: string;
}

const toast = "undo";
const shownMs = 60_000;
const atOnce = 4;

/** Offers to bring these back; a later offer takes the place of an earlier one. */
export function useUndo(): (gone: readonly Gone[]) => void {
  const client = useQueryClient();
  const last = useRef<readonly Gone[]>([]);
  const undo = useCallback(async () => {
    const gone = last.current;
    if (gone.length === 0) return;
    last.current = [];
    notifications.update({
      id: toast,
      message: `Bringing back ${formatOf(gone.length, "tag")}…`,
      loading: true,
      autoClose: false,
    });
    const failures = await restoreAll(gone);
    await client.invalidateQueries();
    notifications.update({
      id: toast,
      loading: false,
      color: failures.length === 0 ? "blue" : "red",
      message: failures.length === 0 ? `${formatOf(gone.length, "tag")} restored` : `Not restored: ${failures.join("; ")}`,
      autoClose: failures.length === 0 ? 5000 : false,
    });
  }, [client]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
      if (!(ctrlKey || metaKey) || altKey || shiftKey || key.toLowerCase() !== "z") return;
      if (isTyping(target) || last.current.length === 0) return;
      event.preventDefault();
      void undo();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [undo]);
  return useCallback(
    (gone) => {
      last.current = gone;
      const what = gone.length === 1 ? `${gone[0]!.repository}:${gone[0]!.name}` : formatOf(gone.length, "tag");
      notifications.hide(toast);
      notifications.show({
        id: toast,
        color: "blue",
        message: <UndoMessage what={what} undo={() => void undo()} />,
        autoClose: shownMs,
        closeButtonProps: { "aria-label": "Close" },
      });
    },
    [undo],
  );
}

function UndoMessage({ what, undo }: { what: string; undo: () => void }): ReactNode {
  return (
    <Group gap="sm" wrap="nowrap" justify="space-between">
      <span>{what} deleted</span>
      <Button size="xs" variant="default" onClick={undo}>
        Undo (Ctrl+Z)
      </Button>
    </Group>
  );
}

/** What could not be restored, and why. */
async function restoreAll(gone: readonly Gone[]): Promise<string[]> {
  const failures: string[] = [];
  const left = [...gone];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      try {
        await restoreTag(next.repository, next.name);
      } catch (error) {
        failures.push(`${next.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return failures;
}
