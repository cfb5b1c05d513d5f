// How long to wait, from what a Retry-After header says: seconds, or a date. Pure.

const minute = 60;
const hour = 60 * minute;

/** `25 s`, `3 min`, `2 h`: rounded up, at least a second; "a moment" for what cannot be read. */
export function formatWait(retryAfter: string, nowMs: number): string {
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - nowMs) / 1000;
  if (!Number.isFinite(seconds)) return "a moment";
  if (seconds <= 90) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds <= 90 * minute ? `${Math.ceil(seconds / minute)} min` : `${Math.ceil(seconds / hour)} h`;
}
