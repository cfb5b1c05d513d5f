// Blobs of other registries (research 1.11): streams that end well only with the bytes of the digest, whatever the connection does.

import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientOver, type ClientOver } from "../../test/client-over.ts";
import { code, pushBlob, readAll } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import type { MannerName } from "../../test/fake/manners.ts";
import { noise } from "../../test/image.ts";
import { serveHttp, type Served } from "../../test/wire-servers.ts";
import { digestOf } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";

const repository = "team/app" as RepositoryName;
const bytes = Buffer.from(noise("a blob", 400_000));
const digest = digestOf(bytes);
const reference = { repository, digest };

interface Misbehaved extends ClientOver {
  readonly fake: FakeRegistry;
  /** Method and range of the requests for the blob since the last call. */
  readonly asked: () => string[];
}

async function misbehaving(...manners: MannerName[]): Promise<Misbehaved> {
  const fake = await startFakeRegistry({ manners });
  await pushBlob(fake.registry, repository, bytes);
  const over = clientOver(fake.url);
  let seen = 0;
  return {
    ...over,
    fake,
    asked() {
      const lines = fake.requests.slice(seen).map(({ headers, method }) => `${method} ${String(headers["range"] ?? "all")}`);
      seen = fake.requests.length;
      return lines;
    },
    async [Symbol.asyncDispose]() {
      await over.client.close();
      await fake.close();
    },
  };
}

const whole = async ({ client }: ClientOver, size: number | undefined = bytes.length): Promise<Buffer> =>
  readAll(await (await client.blobs.get(reference, { size })).open());

/** What a reader got before its stream failed, and with what. */
async function readUntilError(over: ClientOver): Promise<{ got: Buffer; error: unknown }> {
  const stream = await (await over.client.blobs.get(reference, { size: bytes.length })).open();
  const got: Buffer[] = [];
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) got.push(piece);
  } catch (error) {
    return { got: Buffer.concat(got), error };
  }
  return { got: Buffer.concat(got), error: undefined };
}

/** Answers GET with `piece(n, from)` of the n-th request, which begins at byte `from`. */
const servePieces = (
  answer: (n: number, from: number) => { status?: number; range?: string; body: Buffer; cut?: boolean },
): Promise<Served> => {
  let n = 0;
  return serveHttp((request, response) => {
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const { body, cut = false, range, status = range === undefined ? 200 : 206 } = answer(++n, from);
    response.writeHead(status, {
      "content-length": cut ? body.length + 1 : body.length,
      ...(range !== undefined && { "content-range": range }),
    });
    if (cut) response.write(body, () => void setTimeout(() => response.destroy(), 5));
    else response.end(body);
  });
};

describe("the size of a blob (1.11)", () => {
  it("is told by HEAD, and by the descriptor without any request", async () => {
    await using over = await misbehaving();
    expect(await over.client.blobs.head(reference)).toEqual({ digest, size: bytes.length });
    expect(over.asked()).toEqual(["HEAD all"]);
    expect(await over.client.blobs.get(reference, { size: 7 })).toMatchObject({ digest, size: 7 });
    expect(over.asked()).toEqual([]);
  });

  it.each(["blob-head-405", "blob-head-without-length"] as const)("%s: one byte of the content tells it", async (manner) => {
    await using over = await misbehaving(manner);
    expect(await over.client.blobs.head(reference)).toEqual({ digest, size: bytes.length });
    expect(over.asked()).toEqual(["HEAD all", "GET bytes=0-0"]);
  });

  it("that nobody tells is a protocol error", async () => {
    await using served = await serveHttp((request, response) => {
      if (request.method === "HEAD") response.writeHead(405).end();
      else response.writeHead(206, { "content-range": "bytes 0-0/*" }).end("x");
    });
    await using over = clientOver(served.url);
    await expect(over.client.blobs.head(reference)).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
      message: expect.stringContaining("does not tell how large the blob is"),
    });
  });

  it("of what is not there is BLOB_UNKNOWN", async () => {
    await using over = await misbehaving();
    const missing = { repository, digest: digestOf("missing") };
    await expect(over.client.blobs.head(missing)).rejects.toEqual(code("BLOB_UNKNOWN"));
    await expect(over.client.blobs.get(missing)).rejects.toEqual(code("BLOB_UNKNOWN"));
    await expect((await over.client.blobs.get(missing, { size: 3 })).open()).rejects.toEqual(code("BLOB_UNKNOWN"));
  });

  it("zero is a size like any other", async () => {
    await using over = await misbehaving();
    const empty = { repository, digest: await pushBlob(over.fake.registry, repository, Buffer.alloc(0)) };
    const blob = await over.client.blobs.get(empty);
    expect(blob.size).toBe(0);
    expect(await readAll(await blob.open())).toHaveLength(0);
  });
});

