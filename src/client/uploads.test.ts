// Blobs on their way to other registries (research 1.12): mounted, whole, in chunks, and going on after whatever breaks.

import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authority, goodCertificate, key } from "../../test/certificates.ts";
import { clientOver, type ClientOver } from "../../test/client-over.ts";
import { code, pushBlob, pushImage, readAll } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import type { MannerName } from "../../test/fake/manners.ts";
import { presets } from "../../test/fake/presets.ts";
import { image, noise } from "../../test/image.ts";
import { serveHttp } from "../../test/wire-servers.ts";
import { digestOf } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { BlobContent } from "../oci/registry.ts";
import type { ClientOptions } from "./client.ts";

const MiB = 1024 * 1024;
const repository = "team/app" as RepositoryName;
const other = "team/other" as RepositoryName;
const bytes = Buffer.from(noise("a blob", 400_000));
const digest = digestOf(bytes);
const reference = { repository, digest };
const anyone = (): boolean => true;
/** Chunks of 100,000 bytes, and nothing else. */
const chunked = { name: "chunks", hosts: [], upload: { way: "chunked", chunkBytes: 100_000 } } as const;

interface Misbehaved extends ClientOver {
  readonly fake: FakeRegistry;
  /** `METHOD bytes` of every request since the last call; of a mount `MOUNT`. */
  readonly asked: () => string[];
  /** What the registry has now. */
  readonly stored: (which?: typeof digest) => Promise<Buffer>;
}

async function misbehaving(manners: readonly MannerName[] = [], options: Partial<ClientOptions> = {}): Promise<Misbehaved> {
  const fake = await startFakeRegistry({ manners });
  const over = clientOver(fake.url, options);
  let seen = 0;
  return {
    ...over,
    fake,
    asked() {
      const lines = fake.requests.slice(seen).map(({ headers, method, query }) => {
        const length = Number(headers["content-length"] ?? 0);
        return `${query.includes("mount=") ? "MOUNT" : method}${length > 0 ? ` ${length}` : ""}`;
      });
      seen = fake.requests.length;
      return lines;
    },
    stored: async (which = digest) => readAll(await (await fake.registry.blobs.get({ repository, digest: which })).open()),
    async [Symbol.asyncDispose]() {
      await over.client.close();
      await fake.close();
    },
  };
}

function content(of: Buffer = bytes): BlobContent & { readonly opened: number[] } {
  const opened: number[] = [];
  return {
    size: of.length,
    opened,
    async open(offset) {
      opened.push(offset);
      return Readable.from([of.subarray(offset)]);
    },
  };
}

const put = ({ client }: ClientOver, what: BlobContent = content(), to = reference) => client.blobs.put!(to, what);

describe("mounting (1.12)", () => {
  it("links a blob of another repository with one request", async () => {
    await using over = await misbehaving();
    await pushBlob(over.fake.registry, other, bytes);
    expect(await over.client.blobs.mount(reference, other, anyone)).toEqual({ digest, size: bytes.length });
    expect(over.asked()).toEqual(["MOUNT", "HEAD"]);
    expect((await over.stored()).equals(bytes)).toBe(true);
  });

  it.each(["mount-never", "mount-401", "mount-without-from-400"] as const)("%s: not linked, upload it", async (manner) => {
    await using over = await misbehaving([manner]);
    await pushBlob(over.fake.registry, repository, noise("so that there is one", 10));
    expect(await over.client.blobs.mount(reference, other, anyone)).toBeUndefined();
    expect(await put(over)).toEqual({ digest, size: bytes.length });
    expect((await over.stored()).equals(bytes)).toBe(true);
  });

  it("a session that it opened instead (202) serves the next upload, without a second POST", async () => {
    await using over = await misbehaving(["mount-never"]);
    expect(await over.client.blobs.mount(reference, other, anyone)).toBeUndefined();
    await put(over);
    expect(over.asked()).toEqual(["MOUNT", "PUT 400000"]);
  });

  it("asks the token server for pull of the source beside push of the target, in one question", async () => {
    await using fake = await startFakeRegistry({ login: "bearer" });
    await pushBlob(fake.registry, other, bytes);
    await using over = clientOver(fake.url, { username: "robot", password: "secret" });
    expect(await over.client.blobs.mount(reference, other, anyone)).toMatchObject({ digest });
    expect(fake.tokens.requests[0]?.scopes).toEqual(["repository:team/app:pull,push", "repository:team/other:pull"]);
  });

  it("is not asked for without a source: a registry cannot know what we may read", async () => {
    await using over = await misbehaving();
    expect(await over.client.blobs.mount(reference, undefined, anyone)).toBeUndefined();
    expect(over.asked()).toEqual([]);
  });

  it.each([500, 429])("%i is no refusal but an error", async (status) => {
    await using over = await misbehaving([], { maxRetries: 0 });
    over.fake.fail({ kind: "answer", status });
    await expect(over.client.blobs.mount(reference, other, anyone)).rejects.toMatchObject({ request: { status } });
  });
});

