// Byte ranges of requests: Range on downloads (RFC 9110 section 14), Content-Range on upload chunks (distribution-spec: `a-b`, no unit).

import { RegistryError } from "./errors.ts";
import type { ByteRange } from "./registry.ts";

/** More ranges in one request are refused; the lazy pullers that send many fall back to fewer on 400. */
export const maxRanges = 64;

/**
 * The ranges that a download of `size` bytes should answer, clamped, in the order asked; undefined = the whole content, when the
 * header is none of bytes, malformed, or asks in several ranges for something that does not exist or for more than the whole.
 * One range that lies outside is an error, and so is one whose end is before its start: the conformance suite wants no less.
 * @throws RANGE_INVALID with Content-Range, REQUEST_INVALID for too many ranges
 */
export function parseRange(header: string | undefined, size: number): readonly ByteRange[] | undefined {
  if (header === undefined || size === 0 || !/^bytes=/i.test(header)) return undefined;
  const specs = header.slice("bytes=".length).split(",", maxRanges + 1);
  if (specs.length > maxRanges)
    throw new RegistryError("REQUEST_INVALID", { message: `at most ${maxRanges} ranges in one request` });
  const ranges: ByteRange[] = [];
  let total = 0;
  for (const spec of specs) {
    // Clients write "to the end" as the greatest number that they know: rounding it does no harm, as it is cut to the size.
    const match = /^[ \t]*(\d{0,20})-(\d{0,20})[ \t]*$/.exec(spec);
    if (!match || (match[1] === "" && match[2] === "")) return undefined;
    const range = resolve(match[1] ?? "", match[2] ?? "", size);
    if (range.start >= size || range.end < range.start) {
      if (specs.length > 1) return undefined;
      throw new RegistryError("RANGE_INVALID", { headers: { "Content-Range": `bytes */${size}` } });
    }
    ranges.push(range);
    total += range.end - range.start + 1;
  }
  return specs.length > 1 && total > size ? undefined : ranges;
}

function resolve(first: string, last: string, size: number): ByteRange {
  // The last n bytes; n = 0 asks for nothing, which is outside.
  if (first === "") return { start: size - Math.min(size, Number(last)), end: size - 1 };
  return { start: Number(first), end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}

/** First and last byte of an upload chunk. Undefined: malformed. `bytes a-b` and `bytes a-b/n` are understood too. */
export function parseContentRange(header: string): ByteRange | undefined {
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/i.exec(header.trim());
  if (!match) return undefined;
  const range = { start: Number(match[1]), end: Number(match[2]) };
  return range.end < range.start ? undefined : range;
}