describe("bytes are verified while they stream (1.11)", () => {
  it("a whole blob comes with one request, by sha256 and by sha512", async () => {
    await using over = await misbehaving();
    expect((await whole(over)).equals(bytes)).toBe(true);
    expect(over.asked()).toEqual(["GET all"]);
    await using served = await serveHttp((_request, response) => void response.end(bytes));
    await using other = clientOver(served.url);
    const strong = { repository, digest: digestOf(bytes, "sha512") };
    expect(digestOf(await readAll(await (await other.client.blobs.get(strong, { size: bytes.length })).open()))).toBe(digest);
    const wrong = { repository, digest: digestOf("x", "sha512") };
    const stream = await (await other.client.blobs.get(wrong, { size: bytes.length })).open();
    await expect(readAll(stream)).rejects.toEqual(code("DIGEST_MISMATCH"));
  });

  it("one wrong bit is an error where the end would be, and the last piece is never handed out", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "wrong bytes" });
    const { error, got } = await readUntilError(over);
    expect(error).toMatchObject({ code: "DIGEST_MISMATCH", request: { method: "GET", status: 200 } });
    expect(got.length).toBeLessThan(bytes.length);
  });

  it("who checks the bytes elsewhere gets them as they come, and never more or fewer", async () => {
    await using over = await misbehaving();
    const unverified = async (): Promise<Buffer> =>
      readAll(await (await over.client.blobs.get(reference)).open(undefined, { verify: false }));
    over.fake.fail({ kind: "wrong bytes" }, { method: "GET", times: 1 });
    expect((await unverified()).equals(bytes)).toBe(false);
    expect((await unverified()).equals(bytes)).toBe(true);
    over.fake.fail({ kind: "cut", at: 1000 }, { method: "GET", times: 1 });
    expect((await unverified()).equals(bytes)).toBe(true);
    over.fake.fail({ kind: "wrong length", by: -1 }, { method: "GET" });
    await expect(unverified()).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it("a body longer than the descriptor says is dropped as soon as it is", async () => {
    let sent = 0;
    await using served = await serveHttp((_request, response) => {
      const send = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on("drain", send);
      send();
    });
    await using over = clientOver(served.url);
    const { error, got } = await readUntilError(over);
    expect(error).toMatchObject({ code: "DIGEST_MISMATCH", message: expect.stringContaining("more than its 400000 bytes") });
    expect(got.length).toBeLessThanOrEqual(bytes.length);
    expect(sent).toBeLessThan(16 * 1024 * 1024); // what the sockets hold comes on top
  });

  it("a body shorter than the descriptor says is never taken for the whole", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "wrong length", by: -1000 }, { method: "GET" });
    expect((await readUntilError(over)).error).toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it("a compressed answer is not unpacked: the bytes on the wire are the blob or are not", async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
    await using served = await serveHttp((_request, response) => void response.setHeader("content-encoding", "gzip").end(bomb));
    await using over = clientOver(served.url);
    const packed = { repository, digest: digestOf(bomb) };
    expect(await readAll(await (await over.client.blobs.get(packed, { size: bomb.length })).open())).toHaveLength(bomb.length);
  });
});

