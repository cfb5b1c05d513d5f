// Uploads over a real port: every way to push a blob, resume it, give it up or mount it (distribution-spec "Pushing Blobs").

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { noise, raw } from "../image.ts";
import { type ProtocolServer, startProtocolServer } from "../protocol-server.ts";
import { pushBlob } from "../push.ts";
import { call, errorCode, openRaw, type RawResponse } from "../raw-http.ts";

let server: ProtocolServer;
beforeAll(async () => {
  server = await startProtocolServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const bytesOf = (seed: string, size = 3000): Buffer => Buffer.from(noise(`${seed}${randomUUID()}`, size));

async function begin(repository = "up/load", query = ""): Promise<string> {
  const answer = await call(server.port, `POST /v2/${repository}/blobs/uploads/${query}`);
  expect(answer.status).toBe(202);
  expect(answer.headers["location"]).toMatch(new RegExp(`^/v2/${repository}/blobs/uploads/${uuid.source}$`));
  return answer.headers["location"]!;
}
const patch = (location: string, body: Buffer, range?: string): Promise<RawResponse> =>
  call(server.port, `PATCH ${location}`, body, range === undefined ? {} : { "Content-Range": range });
const put = (location: string, digest: string, body: Buffer | string = "", headers = {}): Promise<RawResponse> =>
  call(server.port, `PUT ${location}?digest=${digest}`, body, headers);

async function expectStored(answer: RawResponse, bytes: Buffer, digest = digestOf(bytes), repository = "up/load"): Promise<void> {
  const location = `/v2/${repository}/blobs/${digest}`;
  expect([answer.status, answer.headers["location"], answer.headers["docker-content-digest"]]).toEqual([201, location, digest]);
  expect(answer.headers["content-length"]).toBe("0");
  const blob = await call(server.port, `GET ${location}`);
  expect([blob.status, blob.body.equals(bytes)]).toEqual([200, true]);
}

describe("an upload", () => {
  it("begins with 202, a session Location, Range 0-0, its UUID and an explicit length", async () => {
    const { status, headers } = await call(server.port, "POST /v2/up/load/blobs/uploads/");
    expect([status, headers["range"], headers["content-length"]]).toEqual([202, "0-0", "0"]);
    expect(headers["location"]).toContain(headers["docker-upload-uuid"]);
  });

  it("may be the whole blob in the closing PUT", async () => {
    const bytes = bytesOf("put");
    await expectStored(await put(await begin(), digestOf(bytes), bytes), bytes);
  });

  it("may be one PATCH and an empty PUT", async () => {
    const bytes = bytesOf("patch");
    const location = await begin();
    const patched = await patch(location, bytes);
    expect([patched.status, patched.headers["range"], patched.headers["location"]]).toEqual([202, "0-2999", location]);
    expect(patched.headers["docker-upload-uuid"]).toMatch(uuid);
    await expectStored(await put(location, digestOf(bytes)), bytes);
  });

  it.each(["", "bytes ", "bytes="])("may come in chunks with Content-Range '%sa-b', the last one in the PUT", async (unit) => {
    const bytes = bytesOf("chunks");
    const location = await begin();
    expect((await patch(location, bytes.subarray(0, 1000), `${unit}0-999`)).headers["range"]).toBe("0-999");
    expect((await patch(location, bytes.subarray(1000, 2000), `${unit}1000-1999`)).headers["range"]).toBe("0-1999");
    const last = await put(location, digestOf(bytes), bytes.subarray(2000), { "Content-Range": `${unit}2000-2999` });
    await expectStored(last, bytes);
  });

  it("refuses a chunk that does not continue it, says where it stands, and goes on from there", async () => {
    const bytes = bytesOf("order");
    const location = await begin();
    const early = await patch(location, bytes.subarray(1000, 2000), "1000-1999");
    expect([early.status, errorCode(early), early.headers["range"], early.headers["location"]]).toEqual([
      416,
      "BLOB_UPLOAD_INVALID",
      "0-0",
      location,
    ]);
    await patch(location, bytes.subarray(0, 1000), "0-999");
    const replay = await patch(location, bytes.subarray(0, 1000), "0-999");
    expect([replay.status, replay.headers["range"]]).toEqual([416, "0-999"]);
    const wrongEnd = await put(location, digestOf(bytes), bytes.subarray(2000), { "Content-Range": "2000-2999" });
    expect([wrongEnd.status, wrongEnd.headers["range"], wrongEnd.headers["location"]]).toEqual([416, "0-999", location]);
    const status = await call(server.port, `GET ${location}?digest=stray`);
    expect([status.status, status.headers["range"], status.headers["location"]]).toEqual([204, "0-999", location]);
    await patch(location, bytes.subarray(1000), "1000-2999");
    await expectStored(await put(location, digestOf(bytes)), bytes);
  });

  it("refuses a chunk whose range and length differ, or whose range is no range", async () => {
    const location = await begin();
    for (const range of ["0-998", "0-1000", "9-5", "x"]) {
      const answer = await patch(location, Buffer.alloc(1000), range);
      expect([range, answer.status, answer.headers["range"]]).toEqual([range, 416, "0-0"]);
    }
    const chunked = await openRaw(server.port);
    chunked.send(
      `PATCH ${location} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Range: 0-9\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    );
    expect((await chunked.response()).status).toBe(416);
    chunked.socket.destroy();
    expect((await call(server.port, `GET ${location}`)).headers["range"]).toBe("0-0");
  });

  it("tells its state to GET and HEAD, 0-0 when nothing has come", async () => {
    const location = await begin();
    for (const method of ["GET", "HEAD"]) {
      const answer = await call(server.port, `${method} ${location}`);
      expect([answer.status, answer.headers["range"], answer.headers["content-length"]]).toEqual([204, "0-0", undefined]);
    }
  });

  it("takes an empty PATCH for nothing", async () => {
    const location = await begin();
    expect([
      (await patch(location, Buffer.alloc(0))).status,
      (await call(server.port, `GET ${location}`)).headers["range"],
    ]).toEqual([202, "0-0"]);
  });

  it("may be one POST with the digest; an empty one for another digest means that a PUT follows", async () => {
    const bytes = bytesOf("post");
    const digest = digestOf(bytes);
    await expectStored(await call(server.port, `POST /v2/up/load/blobs/uploads/?digest=${digest}`, bytes), bytes);
    const location = await begin("up/load", `?digest=${digestOf(bytesOf("other"))}`);
    expect((await call(server.port, `DELETE ${location}`)).status).toBe(204);
    const empty = digestOf("");
    await expectStored(await call(server.port, `POST /v2/up/load/blobs/uploads/?digest=${empty}`), Buffer.alloc(0), empty);
  });

  it("may have a sha512 digest, announced or not", async () => {
    for (const query of ["", "?digest-algorithm=sha512"]) {
      const bytes = bytesOf("sha512");
      const digest = digestOf(bytes, "sha512");
      const location = await begin("up/load", query);
      await patch(location, bytes);
      await expectStored(await put(location, digest), bytes, digest);
    }
    const unsupported = await call(server.port, "POST /v2/up/load/blobs/uploads/?digest-algorithm=blake3");
    expect([unsupported.status, errorCode(unsupported)]).toEqual([400, "DIGEST_INVALID"]);
  });

  it.each([
    ["missing", ""],
    ["malformed", "?digest=sha256:bad"],
    ["of an unknown algorithm", `?digest=md5:${"0".repeat(32)}`],
    ["of other content", `?digest=${digestOf("other")}`],
  ])("is refused when the digest is %s", async (_what, query) => {
    const answer = await call(server.port, `PUT ${await begin()}${query}`, "content");
    expect([answer.status, errorCode(answer)]).toEqual([400, "DIGEST_INVALID"]);
    const single = await call(server.port, `POST /v2/up/load/blobs/uploads/?digest=${digestOf("other")}`, "content");
    expect([single.status, errorCode(single)]).toEqual([400, "DIGEST_INVALID"]);
  });

  it("is unknown once it was finished, cancelled, or never began, and in any other repository", async () => {
    const finished = await begin();
    await put(finished, digestOf(""));
    const cancelled = await begin();
    expect((await call(server.port, `DELETE ${cancelled}`)).status).toBe(204);
    const moved = (await begin()).replace("up/load", "up/elsewhere");
    for (const location of [finished, cancelled, moved, `/v2/up/load/blobs/uploads/${randomUUID()}`]) {
      for (const method of ["GET", "PATCH", "DELETE"]) {
        const answer = await call(server.port, `${method} ${location}`);
        expect([method, answer.status]).toEqual([method, 404]);
        if (method !== "GET") expect(errorCode(answer)).toBe("BLOB_UPLOAD_UNKNOWN");
      }
      expect((await put(location, digestOf(""))).status).toBe(404);
    }
  });

  it("keeps what arrived when the client breaks off, and says truthfully how much", async () => {
    const bytes = bytesOf("broken", 300_000);
    const location = await begin();
    const connection = await openRaw(server.port);
    connection.send(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n`);
    connection.send(bytes.subarray(0, 200_000));
    connection.socket.end();
    const resume = async (): Promise<number> => {
      const { range } = (await call(server.port, `GET ${location}`)).headers;
      const start = range === "0-0" ? 0 : Number(range!.slice(2)) + 1;
      return (await patch(location, bytes.subarray(start), `${start}-299999`)).status;
    };
    // The writer that broke off may hold the session a moment longer.
    await expect.poll(resume).toBe(202);
    await expectStored(await put(location, digestOf(bytes)), bytes);
  });

  it("has one writer: of two at once at least one succeeds whole, and nothing is mixed", async () => {
    const bytes = bytesOf("race", 200_000);
    const location = await begin();
    const answers = await Promise.all([patch(location, bytes, "0-199999"), patch(location, bytes, "0-199999")]);
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses[0]).toBe(202);
    expect([409, 416]).toContain(statuses[1]);
    await expectStored(await put(location, digestOf(bytes)), bytes);
  });

  it("of the same blob by many clients at once succeeds for each", async () => {
    const bytes = bytesOf("crowd");
    const answers = await Promise.all(Array.from({ length: 12 }, async () => put(await begin(), digestOf(bytes), bytes)));
    for (const answer of answers) await expectStored(answer, bytes);
  });
});

describe("a mount", () => {
  const blob = raw("x/y", noise("mounted", 2000));
  beforeAll(() => pushBlob(server.url, "mount/source", blob));
  const mount = (query: string, repository = "mount/target"): Promise<RawResponse> =>
    call(server.port, `POST /v2/${repository}/blobs/uploads/?${query}`);

  it.each([
    ["from the repository that has it", `mount=${blob.digest}&from=mount/source`, "mount/target1"],
    ["with everything percent-encoded", `from=mount%2Fsource&mount=${encodeURIComponent(blob.digest)}`, "mount/target2"],
    ["from anywhere", `mount=${blob.digest}`, "mount/target3"],
    ["into the repository it is in", `mount=${blob.digest}&from=mount/source`, "mount/source"],
  ])("%s is 201 with the blob's Location", async (_how, query, repository) => {
    await expectStored(await mount(query, repository), Buffer.from(blob.bytes), blob.digest, repository);
  });

  it.each([
    ["of a blob that nobody has", `mount=${digestOf("nobody")}&from=mount/source`],
    ["of a blob that nobody has, from anywhere", `mount=${digestOf("nobody")}`],
    ["from a repository that does not exist", `mount=${blob.digest}&from=mount/none&origin=registry.example`],
    ["from something that is no name", `mount=${blob.digest}&from=../Etc`],
  ])("%s is a new upload, never an error", async (_what, query) => {
    const answer = await mount(query, "mount/session");
    expect([answer.status, answer.headers["range"]]).toEqual([202, "0-0"]);
    expect(answer.headers["location"]).toMatch(uuid);
  });

  it("of a malformed digest is refused", async () => {
    const answer = await mount("mount=sha256:bad&from=mount/source");
    expect([answer.status, errorCode(answer)]).toEqual([400, "DIGEST_INVALID"]);
  });
});
