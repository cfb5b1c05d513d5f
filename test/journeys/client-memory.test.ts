// A gigabyte through the client, down and up: its memory stays what it was.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { run } from "../peers/program.ts";
import { piece, type Grown } from "../stream-blob.ts";
import { serveHttp } from "../wire-servers.ts";

const pieces = 1024;
const bytes = pieces * piece.length;
const MiB = 1024 * 1024;

test("a blob of a gigabyte is read and written in memory that does not grow with it", async () => {
  const hash = createHash("sha256");
  for (let i = 0; i < pieces; i++) hash.update(piece);
  let written = 0;
  await using served = await serveHttp((request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, { "content-length": bytes });
      void pipeline(
        Readable.from(
          Array.from({ length: pieces }, () => piece),
          { objectMode: false, highWaterMark: MiB },
        ),
        response,
      );
      return;
    }
    let came = 0;
    request.on("data", (chunk: Buffer) => (came += chunk.length));
    request.on("end", () => {
      written = came;
      response.writeHead(request.method === "POST" ? 202 : 201, { location: "/v2/team/app/blobs/uploads/1" }).end();
    });
  });
  const program = join(import.meta.dirname, "..", "stream-blob.ts");
  const grown = JSON.parse(
    await run(process.execPath, ["--expose-gc", program, served.url.origin, `sha256:${hash.digest("hex")}`, String(bytes)]),
  ) as Grown;
  expect(grown.read).toBe(bytes);
  expect(written).toBe(bytes);
  expect(grown.whileReading).toBeLessThan(4 * MiB);
  expect(grown.whileWriting).toBeLessThan(4 * MiB);
});