describe("a whole blob at once (1.12)", () => {
  it("goes up in one PUT with its length, after one POST", async () => {
    await using over = await misbehaving();
    expect(await put(over)).toEqual({ digest, size: bytes.length });
    expect(over.asked()).toEqual(["POST", "PUT 400000"]);
    expect(over.fake.requests[1]).toMatchObject({ headers: { "content-type": "application/octet-stream" } });
    expect(over.fake.requests[1]?.headers["transfer-encoding"]).toBeUndefined();
    expect((await over.stored()).equals(bytes)).toBe(true);
  });

  it("may be empty", async () => {
    await using over = await misbehaving();
    const empty = Buffer.alloc(0);
    expect(await put(over, content(empty), { repository, digest: digestOf(empty) })).toMatchObject({ size: 0 });
    expect(await over.stored(digestOf(empty))).toHaveLength(0);
  });

  it.each(["location-absolute", "location-scheme-relative", "location-signed"] as const)(
    "%s: it goes where the newest Location says",
    async (manner) => {
      await using over = await misbehaving([manner]);
      await put(over);
      await using inChunks = await misbehaving([manner], { profile: chunked });
      await put(inChunks);
      for (const each of [over, inChunks]) expect((await each.stored()).equals(bytes)).toBe(true);
    },
  );

  it("the digest is added to a signed Location as text, so that the rest stays letter for letter", async () => {
    await using over = await misbehaving(["location-signed"]);
    await put(over);
    expect(over.fake.requests.at(-1)?.query).toBe(`_state=a%20b~c%2Fd+e&step=1&digest=${encodeURIComponent(digest)}`);
  });

  it("a Location on another host gets the bytes and no credentials", async () => {
    const fake = await startFakeRegistry({ manners: ["location-elsewhere"], login: "basic", users: { robot: "secret" } });
    await using over = clientOver(fake.url, { username: "robot", password: "secret" });
    await put(over);
    expect(fake.storeRequests.map(({ authorization, method }) => `${method} ${authorization}`)).toEqual(["PUT none"]);
    expect(fake.requests.at(-1)?.authorization).toBe("basic");
    await fake.close();
  });

  it("a Location that forgot the s of https, behind a proxy that ends TLS, gets it back", async () => {
    await using served = await serveHttp(
      (request, response) => {
        const location = `http://localhost/upload`;
        request.resume().on("end", () => response.writeHead(request.method === "POST" ? 202 : 201, { location }).end());
      },
      { tls: { cert: goodCertificate, key } },
    );
    await using over = clientOver(`https://localhost:${served.port}`, { ca: authority });
    expect(await put(over)).toEqual({ digest, size: bytes.length });
  });

  it.each(["upload-statuses-vary", "patch-201", "upload-range-with-unit"] as const)("%s is taken for success", async (manner) => {
    await using over = await misbehaving([manner], { profile: chunked });
    await put(over);
    expect((await over.stored()).equals(bytes)).toBe(true);
  });

  it("a session without a Location is a protocol error", async () => {
    await using served = await serveHttp((_request, response) => void response.writeHead(202).end());
    await using over = clientOver(served.url);
    await expect(put(over)).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED", message: expect.stringContaining("(Location)") });
  });

  it("a registry that kept something else is found out", async () => {
    await using served = await serveHttp((request, response) => {
      request.resume().on("end", () => {
        if (request.method === "POST") response.writeHead(202, { location: "/upload" }).end();
        else response.writeHead(201, { "docker-content-digest": digestOf("something else") }).end();
      });
    });
    await using over = clientOver(served.url, { maxRetries: 0 });
    await expect(put(over)).rejects.toEqual(code("DIGEST_MISMATCH"));
  });

  it("bytes that are not those of the digest are refused by the registry, and nothing is left", async () => {
    await using over = await misbehaving();
    await expect(put(over, content(), { repository, digest: digestOf("x") })).rejects.toEqual(code("DIGEST_INVALID"));
    expect(over.asked()).toEqual(["POST", "PUT 400000", "DELETE"]);
  });

  it.each([-1, 1])(
    "content that is %i byte longer than it says never looks complete, and the session is cancelled",
    async (by) => {
      await using over = await misbehaving();
      const wrong = { ...content(), size: bytes.length - by };
      await expect(put(over, wrong)).rejects.toEqual(code("SIZE_INVALID"));
      expect(over.asked().at(-1)).toBe("DELETE");
      await expect(over.fake.registry.blobs.head(reference)).rejects.toThrow();
    },
  );

  it("content that cannot be read fails with its own error, once, and the session is cancelled", async () => {
    await using over = await misbehaving();
    const broken = { size: 10, open: () => Promise.reject(new Error("disk on fire")) };
    await expect(put(over, broken)).rejects.toThrow("disk on fire");
    expect(over.asked().filter((line) => line === "POST")).toHaveLength(1);
    expect(over.asked()).toEqual([]);
  });
});

