// Counts and bytes for people. Pure; grouping is the same for every reader, so that screenshots and speech agree.

const grouped = new Intl.NumberFormat("en-US");
const exactUntil = 9_999_999;

/** `9,120`; from ten million on `12.3 M`. */
export function formatCount(count: number): string {
  if (count <= exactUntil) return grouped.format(count);
  const [unit, name] = count < 1e9 ? [1e6, "M"] : count < 1e12 ? [1e9, "G"] : [1e12, "T"];
  return `${toThreeDigits(count / unit)} ${name}`;
}

export function formatExact(count: number): string {
  return grouped.format(count);
}

/** Undefined and null are not known. */
export function formatKnown(value: number | null | undefined, format: (value: number) => string = formatExact): string {
  return value == null ? "not known" : format(value);
}

/** `1 tag`, `2 tags` */
export function formatOf(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** `at least 3 pulls`: behind a gap there may be more, so nothing counted is not none. */
export function formatPulls(pulls: number, hasGap: boolean): string {
  if (pulls === 0) return hasGap ? "no pull counted" : "no pulls";
  return `${hasGap ? "at least " : ""}${formatOf(pulls, "pull")}`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `61.2 MiB`: three digits, powers of 1024. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : toThreeDigits(value)} ${units[unit]}`;
}

/** `61–75 MiB`, or one number when both are the same to the eye. */
export function formatByteRange(min: number, max: number): string {
  const [low, high] = [formatBytes(min), formatBytes(max)];
  if (low === high) return high;
  const [lowNumber, lowUnit] = low.split(" ") as [string, string];
  return high.endsWith(` ${lowUnit}`) ? `${lowNumber}–${high}` : `${low} – ${high}`;
}

/** `67 %` of a whole; what is not nothing is never shown as 0 %. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "0 %";
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 1) return "< 1 %";
  return percent < 100 && percent > 99 ? "> 99 %" : `${Math.round(percent)} %`;
}

function toThreeDigits(value: number): string {
  return value >= 99.95 ? String(Math.round(value)) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
