// `/v2/<name>/blobs/<digest>` (distribution-spec "Pulling blobs"; RFC 9110 section 14 for ranges). What would surprise: a request for
// several ranges gets one part each, in the order asked, because lazy pullers count parts.

import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DigestReference } from "../oci/reference.ts";
import type { BlobBody, ByteRange, OpenBlob } from "../oci/registry.ts";
import { parseRange } from "../oci/range.ts";
import { recordChanges } from "./audit.ts";
import { etagOf, hasAlready } from "./conditions.ts";
import { answer, apiVersion, type Exchange, type RouteHandler } from "./exchange.ts";

export const headBlob: RouteHandler<"blob"> = async (exchange) => {
  const { door, req, route } = exchange;
  const { size } = await door.registry.blobs.head(route.reference);
  if (hasAlready(req.headers["if-none-match"], route.reference.digest)) return answer(exchange, 304, headersOf(route.reference));
  exchange.res.writeHead(200, [
    ...apiVersion,
    "Content-Type",
    octets,
    "Content-Length",
    String(size),
    ...headersOf(route.reference),
  ]);
  exchange.res.end();
};

export const getBlob: RouteHandler<"blob"> = async (exchange) => {
  const { door, req, route } = exchange;
  const blob = await door.registry.blobs.get(route.reference);
  if (hasAlready(req.headers["if-none-match"], route.reference.digest)) return answer(exchange, 304, headersOf(route.reference));
  const ifRange = req.headers["if-range"];
  const wanted = ifRange === undefined || ifRange === etagOf(route.reference.digest) ? req.headers.range : undefined;
  const ranges = parseRange(wanted, blob.size);
  if (ranges === undefined) return sendWhole(exchange, blob);
  if (ranges.length === 1) return sendRange(exchange, blob, ranges[0]!);
  return sendParts(exchange, blob, ranges);
};

export const deleteBlob: RouteHandler<"blob"> = async (exchange) => {
  const { door, route } = exchange;
  await door.registry.blobs.delete(route.reference);
  await recordChanges(exchange, { action: "blob.delete", reference: route.reference });
  answer(exchange, 202, []);
};

const octets = "application/octet-stream";

/** Of every answer about a blob. The last three keep a browser from running what a stranger has pushed. */
function headersOf({ digest }: DigestReference): string[] {
  return [
    "Docker-Content-Digest",
    digest,
    "ETag",
    etagOf(digest),
    "Accept-Ranges",
    "bytes",
    "Cache-Control",
    "private, max-age=31536000, immutable, no-transform",
    "X-Content-Type-Options",
    "nosniff",
    "Content-Disposition",
    "attachment",
    "Content-Security-Policy",
    "default-src 'none'; sandbox",
  ];
}

async function sendWhole({ res, route }: Exchange<"blob">, blob: OpenBlob): Promise<void> {
  const body = blob.size === 0 ? Readable.from([]) : await blob.open();
  res.writeHead(200, [...apiVersion, "Content-Type", octets, "Content-Length", String(blob.size), ...headersOf(route.reference)]);
  await send(body, res);
}

async function sendRange({ res, route }: Exchange<"blob">, blob: OpenBlob, range: ByteRange): Promise<void> {
  const body = await blob.open(range);
  const { end, start } = range;
  const length = ["Content-Length", String(end - start + 1), "Content-Range", `bytes ${start}-${end}/${blob.size}`];
  res.writeHead(206, [...apiVersion, "Content-Type", octets, ...length, ...headersOf(route.reference)]);
  await send(body, res);
}

/** A client that went away while the file was opened makes the pipeline fail before it looks at the file. */
async function send(body: BlobBody, res: ServerResponse): Promise<void> {
  try {
    await (body.sendTo?.(res) ?? pipeline(body, res));
  } finally {
    body.destroy();
  }
}

async function sendParts({ res, route }: Exchange<"blob">, blob: OpenBlob, ranges: readonly ByteRange[]): Promise<void> {
  const boundary = randomUUID();
  const heads = ranges.map(
    ({ end, start }, index) =>
      `${index === 0 ? "" : "\r\n"}--${boundary}\r\nContent-Type: ${octets}\r\nContent-Range: bytes ${start}-${end}/${blob.size}\r\n\r\n`,
  );
  const tail = `\r\n--${boundary}--\r\n`;
  const length = ranges.reduce((sum, { end, start }, index) => sum + heads[index]!.length + end - start + 1, tail.length);
  const type = ["Content-Type", `multipart/byteranges; boundary=${boundary}`, "Content-Length", String(length)];
  // The first part is opened before anything is said, so that a file that cannot be read is still an error answer.
  const first = await blob.open(ranges[0]);
  res.writeHead(206, [...apiVersion, ...type, ...headersOf(route.reference)]);
  try {
    await pipeline(async function* () {
      for (const [index, range] of ranges.entries()) {
        yield heads[index]!;
        yield* index === 0 ? first : await blob.open(range);
      }
      yield tail;
    }, res);
  } finally {
    // When the client is gone before the first byte, nobody has begun to read it.
    first.destroy();
  }
}
