// Content-Range of an answer (RFC 9110 section 14.4): which bytes came, and of how many.

import type { ClientResponse } from "./request.ts";

export interface ContentRange {
  /** Undefined where only the size is told, as a 416 does. */
  readonly start?: number;
  readonly end?: number;
  /** Undefined where the registry does not know it. */
  readonly size?: number;
}

/** Undefined: there is none, or one that says nothing. */
export function contentRangeOf(response: ClientResponse): ContentRange | undefined {
  const match = /^bytes\s+(?:(\d{1,15})-(\d{1,15})|\*)\/(?:(\d{1,15})|\*)$/i.exec(response.header("content-range")?.trim() ?? "");
  if (match === null) return undefined;
  const [, start, end, size] = match;
  return {
    ...(start !== undefined && { start: Number(start) }),
    ...(end !== undefined && { end: Number(end) }),
    ...(size !== undefined && { size: Number(size) }),
  };
}
