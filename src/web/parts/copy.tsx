// Copying text. Not Mantine's: the Clipboard API exists on https and localhost only, and registries are often on plain http, so there is
// the old way as well. It says "copied" only when it was.

import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconX } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";

const shownMs = 1500;

/** Whether the text is in the clipboard now. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not permitted: the old way asks nobody.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.className = "sr-only";
  const focused = document.activeElement;
  (focused?.closest("[role=dialog]") ?? document.body).append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
}

/** Copies a line, and says what came of it. */
export async function copyLine(line: string): Promise<string> {
  return (await copyText(line)) ? `Copied ${line}` : "Could not copy";
}

/** `what` completes "Copy …", such as "the digest". */
export function CopyButton({ text, what, tabIndex }: { text: string; what: string; tabIndex?: number }): ReactNode {
  const [outcome, setOutcome] = useState<"copied" | "failed">();
  const label = outcome === "copied" ? "Copied" : outcome === "failed" ? "Could not copy: select it by hand" : `Copy ${what}`;
  const onClick = async (): Promise<void> => {
    setOutcome((await copyText(text)) ? "copied" : "failed");
    setTimeout(() => setOutcome(undefined), shownMs);
  };
  const Icon = outcome === "copied" ? IconCheck : outcome === "failed" ? IconX : IconCopy;
  return (
    <Tooltip label={label} opened={outcome === undefined ? undefined! : true}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        style={{ verticalAlign: "middle" }}
        aria-label={label}
        {...(tabIndex !== undefined && { tabIndex })}
        onClick={() => void onClick()}
      >
        <Icon size={15} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
