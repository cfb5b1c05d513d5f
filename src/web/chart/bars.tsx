// Bars over time, from zero. A bar that is not whole says so by its shape: hatched with a gap, outlined while it is open, grey where
// nothing was tracked; a line on the ground is a zero that is known to be one.

import { AxisBottom, AxisLeft, type TickRendererProps } from "@visx/axis";
import { Group } from "@visx/group";
import { scaleBand, scaleLinear } from "@visx/scale";
import { Bar, LinePath } from "@visx/shape";
import { memo, useId, type ReactNode } from "react";
import styles from "./bars.module.css";
import { placeNames } from "./names.ts";
import { toBands, type Band, type Series } from "./series.ts";
import { placeTicks } from "./ticks.ts";
import { beside } from "./width.ts";

export const chartHeight = 220;
const margin = { top: 20, bottom: 24, ...beside };
const plotHeight = chartHeight - margin.top - margin.bottom;

export function plotOf(width: number): { left: number; width: number } {
  return { left: margin.left, width: Math.max(1, width - margin.left - margin.right) };
}

interface BarsProps {
  readonly series: Series;
  /** Of everything, in pixels. */
  readonly width: number;
  /** Of the elements behind the bars: where the reader is and what he has chosen. */
  readonly children?: ReactNode;
}

/** Not drawn anew while a pointer moves over it. */
export const Bars = memo(function Bars({ series, width, children }: BarsProps): ReactNode {
  const hatch = useId();
  const { bars, interval } = series;
  const plot = plotOf(width);
  const step = plot.width / Math.max(1, bars.length);
  const x = scaleBand({
    domain: bars.map((_, i) => i),
    range: [0, plot.width],
    paddingInner: step < 3 ? 0 : 0.2,
    paddingOuter: 0,
  });
  const most = Math.max(...bars.map(({ pulls, before }) => Math.max(pulls, before ?? 0)), 1);
  const y = scaleLinear({ domain: [0, most], range: [plotHeight, 0], nice: 4 });
  const ticks = placeTicks(interval, bars, plot.width);
  const edge = scaleLinear({ domain: [0, Math.max(1, bars.length)], range: [0, plot.width] });
  return (
    <svg width={width} height={chartHeight} className={styles.chart} aria-hidden="true">
      <defs>
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" fill="var(--chart-gap)" fillOpacity="0.25" />
          <line x1="0" y1="0" x2="0" y2="6" stroke="var(--line-strong)" strokeWidth="3" />
        </pattern>
      </defs>
      <Group left={margin.left} top={margin.top}>
        {children}
        {toBands(bars).map((band) => (
          <BandShape key={band.first} band={band} step={step} hatch={`url(#${hatch})`} />
        ))}
        <AxisLeft
          scale={y}
          tickValues={y.ticks(4).filter(Number.isInteger)}
          tickFormat={(value) => shorten(Number(value))}
          hideAxisLine
          tickLength={-plot.width}
          tickLineProps={{ className: styles.rule ?? "" }}
          tickComponent={CountLabel}
        />
        {bars.map(({ startMs, pulls, state, isOpen }, i) => {
          if (state === "untracked") return null;
          // A gap with nothing counted in it is not a zero.
          if (pulls === 0)
            return state === "gap" || isOpen ? null : (
              <Bar
                key={startMs}
                x={x(i) ?? 0}
                y={plotHeight - 1}
                width={x.bandwidth()}
                height={2}
                className={styles.zero ?? ""}
                data-bar="zero"
              />
            );
          const height = Math.max(1, plotHeight - y(pulls));
          return (
            <Bar
              key={startMs}
              x={(x(i) ?? 0) + (isOpen ? 0.75 : 0)}
              y={plotHeight - height}
              width={Math.max(0.5, x.bandwidth() - (isOpen ? 1.5 : 0))}
              height={height}
              className={(isOpen ? styles.open : styles.bar) ?? ""}
              data-bar={isOpen ? "open" : state}
            />
          );
        })}
        <Before series={series} edge={edge} y={y} />
        {placeNames(series, plot.width).map(({ text, x: middle }) => (
          <text key={middle} x={middle} y={-8} textAnchor="middle" className={styles.label}>
            {text}
          </text>
        ))}
        <AxisBottom
          scale={edge}
          top={plotHeight}
          tickValues={ticks.map(({ index }) => index)}
          stroke="var(--line-strong)"
          tickStroke="var(--line-strong)"
          tickLength={4}
          tickFormat={(_, i) => ticks[i]?.label}
          tickComponent={TimeLabel}
        />
      </Group>
    </svg>
  );
});

function CountLabel({ y, formattedValue }: TickRendererProps): ReactNode {
  return (
    <text x={-8} y={y} className={styles.label} textAnchor="end" dominantBaseline="central">
      {formattedValue}
    </text>
  );
}

function TimeLabel({ x, formattedValue }: TickRendererProps): ReactNode {
  return (
    <text x={x} y={18} className={styles.label}>
      {formattedValue}
    </text>
  );
}

function BandShape({ band: { state, first, last }, step, hatch }: { band: Band; step: number; hatch: string }): ReactNode {
  const isGap = state === "gap";
  return (
    <rect
      data-band={state}
      x={first * step}
      y={0}
      width={(last - first + 1) * step}
      height={plotHeight}
      fill={isGap ? hatch : "var(--chart-gap)"}
      fillOpacity={isGap ? 1 : 0.35}
    />
  );
}

type Place = (value: number) => number;

/** The period before: the thin upper edge of bars that are not there. */
function Before({ series: { bars }, edge, y }: { series: Series; edge: Place; y: Place }): ReactNode {
  const corners = bars.flatMap(({ before }, i): { i: number; at: number | undefined }[] =>
    before === undefined
      ? [{ i, at: undefined }]
      : [
          { i, at: before },
          { i: i + 1, at: before },
        ],
  );
  if (corners.every(({ at }) => at === undefined)) return null;
  return (
    <LinePath
      data={corners}
      defined={({ at }) => at !== undefined}
      x={({ i }) => edge(i)}
      y={({ at }) => y(at ?? 0)}
      className={styles.before ?? ""}
      data-bar="before"
    />
  );
}

/** `9k`, `1.2M`: only for the axis, where the bars have the exact numbers. */
function shorten(value: number): string {
  if (value < 1000) return String(value);
  const [unit, name] = value < 1e6 ? [1e3, "k"] : value < 1e9 ? [1e6, "M"] : [1e9, "G"];
  return `${Number((value / unit).toFixed(1))}${name}`;
}