describe("chunks (1.12)", () => {
  it("where a PUT of the whole is refused, it goes up in chunks, and the next blob at once", async () => {
    await using over = await misbehaving(["monolithic-refused"]);
    await put(over);
    expect(over.asked()).toEqual(["POST", "PUT 400000", "GET", "PATCH 400000", "PUT"]);
    const second = Buffer.from(noise("second", 1000));
    await put(over, content(second), { repository, digest: digestOf(second) });
    expect(over.asked()).toEqual(["POST", "PATCH 1000", "PUT"]);
  });

  it("are as large as the profile says, each with its range", async () => {
    await using over = await misbehaving([], { profile: chunked });
    await put(over);
    expect(over.asked()).toEqual(["POST", "PATCH 100000", "PATCH 100000", "PATCH 100000", "PATCH 100000", "PUT"]);
    expect(over.fake.requests.slice(1, 5).map(({ headers }) => headers["content-range"])).toEqual([
      "0-99999",
      "100000-199999",
      "200000-299999",
      "300000-399999",
    ]);
  });

  it("are at least as large as OCI-Chunk-Min-Length says", async () => {
    await using over = await misbehaving(["min-chunk-length"], { profile: chunked });
    const large = Buffer.from(noise("large", 2.5 * MiB));
    await put(over, content(large), { repository, digest: digestOf(large) });
    expect(over.asked()).toEqual(["POST", `PATCH ${MiB}`, `PATCH ${MiB}`, `PATCH ${MiB / 2}`, "PUT"]);
  });

  it("become smaller where the registry finds them too large", async () => {
    const profile = { ...chunked, upload: { way: "chunked", chunkBytes: 8 * MiB } } as const;
    await using over = await misbehaving(["patch-limit-4mib"], { profile });
    const large = Buffer.from(noise("large", 9 * MiB));
    await put(over, content(large), { repository, digest: digestOf(large) });
    expect((await over.stored(digestOf(large))).equals(large)).toBe(true);
    const patches = over.asked().filter((line) => line.startsWith("PATCH"));
    expect(patches).toEqual([`PATCH ${8 * MiB}`, `PATCH ${4 * MiB}`, `PATCH ${4 * MiB}`, `PATCH ${MiB}`]);
  });

  it.each(["ghcr", "ecr", "gar", "artifactory", "harbor"] as const)(
    "a large blob gets into %s, whatever it wants",
    async (name) => {
      const [[username, password] = ["", ""]] = Object.entries(presets[name].users);
      await using fake = await startFakeRegistry(presets[name]);
      await pushImage(fake.registry, repository, image(), "v1"); // some want the repository to exist
      await using over = clientOver(fake.url, { username, password });
      const large = Buffer.from(noise("large", 12 * MiB));
      await put(over, content(large), { repository, digest: digestOf(large) });
      expect(await fake.registry.blobs.head({ repository, digest: digestOf(large) })).toMatchObject({ size: large.length });
    },
  );
});

