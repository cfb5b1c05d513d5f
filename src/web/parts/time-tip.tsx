// A time: relative, or in UTC for those who prefer it, with the exact one in UTC and in the reader's zone in its tip, and readable for machines.

import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { useNow } from "../ask/clock.ts";
import { formatLocal, formatRelative, formatUtc } from "../show/time.ts";
import { usePreference } from "./preferences.ts";

/** `note` stands above the exact times in the tip; `children` instead of the relative time. */
export function TimeTip({ time, note, children }: { time: string; note?: string; children?: ReactNode }): ReactNode {
  const now = useNow();
  const isRelative = usePreference("time") === "relative";
  const lines = [note, formatUtc(time), formatLocal(time)].filter((line) => line !== undefined);
  return (
    <Tooltip label={lines.join("\n")} multiline events={{ hover: true, focus: true, touch: true }}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the exact time is for those without a pointer as well */}
      <time dateTime={time} className="num" tabIndex={0}>
        {children ?? (isRelative ? formatRelative(time, now) : formatUtc(time))}
      </time>
    </Tooltip>
  );
}
