// Numbers, sizes and times for people. The exact ones are in --json.

/** 8,201; "-" for a number that nobody knows. */
export function showCount(count: number | null | undefined): string {
  // Intl takes 30 ms of a command to get ready.
  return count == null ? "-" : String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Three digits: 512 B, 18.2 GiB. */
export function showBytes(bytes: number | null | undefined): string {
  if (bytes == null) return "-";
  let [value, unit] = [bytes, 0];
  // 999.5 would be shown with four digits
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const month = 30.44 * day;

/** How long, in the largest unit that still says enough: 40 s, 5 min, 47 h, 60 d, 23 months, 3 years. */
export function showSpan(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 48 * hour) return `${Math.floor(ms / hour)} h`;
  if (ms < 2 * month) return `${Math.floor(ms / day)} d`;
  if (ms < 24 * month) return `${Math.floor(ms / month)} months`;
  return `${Math.floor(ms / (365.25 * day))} years`;
}

/** `iso`: null for a time that never was. */
export function showAgo(iso: string | null | undefined, nowMs: number): string {
  if (iso == null) return "never";
  const ms = nowMs - Date.parse(iso);
  return ms < minute ? "just now" : `${showSpan(ms)} ago`;
}

/** Digests are recognised by their first twelve digits; sha256 goes without saying. */
export function showDigest(digest: string): string {
  const [algorithm, hex = ""] = digest.split(":");
  return `${algorithm === "sha256" ? "" : `${algorithm}:`}${hex.slice(0, 12)}`;
}