describe("going on after a break (1.12)", () => {
  it("the session is asked where it stands, and the rest goes up from there", async () => {
    await using over = await misbehaving([], { profile: chunked });
    over.fake.fail({ kind: "request cut", at: 50_000 }, { method: "PATCH", times: 1 });
    const what = content();
    await put(over, what);
    expect((await over.stored()).equals(bytes)).toBe(true);
    expect(over.asked()).toContain("GET");
    expect(over.fake.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("a whole blob that breaks off goes on in chunks", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "request cut", at: 200_000 }, { method: "PUT", times: 1 });
    await put(over);
    expect((await over.stored()).equals(bytes)).toBe(true);
    expect(over.asked()).toEqual(["POST", "PUT 400000", "HEAD", "GET", "PATCH 400000", "PUT"]);
  });

  it("a session that is gone is followed by a new one", async () => {
    await using over = await misbehaving([], { profile: chunked });
    over.fake.fail(
      { kind: "answer", status: 404, body: { errors: [{ code: "BLOB_UPLOAD_UNKNOWN" }] } },
      { method: "PATCH", times: 1 },
    );
    over.fake.fail(
      { kind: "answer", status: 404, body: { errors: [{ code: "BLOB_UPLOAD_UNKNOWN" }] } },
      { method: "GET", times: 1 },
    );
    await put(over);
    expect((await over.stored()).equals(bytes)).toBe(true);
    expect(over.fake.requests.filter(({ method }) => method === "POST")).toHaveLength(2);
  });

  it("a chunk that the registry took only a part of is continued, not repeated", async () => {
    let taken = Buffer.alloc(0);
    const ranges: unknown[] = [];
    await using served = await serveHttp((request, response) => {
      void request.toArray().then((pieces) => {
        const body = Buffer.concat(pieces as Buffer[]);
        if (request.method === "PATCH") {
          ranges.push(request.headers["content-range"]);
          taken = Buffer.concat([taken, body.subarray(0, 60_000)]);
        }
        const range = taken.length === 0 ? {} : { range: `0-${taken.length - 1}` };
        const status = request.method === "PUT" ? 201 : request.method === "GET" ? 204 : 202;
        response.writeHead(status, { location: "/upload", ...range }).end();
      });
    });
    await using over = clientOver(served.url, { profile: chunked, maxRetries: 20 });
    await put(over);
    expect(taken.equals(bytes)).toBe(true);
    expect(ranges.slice(0, 2)).toEqual(["0-99999", "60000-159999"]);
  });

  it("an answer to the last request that was lost is not repeated when the blob is there", async () => {
    const methods: string[] = [];
    await using served = await serveHttp((request, response) => {
      methods.push(request.method!);
      const { socket } = request;
      request.resume().on("end", () => {
        if (request.method === "PUT") socket.destroy();
        else response.writeHead(request.method === "POST" ? 202 : 200, { location: "/upload" }).end();
      });
    });
    await using over = clientOver(served.url);
    expect(await put(over)).toEqual({ digest, size: bytes.length });
    expect(methods).toEqual(["POST", "PUT", "HEAD"]);
  });

  it("wherever it breaks, what arrives is the blob", async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(fc.nat({ max: 400_000 }), { maxLength: 3 }), async (inChunks, places) => {
        await using over = await misbehaving([], inChunks ? { profile: chunked } : {});
        for (const at of places) over.fake.fail({ kind: "request cut", at }, { path: /uploads\/./, times: 1 });
        await put(over);
        expect((await over.stored()).equals(bytes)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it("a session whose opening was cut off is opened again, at the cost of a stray one", async () => {
    await using over = await misbehaving();
    over.fake.fail({ kind: "reset" }, { method: "POST", times: 2 });
    await put(over);
    expect(over.asked()).toEqual(["POST", "POST", "POST", "PUT 400000"]);
  });

  it("without progress it is given up after the retries, and the session is cancelled", async () => {
    await using over = await misbehaving([], { profile: chunked });
    over.fake.fail({ kind: "reset" }, { method: "PATCH" });
    await expect(put(over)).rejects.toMatchObject({ kind: "connection" });
    expect(over.asked().filter((line) => line.startsWith("PATCH"))).toHaveLength(4);
    expect(over.fake.requests.at(-1)?.method).toBe("DELETE");
  });

  it.each([
    [401, "UNAUTHORIZED"],
    [403, "DENIED"],
    [429, "TOOMANYREQUESTS"],
  ] as const)("%i is not answered with other ways to upload", async (status, expected) => {
    await using over = await misbehaving([], { maxRetries: 2 });
    over.fake.fail({ kind: "answer", status }, { method: "PUT" });
    await expect(put(over)).rejects.toEqual(code(expected));
    expect(over.asked().filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  it("an aborted upload ends with the signal's reason, and its session is cancelled", async () => {
    await using over = await misbehaving();
    const silence = over.fake.fail({ kind: "silent" }, { method: "PUT" });
    const abort = new AbortController();
    const reason = new Error("enough");
    const call = over.client.blobs.put!(reference, content(), { signal: abort.signal });
    const ended = call.catch((error: unknown) => error);
    await expect.poll(() => silence.hits).toBe(1);
    abort.abort(reason);
    expect(await ended).toBe(reason);
    expect(over.asked().at(-1)).toBe("DELETE");
  });
});

describe("sessions that grow piece by piece", () => {
  it("a piece of unknown length is streamed, one of known length says so", async () => {
    await using over = await misbehaving();
    const upload = await over.client.blobs.upload(repository);
    expect(await upload.append(Readable.from([bytes.subarray(0, 1000)]))).toBe(1000);
    expect(await upload.append(Readable.from([bytes.subarray(1000)]), { length: bytes.length - 1000, offset: 1000 })).toBe(
      400_000,
    );
    expect(await upload.commit(digest)).toEqual({ digest, size: bytes.length });
    expect(over.asked()).toEqual(["POST", "PATCH", "PATCH 399000", "PUT"]);
  });

  it("a session is found again by its id, with what it has", async () => {
    await using over = await misbehaving();
    const { id } = await over.client.blobs.upload(repository);
    await (await over.client.blobs.upload(repository, { id })).append(Readable.from([bytes.subarray(0, 1000)]));
    await using second = clientOver(over.fake.url);
    const found = await second.client.blobs.upload(repository, { id });
    expect(found.size).toBe(1000);
    await expect(over.client.blobs.upload(repository, { id, principal: 7 })).rejects.toEqual(code("BLOB_UPLOAD_UNKNOWN"));
    await expect(second.client.blobs.upload(repository, { id: "../../etc" })).rejects.toEqual(code("BLOB_UPLOAD_UNKNOWN"));
  });

  it("a body that breaks off leaves the session where the registry stands", async () => {
    await using over = await misbehaving();
    const upload = await over.client.blobs.upload(repository);
    async function* breaking(): AsyncGenerator<Buffer> {
      yield bytes.subarray(0, 1000);
      await Promise.reject(new Error("source broke"));
    }
    await expect(upload.append(Readable.from(breaking()))).rejects.toThrow("source broke");
    const { size } = upload;
    expect(await upload.append(Readable.from([bytes.subarray(size)]))).toBe(bytes.length);
    expect(await upload.commit(digest)).toMatchObject({ size: bytes.length });
  });

  it("two writers at once are one too many", async () => {
    await using over = await misbehaving();
    const upload = await over.client.blobs.upload(repository);
    const slow = new Readable({ read: () => undefined });
    const first = upload.append(slow);
    await expect(upload.append(Readable.from([]))).rejects.toEqual(code("CONFLICT"));
    slow.push(bytes);
    slow.push(null);
    expect(await first).toBe(bytes.length);
  });
});
