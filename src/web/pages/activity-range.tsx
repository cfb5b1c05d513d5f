// Which time and in what steps: presets, two days, and hours, days or months as far as they fit.

import { NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { presets, type ChosenRange } from "../chart/range.ts";
import type { ChangeSearch } from "../parts/search-state.ts";
import type { Search } from "../show/search-params.ts";
import styles from "./activity.module.css";

const names: Readonly<Record<(typeof presets)[number], string>> = { "7d": "7 d", "30d": "30 d", "1y": "1 y", all: "All" };
const dayMs = 86_400_000;

/** What the address says of one of the presets. */
export function presetSearch(preset: string): Search {
  return { range: preset === "7d" ? undefined : preset, from: undefined, to: undefined, interval: undefined };
}

interface RangeControlsProps {
  readonly range: ChosenRange;
  readonly nowMs: number;
  readonly change: ChangeSearch;
}

export function RangeControls({ range, nowMs, change }: RangeControlsProps): ReactNode {
  const today = toDate(nowMs);
  const choose = (from: string, lastDay: string): void => {
    if (from === "" || lastDay === "") return;
    const [fromMs, toMs] = [Date.parse(from), Date.parse(lastDay) + dayMs];
    if (fromMs < toMs) change({ range: undefined, from, to: toDate(toMs), interval: undefined });
  };
  const [firstDay, lastDay] = [toDate(range.fromMs), toDate(range.toMs - 1)];
  return (
    <div className={styles.controls}>
      <SegmentedControl
        size="xs"
        aria-label="Time"
        value={range.preset ?? ""}
        data={presets.map((value) => ({ value, label: names[value] }))}
        onChange={(preset) => change(presetSearch(preset))}
      />
      <NativeSelect
        size="xs"
        aria-label="By"
        value={range.interval}
        data={range.intervals.map((value) => ({ value, label: `by ${value}` }))}
        onChange={(event) => change({ interval: event.currentTarget.value })}
      />
      {/* A day that is typed is no range before it is whole: what is not one changes nothing. */}
      <TextInput
        size="xs"
        type="date"
        aria-label="First day, UTC"
        key={`from ${firstDay}`}
        defaultValue={firstDay}
        max={lastDay}
        onBlur={(event) => event.currentTarget.value !== firstDay && choose(event.currentTarget.value, lastDay)}
        onKeyDown={(event) => event.key === "Enter" && choose(event.currentTarget.value, lastDay)}
      />
      <span aria-hidden="true">–</span>
      <TextInput
        size="xs"
        type="date"
        aria-label="Last day, UTC"
        key={`to ${lastDay}`}
        defaultValue={lastDay}
        max={today}
        onBlur={(event) => event.currentTarget.value !== lastDay && choose(firstDay, event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && choose(firstDay, event.currentTarget.value)}
      />
    </div>
  );
}

function toDate(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
