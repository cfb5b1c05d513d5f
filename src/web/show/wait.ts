// How long to wait. Pure.

const minute = 60;
const hour = 60 * minute;

/** `25 s`, `3 min`, `2 h`: rounded up, at least a second. */
export function formatWait(seconds: number): string {
  if (seconds <= 90) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds <= 90 * minute ? `${Math.ceil(seconds / minute)} min` : `${Math.ceil(seconds / hour)} h`;
}
