// Times for people: relative to the server's clock, and exact. Pure.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const month = 30.44 * day;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `2 h ago`; `just now` also for what lies a little ahead, because clocks differ. */
export function formatRelative(time: string, nowMs: number): string {
  const age = formatAge(nowMs - Date.parse(time));
  return age === undefined ? "just now" : `${age} ago`;
}

/** `94 d`; undefined under a minute. */
export function formatAge(ms: number): string | undefined {
  if (ms < minute) return undefined;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 48 * hour) return `${Math.floor(ms / hour)} h`;
  if (ms < 2 * month) return `${Math.floor(ms / day)} d`;
  if (ms < 24 * month) return `${Math.floor(ms / month)} months`;
  // 24 months are an hour more than two years.
  return `${Math.floor(ms / (365.25 * day))} years`;
}

/** `2026-11-17 09:12:44 UTC` */
export function formatUtc(time: string | number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `17 Nov 2026`, UTC */
export function formatDay(time: string | number): string {
  const date = new Date(time);
  return `${date.getUTCDate()} ${monthOf(time)} ${date.getUTCFullYear()}`;
}

/** `Nov`, UTC: not as a locale has it, which is `Sept` in some browsers. */
export function monthOf(time: string | number): string {
  return months[new Date(time).getUTCMonth()]!;
}

/** As the reader's clock shows it, with its zone. */
export function formatLocal(time: string | number): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}

/** Tools for reproducible builds set dates before 1980: they say nothing. */
export function isBuildDate(time: string): boolean {
  return Date.parse(time) >= Date.UTC(1980, 0);
}
