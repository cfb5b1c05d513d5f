// Undoing the last deletion: by the button of its toast, or by Ctrl+Z as long as that is there, on whatever page one is by then.

import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import { whenReaderLeaves } from "../ask/session.ts";
import { restoreTag } from "../ask/tag-changes.ts";
import { formatOf } from "../show/count.ts";
import { isTyping } from "./keys.ts";

interface Gone {
  readonly repository: string;
  readonly name: string;
}

const shownMs = 60_000;
const atOnce = 4;

let offers = 0;
/** Of the offer that stands. */
let withdraw: (() => void) | undefined;

/** Offers to bring these back, instead of what was offered before; `onUndone` when they are there again, or as many as could be. */
export function offerUndo(gone: readonly Gone[], onUndone: () => void): void {
  withdraw?.();
  // Of its own: while tags are brought back, others may be deleted and offered.
  const id = `undo ${++offers}`;
  const hide = (): void => void notifications.hide(id);
  const end = (): void => {
    document.removeEventListener("keydown", onKey);
    if (withdraw === hide) withdraw = undefined;
  };
  const undo = async (): Promise<void> => {
    end();
    const count = formatOf(gone.length, "tag");
    notifications.update({ id, message: `Bringing back ${count}…`, loading: true, autoClose: false, allowClose: false });
    const failures = await restoreAll(gone);
    onUndone();
    const isDone = failures.length === 0;
    notifications.update({
      id,
      loading: false,
      color: isDone ? "blue" : "red",
      message: isDone ? `${count} restored` : `Not restored: ${failures.join("; ")}`,
      autoClose: isDone ? 5000 : false,
      allowClose: true,
    });
  };
  const onKey = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
    if (!(ctrlKey || metaKey) || altKey || shiftKey || key.toLowerCase() !== "z" || isTyping(target)) return;
    event.preventDefault();
    void undo();
  };
  document.addEventListener("keydown", onKey);
  withdraw = hide;
  // The toast names tags: it goes with its reader, and the offer with it, as when it is closed or its time is over.
  const stay = whenReaderLeaves(hide);
  const what = gone.length === 1 ? `${gone[0]!.repository}:${gone[0]!.name}` : formatOf(gone.length, "tag");
  notifications.show({
    id,
    color: "blue",
    message: <UndoMessage what={what} undo={() => void undo()} />,
    autoClose: shownMs,
    closeButtonProps: { "aria-label": "Close" },
    onClose: () => {
      end();
      stay();
    },
  });
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