describe("a broken stream goes on (1.11)", () => {
  it("with a Range from where it stands, and the hash continues over the seam", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "cut", at: 150_000 }, { method: "GET", times: 1 });
    expect((await whole(over)).equals(bytes)).toBe(true);
    expect(over.asked()).toEqual(["GET all", "GET bytes=150000-399999"]);
  });

  it("ten times, and each time where the last one ended", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "cut", at: 30_000 }, { method: "GET", times: 10 });
    expect((await whole(over)).equals(bytes)).toBe(true);
    expect(over.asked()).toEqual(["GET all", ...Array.from({ length: 10 }, (_, i) => `GET bytes=${30_000 * (i + 1)}-399999`)]);
  });

  it("wherever it breaks, the bytes are the same", async () => {
    await using over = await misbehaving();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 100_000 }), { maxLength: 3 }), async (places) => {
        const rules = places.map((at) => over.fake.fail({ kind: "cut", at }, { method: "GET", times: 1 }));
        expect((await whole(over)).equals(bytes)).toBe(true);
        expect(rules.map(({ hits }) => hits)).toEqual(rules.map(() => 1));
      }),
      { numRuns: 30 },
    );
  });

  it("where a Range is answered with everything, what was there already is passed over", async () => {
    await using over = await misbehaving("range-ignored");
    over.fake.fail({ kind: "cut", at: 150_000 }, { method: "GET", times: 1 });
    expect((await whole(over)).equals(bytes)).toBe(true);
    expect(over.asked()).toHaveLength(2);
  });

  it("where a Range is answered with another one, it does not go on", async () => {
    await using over = await misbehaving("range-shifted");
    over.fake.fail({ kind: "cut", at: 150_000 }, { method: "GET", times: 1 });
    expect((await readUntilError(over)).error).toMatchObject({
      code: "PROTOCOL_VIOLATED",
      message: expect.stringContaining("another part of the blob than was asked for"),
    });
  });

  it.each(["bytes 100001-399999/400000", "bytes */400000", "items 100000-399999/400000", "nonsense", "bytes 0-399999/400000"])(
    "Content-Range '%s' is not the part that was asked for",
    async (range) => {
      await using served = await servePieces((n, from) =>
        n === 1 ? { body: bytes.subarray(0, 100_000), cut: true } : { range, body: bytes.subarray(from) },
      );
      await using over = clientOver(served.url);
      expect((await readUntilError(over)).error).toEqual(code("PROTOCOL_VIOLATED"));
    },
  );

  it("with bytes of another blob, the digest finds it out", async () => {
    await using served = await servePieces((n, from) =>
      n === 1
        ? { body: bytes.subarray(0, 100_000), cut: true }
        : { range: `bytes ${from}-399999/400000`, body: Buffer.alloc(bytes.length - from) },
    );
    await using over = clientOver(served.url);
    expect((await readUntilError(over)).error).toEqual(code("DIGEST_MISMATCH"));
  });

  it("a blob that has become shorter meanwhile (416) is another blob", async () => {
    await using served = await servePieces((n) =>
      n === 1 ? { body: bytes.subarray(0, 100_000), cut: true } : { status: 416, body: Buffer.alloc(0) },
    );
    await using over = clientOver(served.url);
    expect((await readUntilError(over)).error).toMatchObject({
      code: "DIGEST_MISMATCH",
      message: expect.stringContaining("only 100000 of 400000 bytes"),
    });
  });

  it("without progress it is given up after the retries, after waits that grow", async () => {
    await using served = await servePieces((_n, from) => ({
      ...(from > 0 && { range: `bytes ${from}-399999/400000` }),
      body: from === 0 ? bytes.subarray(0, 1000) : Buffer.alloc(0),
      cut: true,
    }));
    await using over = clientOver(served.url);
    expect((await readUntilError(over)).error).toMatchObject({ kind: "connection", request: { method: "GET" } });
    expect(over.clock.waits).toEqual([1000, 2000]);
  });

  it("a registry that gives one byte each time does not hold us for ever", async () => {
    let requests = 0;
    await using served = await servePieces((n, from) => {
      requests = n;
      return { ...(from > 0 && { range: `bytes ${from}-399999/400000` }), body: bytes.subarray(from, from + 1), cut: true };
    });
    await using over = clientOver(served.url);
    expect((await readUntilError(over)).error).toMatchObject({ kind: "connection" });
    expect(requests).toBe(101);
  });

  it("a blob behind a redirect is asked for at the registry again, since the signed address may be over", async () => {
    await using over = await misbehaving("blob-redirects");
    expect((await whole(over)).equals(bytes)).toBe(true);
    expect(over.asked()).toEqual(["GET all"]);
    expect(over.fake.storeRequests.map(({ authorization }) => authorization)).toEqual(["none"]);
  });
});

