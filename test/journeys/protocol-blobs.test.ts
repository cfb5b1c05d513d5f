// Blobs over a real port: download, ranges, conditions, deletion (distribution-spec "Pulling blobs", RFC 9110 section 14).

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { image, noise, raw } from "../image.ts";
import { type ProtocolServer, startProtocolServer } from "../protocol-server.ts";
import { pushBlob, pushImage } from "../push.ts";
import { call, errorCode, openRaw, type RawResponse } from "../raw-http.ts";

let server: ProtocolServer;
const bytes = Buffer.from(noise("blob", 5000));
const digest = digestOf(bytes);
const path = `/v2/lib/app/blobs/${digest}`;
const get = (range?: string, headers: Record<string, string> = {}): Promise<RawResponse> =>
  call(server.port, `GET ${path}`, "", { ...(range && { Range: range }), ...headers });

beforeAll(async () => {
  server = await startProtocolServer();
  await pushBlob(server.url, "lib/app", raw("application/octet-stream", bytes));
});
afterAll(() => server[Symbol.asyncDispose]());

describe("a blob", () => {
  it("comes whole, with the headers that clients check", async () => {
    const { status, headers, body } = await get();
    expect(status).toBe(200);
    expect(body.equals(bytes)).toBe(true);
    expect(headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-length": "5000",
      "docker-content-digest": digest,
      etag: `"${digest}"`,
      "accept-ranges": "bytes",
      "docker-distribution-api-version": "registry/2.0",
      "x-content-type-options": "nosniff",
    });
    expect(headers["content-encoding"]).toBeUndefined();
  });

  it("answers HEAD with the same headers and no body", async () => {
    const whole = await get();
    const head = await call(server.port, `HEAD ${path}`);
    const { date: _a, ...expected } = whole.headers;
    const { date: _b, ...got } = head.headers;
    expect([head.status, got]).toEqual([200, expected]);
  });

  it("is served identity even when the client takes gzip and zstd", async () => {
    const { headers, body } = await get(undefined, { "Accept-Encoding": "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5" });
    expect(headers["content-encoding"]).toBeUndefined();
    expect(body).toHaveLength(5000);
  });

  it.each([
    ["bytes=500-1499", 500, 1499],
    ["bytes=500-", 500, 4999],
    ["bytes=-500", 4500, 4999],
    ["bytes=2000-9000", 2000, 4999],
    ["bytes=0-0", 0, 0],
  ])("answers %s with exactly these bytes", async (range, start, end) => {
    const { status, headers, body } = await get(range);
    expect([status, headers["content-range"]]).toEqual([206, `bytes ${start}-${end}/5000`]);
    expect(headers["docker-content-digest"]).toBe(digest);
    expect(body.equals(bytes.subarray(start, end + 1))).toBe(true);
  });

  it.each(["bytes=5000-10000", "bytes=500-0", "bytes=-0"])("answers %s with 416 and the size", async (range) => {
    const answer = await get(range);
    expect([answer.status, errorCode(answer), answer.headers["content-range"]]).toEqual([416, "RANGE_INVALID", "bytes */5000"]);
  });

  it.each(["items=0-1", "bytes=x", "bytes=0-1,9000-"])("answers %s with the whole", async (range) => {
    expect((await get(range)).status).toBe(200);
  });

  it("answers several ranges with one part each, in the order asked", async () => {
    const { status, headers, body } = await get("bytes=10-19, 0-9, 20-29,-5", { "Accept-Encoding": "identity" });
    expect(status).toBe(206);
    expect(headers["content-length"]).toBe(String(body.length));
    const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(headers["content-type"]!)![1]!;
    const parts = body.toString("latin1").split(`--${boundary}`);
    expect(parts.pop()).toBe("--\r\n");
    expect(parts.shift()).toBe("");
    const expected = [
      [10, 19],
      [0, 9],
      [20, 29],
      [4995, 4999],
    ].map(
      ([start, end]) =>
        `\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end}/5000\r\n\r\n` +
        `${bytes.subarray(start, end! + 1).toString("latin1")}\r\n`,
    );
    expect(parts).toEqual(expected);
  });

  it("refuses more than 64 ranges with 400, from which lazy pullers fall back", async () => {
    expect((await get(`bytes=${Array.from({ length: 65 }, (_, i) => `${i}-${i}`).join(",")}`)).status).toBe(400);
  });

  it.each([`"${digest}"`, digest, `"x", "${digest}"`, `W/"${digest}"`, "*"])(
    "answers If-None-Match %s with 304",
    async (etag) => {
      const { status, headers, body } = await get(undefined, { "If-None-Match": etag });
      expect([status, body.length, headers["content-length"], headers["etag"]]).toEqual([304, 0, undefined, `"${digest}"`]);
    },
  );

  it("honours If-Range with its own tag and sends the whole for any other", async () => {
    expect((await get("bytes=0-9", { "If-Range": `"${digest}"` })).status).toBe(206);
    expect((await get("bytes=0-9", { "If-Range": '"other"' })).status).toBe(200);
  });

  it("can be empty, and then a range is the whole", async () => {
    const empty = raw("application/octet-stream", Buffer.alloc(0));
    await pushBlob(server.url, "lib/app", empty);
    for (const headers of [{}, { Range: "bytes=0-" }]) {
      const answer = await call(server.port, `GET /v2/lib/app/blobs/${empty.digest}`, "", headers);
      expect([answer.status, answer.headers["content-length"]]).toEqual([200, "0"]);
    }
  });

  it("exists only where it was pushed", async () => {
    await pushBlob(server.url, "lib/other", raw("x/y", Buffer.from("other")));
    const elsewhere = await call(server.port, `GET /v2/lib/other/blobs/${digest}`);
    const unknown = await call(server.port, `GET /v2/lib/none/blobs/${digest}`);
    expect([elsewhere.status, errorCode(elsewhere), unknown.status, errorCode(unknown)]).toEqual([
      404,
      "BLOB_UNKNOWN",
      404,
      "NAME_UNKNOWN",
    ]);
    expect((await call(server.port, `HEAD /v2/lib/none/blobs/${digest}`)).status).toBe(404);
  });

  it("is gone at once when it is deleted, but not while a manifest names it", async () => {
    const whole = image({ layers: ["deleted"] });
    await pushImage(server.url, "lib/deleted", whole, "v1");
    const layer = `/v2/lib/deleted/blobs/${whole.blobs[1]!.digest}`;
    const refused = await call(server.port, `DELETE ${layer}`);
    expect([refused.status, errorCode(refused)]).toEqual([405, "UNSUPPORTED"]);
    await call(server.port, `DELETE /v2/lib/deleted/manifests/${whole.digest}`);
    expect((await call(server.port, `DELETE ${layer}`)).status).toBe(202);
    expect((await call(server.port, `HEAD ${layer}`)).status).toBe(404);
    expect((await call(server.port, `DELETE ${layer}`)).status).toBe(404);
  });

  it("can be left in the middle by the client, again and again, without harm", async () => {
    const large = raw("x/y", noise("large", 3_000_000));
    await pushBlob(server.url, "lib/large", large);
    for (let i = 0; i < 50; i++) {
      const connection = await openRaw(server.port);
      connection.send(`GET /v2/lib/large/blobs/${large.digest} HTTP/1.1\r\nHost: x\r\nRange: bytes=${i}-\r\n\r\n`);
      await new Promise((resolve) => connection.socket.once("data", resolve));
      connection.socket.destroy();
    }
    const whole = await call(server.port, `GET /v2/lib/large/blobs/${large.digest}`);
    expect(digestOf(whole.body)).toBe(large.digest);
  });
});