describe("a part of a blob", () => {
  it("is asked for as a Range, and counted because it cannot be verified", async () => {
    await using over = await misbehaving();
    const blob = await over.client.blobs.get(reference, { size: bytes.length });
    const part = await readAll(await blob.open({ start: 100, end: 299 }));
    expect(part.equals(bytes.subarray(100, 300))).toBe(true);
    expect(over.asked()).toEqual(["GET bytes=100-299"]);
    over.fake.fail({ kind: "cut", at: 50 }, { method: "GET", times: 1 });
    expect((await readAll(await blob.open({ start: 100, end: 299 }))).equals(part)).toBe(true);
    expect(over.asked()).toEqual(["GET bytes=100-299", "GET bytes=150-299"]);
  });

  it("of a registry that ignores Range is cut out of the whole", async () => {
    await using over = await misbehaving("range-ignored");
    const blob = await over.client.blobs.get(reference, { size: bytes.length });
    expect((await readAll(await blob.open({ start: 100, end: 299 }))).equals(bytes.subarray(100, 300))).toBe(true);
  });
});

describe("whoever reads has the say", () => {
  it("an aborted signal ends the stream with its reason, and the connection", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "stalled", at: 1000 }, { method: "GET" });
    const abort = new AbortController();
    const stream = await (await over.client.blobs.get(reference, { size: bytes.length })).open(undefined, abort);
    const reason = new Error("enough");
    const read = readAll(stream);
    abort.abort(reason);
    await expect(read).rejects.toBe(reason);
    expect(stream.destroyed).toBe(true);
  });

  it("a stream that is dropped closes its connection and asks for nothing more", async () => {
    let closed: Promise<unknown> | undefined;
    let requests = 0;
    await using served = await serveHttp((_request, response) => {
      requests++;
      closed = once(response, "close");
      response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, 1000));
    });
    await using over = clientOver(served.url);
    const stream = await (await over.client.blobs.get(reference, { size: bytes.length })).open();
    stream.destroy();
    await closed;
    expect(requests).toBe(1);
  });

  it("a reader that waits holds the registry back", async () => {
    const size = 64 * 1024 * 1024;
    let sent = 0;
    await using served = await serveHttp((_request, response) => {
      response.writeHead(200, { "content-length": size });
      const send = (): void => {
        while (sent < size && !response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once("drain", send);
        }
      };
      send();
    });
    await using over = clientOver(served.url);
    const stream = await (await over.client.blobs.get(reference, { size })).open();
    await once(stream, "readable");
    let before = -1;
    while (before !== sent) {
      before = sent;
      for (let i = 0; i < 50; i++) await turn();
    }
    expect(sent).toBeLessThan(size / 2);
    stream.destroy();
  });

  it("a connection that breaks before anybody reads is told to whoever does", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "cut", at: 1000 }, { method: "GET", times: 1 });
    const stream = await (await over.client.blobs.get(reference, { size: bytes.length })).open();
    for (let i = 0; i < 200; i++) await turn(); // so that it has broken
    expect((await readAll(stream)).equals(bytes)).toBe(true);
  });

  it("several streams of one blob are independent", async () => {
    await using over = await misbehaving();
    const blob = await over.client.blobs.get(reference);
    const read = await Promise.all([1, 2, 3, 4, 5].map(async () => readAll(await blob.open())));
    expect(read.every((each) => each.equals(bytes))).toBe(true);
  });
});

describe("deleting a blob", () => {
  it("takes it away, and what is not there is BLOB_UNKNOWN", async () => {
    await using over = await misbehaving();
    await over.client.blobs.delete(reference);
    await expect(over.client.blobs.head(reference)).rejects.toEqual(code("BLOB_UNKNOWN"));
    await expect(over.client.blobs.delete(reference)).rejects.toEqual(code("BLOB_UNKNOWN"));
  });
});
