// What real clients put on the wire, byte for byte, and what each of them needs to read in the answer.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { ociIndex, ociManifest } from "../../src/oci/media-types.ts";
import { image, noise } from "../image.ts";
import { type ProtocolServer, startProtocolServer } from "../protocol-server.ts";
import { pushImage } from "../push.ts";
import { openRaw, type RawConnection, type RawResponse } from "../raw-http.ts";

let server: ProtocolServer;
const app = image({ layers: ["a"] });
beforeAll(async () => {
  server = await startProtocolServer();
  await pushImage(server.url, "lib/app", app, "v1");
});
afterAll(() => server[Symbol.asyncDispose]());

const fresh = (size = 5000): { bytes: Buffer; digest: string } => {
  const bytes = Buffer.from(noise(randomUUID(), size));
  return { bytes, digest: digestOf(bytes) };
};
/** Runs `talk` with a way to send a head (lines) and a body and read the answer, all on one connection. */
async function converse(
  talk: (say: (head: string, body?: string | Uint8Array) => Promise<RawResponse>, connection: RawConnection) => Promise<void>,
): Promise<void> {
  const connection = await openRaw(server.port);
  try {
    await talk((head, body = "") => {
      const lines = head.trim().split(/\r?\n\s*/);
      connection.send(`${lines.join("\r\n")}\r\n\r\n`);
      if (body.length > 0) connection.send(body);
      return connection.response(lines[0]!.split(" ", 1)[0]);
    }, connection);
  } finally {
    connection.socket.destroy();
  }
}
const chunked = (bytes: Buffer, size = 1024): Buffer =>
  Buffer.concat([
    ...Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => {
      const part = bytes.subarray(i * size, (i + 1) * size);
      return Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
    }),
    Buffer.from("0\r\n\r\n"),
  ]);

describe("the docker daemon", () => {
  const docker = "Host: 127.0.0.1:5000\nUser-Agent: docker/28.1.1 go/go1.23.8 UpstreamClient(Docker-Client/28.1.1 \\(linux\\))";

  it("pushes: HEAD, POST with a mount that fails, chunked PATCH, empty PUT, HEAD", async () => {
    const { bytes, digest } = fresh();
    await converse(async (say) => {
      expect((await say(`GET /v2/ HTTP/1.1\n${docker}\nAccept-Encoding: gzip\nConnection: close-not`)).status).toBe(200);
      expect((await say(`HEAD /v2/dock/er/blobs/${digest} HTTP/1.1\n${docker}`)).status).toBe(404);
      const query = `from=lib%2Fapp&mount=${encodeURIComponent(digest)}`;
      const post = await say(
        `POST /v2/dock/er/blobs/uploads/?${query} HTTP/1.1\n${docker}\nContent-Length: 0\nAccept-Encoding: gzip`,
      );
      expect(post.status).toBe(202);
      const location = post.headers["location"]!;
      const patch = await say(
        `PATCH ${location} HTTP/1.1\n${docker}\nTransfer-Encoding: chunked\nAccept-Encoding: gzip`,
        chunked(bytes),
      );
      expect(patch.status).toBe(202);
      // The daemon scans the range with "%d-%d" and refuses an end before the start.
      expect(patch.headers["range"]).toBe("0-4999");
      const next = patch.headers["location"]!;
      const put = await say(`PUT ${next}?digest=${encodeURIComponent(digest)} HTTP/1.1\n${docker}\nContent-Length: 0`);
      expect([put.status, put.headers["docker-content-digest"]]).toEqual([201, digest]);
      const head = await say(`HEAD /v2/dock/er/blobs/${digest} HTTP/1.1\n${docker}`);
      expect([head.status, head.headers["content-length"]]).toEqual([200, "5000"]);
    });
  });

  it("pulls: HEAD by tag with a line per type, then GET by digest", async () => {
    const accept = [ociManifest, ociIndex, "application/vnd.docker.distribution.manifest.v1+prettyjws", "application/json"]
      .map((type) => `Accept: ${type}`)
      .join("\n");
    await converse(async (say) => {
      const head = await say(`HEAD /v2/lib/app/manifests/v1 HTTP/1.1\n${docker}\n${accept}\nAccept-Encoding: gzip`);
      expect(head.headers).toMatchObject({
        "content-type": ociManifest,
        "content-length": String(app.bytes.length),
        "docker-content-digest": app.digest,
      });
      const get = await say(`GET /v2/lib/app/manifests/${app.digest} HTTP/1.1\n${docker}\n${accept}\nAccept-Encoding: gzip`);
      expect(digestOf(get.body)).toBe(app.digest);
    });
  });
});

describe("containerd", () => {
  const containerd = "Host: 127.0.0.1:5000\nUser-Agent: containerd/2.1.0";

  it("pushes a blob in one PUT to the session that a failed mount opened", async () => {
    const { bytes, digest } = fresh();
    await converse(async (say) => {
      const accept = "Accept: application/vnd.oci.image.layer.v1.tar+gzip, */*";
      expect((await say(`HEAD /v2/c/d/blobs/${digest}?ns=docker.io HTTP/1.1\n${containerd}\n${accept}`)).status).toBe(404);
      const post = await say(
        `POST /v2/c/d/blobs/uploads/?mount=${digest}&from=lib/app&ns=docker.io HTTP/1.1\n${containerd}\nContent-Length: 0`,
      );
      expect([post.status, post.headers["location"]?.startsWith("/")]).toEqual([202, true]);
      // It rebuilds the URL from its parts: parameters come out sorted and encoded.
      const put = await say(
        `PUT ${post.headers["location"]}?digest=${encodeURIComponent(digest)}&ns=docker.io HTTP/1.1\n${containerd}\n` +
          `Content-Length: 5000\nContent-Type: application/octet-stream`,
        bytes,
      );
      expect([put.status, put.headers["docker-content-digest"]]).toEqual([201, digest]);
    });
  });

  it("mounts, resolves and fetches with ns and a range to the end", async () => {
    const layer = app.blobs[1]!;
    await converse(async (say) => {
      const post = await say(
        `POST /v2/c/e/blobs/uploads/?mount=${layer.digest}&from=lib/app HTTP/1.1\n${containerd}\nContent-Length: 0`,
      );
      expect([post.status, post.headers["location"]]).toEqual([201, `/v2/c/e/blobs/${layer.digest}`]);
      const head = await say(
        `HEAD /v2/lib/app/manifests/v1?ns=docker.io HTTP/1.1\n${containerd}\nAccept: ${ociIndex}, ${ociManifest}, */*`,
      );
      expect(head.headers["docker-content-digest"]).toBe(app.digest);
      const encoding = "Accept-Encoding: zstd;q=1.0, gzip;q=0.8, deflate;q=0.5";
      const blob = await say(
        `GET /v2/c/e/blobs/${layer.digest}?ns=docker.io HTTP/1.1\n${containerd}\n${encoding}\nRange: bytes=10-`,
      );
      expect([blob.status, blob.body.equals(layer.bytes.slice(10))]).toEqual([206, true]);
    });
  });
});

describe("skopeo and podman", () => {
  const skopeo =
    "Host: 127.0.0.1:5000\nUser-Agent: skopeo/1.9.3\nAuthorization: Basic Og==\nDocker-Distribution-Api-Version: registry/2.0";

  it("pushes with a PATCH of known length, closing the connection each time, and gives up the session it did not need", async () => {
    const { bytes, digest } = fresh();
    const once = async (head: string, body?: Buffer): Promise<RawResponse> => {
      let answer: RawResponse | undefined;
      await converse(async (say, { ended }) => {
        answer = await say(`${head} HTTP/1.1\n${skopeo}\nConnection: close`.replace(/ HTTP\/1\.1\n/, " HTTP/1.1\n"), body);
        expect(answer.headers["connection"]).toBe("close");
        await ended();
      });
      return answer!;
    };
    expect((await once(`HEAD /v2/sk/opeo/blobs/${digest}`)).status).toBe(404);
    const unwanted = await once("POST /v2/sk/opeo/blobs/uploads/");
    expect((await once(`DELETE ${unwanted.headers["location"]}`)).status).toBe(204);
    const post = await once("POST /v2/sk/opeo/blobs/uploads/");
    await converse(async (say) => {
      const patch = await say(
        `PATCH ${post.headers["location"]} HTTP/1.1\n${skopeo}\nContent-Length: 5000\nContent-Type: application/octet-stream`,
        bytes,
      );
      expect(patch.status).toBe(202);
    });
    expect((await once(`PUT ${post.headers["location"]}?digest=${encodeURIComponent(digest)}`)).status).toBe(201);
    expect((await once(`HEAD /v2/sk/opeo/blobs/${digest}`)).headers["content-length"]).toBe("5000");
  });
});

describe("crane and its kin", () => {
  const crane = "Host: 127.0.0.1:5000\nUser-Agent: crane/0.20 go-containerregistry/0.20";

  it("opens an upload with an empty body of type JSON, an origin and a repository that only exists elsewhere", async () => {
    const { bytes, digest } = fresh();
    await converse(async (say) => {
      const query = `from=library%2Falpine&mount=${encodeURIComponent(digest)}&origin=index.docker.io`;
      const post = await say(
        `POST /v2/cr/ane/blobs/uploads/?${query} HTTP/1.1\n${crane}\nContent-Length: 0\nContent-Type: application/json`,
      );
      expect(post.status).toBe(202);
      const patch = await say(`PATCH ${post.headers["location"]} HTTP/1.1\n${crane}\nTransfer-Encoding: chunked`, chunked(bytes));
      expect(patch.status).toBe(202);
      const put = await say(
        `PUT ${patch.headers["location"]}?digest=${encodeURIComponent(digest)} HTTP/1.1\n${crane}\nContent-Length: 0`,
      );
      expect(put.status).toBe(201);
    });
  });

  it("checks push rights as kaniko does: a session, then DELETE", async () => {
    await converse(async (say) => {
      const post = await say(
        `POST /v2/kan/iko/blobs/uploads/ HTTP/1.1\n${crane}\nContent-Length: 0\nContent-Type: application/json`,
      );
      expect((await say(`DELETE ${post.headers["location"]} HTTP/1.1\n${crane}`)).status).toBe(204);
    });
  });

  it("speaks TLS by mistake and is told so at once", async () => {
    const connection = await openRaw(server.port);
    connection.send(Buffer.from("16030100f1010000ed0303", "hex"));
    expect((await connection.ended()).toString()).toContain("400 Bad Request");
  });
});

describe("regctl", () => {
  const regctl = "Host: 127.0.0.1:5000\nUser-Agent: regclient/regctl (v0.8.3)";

  it("tries an anonymous mount, then PUT; resumes a chunked upload from a 416", async () => {
    const { bytes, digest } = fresh();
    await converse(async (say) => {
      const mount = await say(
        `POST /v2/reg/ctl/blobs/uploads/?mount=${encodeURIComponent(digest)} HTTP/1.1\n${regctl}\nContent-Length: 0`,
      );
      expect(mount.status).toBe(202);
      const location = mount.headers["location"]!;
      const type = "Content-Type: application/octet-stream";
      const first = await say(
        `PATCH ${location} HTTP/1.1\n${regctl}\n${type}\nContent-Length: 2000\nContent-Range: 0-1999`,
        bytes.subarray(0, 2000),
      );
      expect(first.headers["range"]).toBe("0-1999");
      const lost = await say(
        `PATCH ${location} HTTP/1.1\n${regctl}\n${type}\nContent-Length: 2000\nContent-Range: 0-1999`,
        bytes.subarray(0, 2000),
      );
      expect([lost.status, lost.headers["range"]]).toEqual([416, "0-1999"]);
      expect(lost.headers["location"]).toBe(location);
    });
    await converse(async (say) => {
      const again = await say(`POST /v2/reg/ctl/blobs/uploads/ HTTP/1.1\n${regctl}\nContent-Length: 0`);
      const put = await say(
        `PUT ${again.headers["location"]}?digest=${encodeURIComponent(digest)} HTTP/1.1\n${regctl}\nContent-Length: 5000`,
        bytes,
      );
      expect(put.status).toBe(201);
      const found = await say(
        `POST /v2/reg/other/blobs/uploads/?mount=${encodeURIComponent(digest)} HTTP/1.1\n${regctl}\nContent-Length: 0`,
      );
      expect([found.status, found.headers["location"]]).toEqual([201, `/v2/reg/other/blobs/${digest}`]);
    });
  });
});

describe("oras, helm and notation", () => {
  it("probe referrers with the digest of zeros and compare the type exactly", async () => {
    await converse(async (say) => {
      const answer = await say(`GET /v2/or/as/referrers/sha256:${"0".repeat(64)} HTTP/1.1\nHost: x\nUser-Agent: oras/1.2.2`);
      expect([answer.status, answer.headers["content-type"]]).toEqual([200, ociIndex]);
    });
  });

  it("push with POST and PUT, the digest raw or among sorted and repeated parameters", async () => {
    for (const query of ["digest=D&ns=x", "_state=a%2Bb&digest=D&ns=x&ns=y", "ns=&digest=D"]) {
      const { bytes, digest } = fresh();
      await converse(async (say) => {
        const post = await say("POST /v2/or/as/blobs/uploads/ HTTP/1.1\nHost: x\nContent-Length: 0");
        const put = await say(
          `PUT ${post.headers["location"]}?${query.replace("D", encodeURIComponent(digest))} HTTP/1.1\nHost: x\nContent-Length: 5000`,
          bytes,
        );
        expect([query, put.status]).toEqual([query, 201]);
      });
    }
  });
});

describe("lazy pullers", () => {
  it("probe with one byte, ask the size by HEAD, and read several ranges in one request", async () => {
    const { digest, bytes } = app.blobs[1]!;
    await converse(async (say) => {
      const url = `/v2/lib/app/blobs/${digest} HTTP/1.1\nHost: x\nAccept-Encoding: identity`;
      expect((await say(`GET ${url}\nRange: bytes=0-1`)).status).toBe(206);
      expect((await say(`HEAD ${url}`)).headers["content-length"]).toBe(String(bytes.length));
      const parts = await say(`GET ${url}\nRange: bytes=0-9,20-29,40-49`);
      expect(parts.status).toBe(206);
      expect(parts.body.toString("latin1").match(/Content-Range/g)).toHaveLength(3);
    });
  });
});

describe("curl and other careful clients", () => {
  it("wait for 100-continue before they send, and get their error instead of it", async () => {
    const { bytes, digest } = fresh();
    await converse(async (say, connection) => {
      const post = await say("POST /v2/cu/rl/blobs/uploads/ HTTP/1.1\nHost: x\nContent-Length: 0");
      const url = `${post.headers["location"]}?digest=${digest}`;
      expect((await say(`PUT ${url} HTTP/1.1\nHost: x\nContent-Length: 5000\nExpect: 100-continue`)).status).toBe(100);
      connection.send(bytes);
      expect((await connection.response()).status).toBe(201);
      const refused = await say(
        `PUT /v2/cu/rl/blobs/uploads/${randomUUID()}?digest=${digest} HTTP/1.1\nHost: x\nContent-Length: 5\nExpect: 100-continue`,
      );
      expect([refused.status, refused.headers["connection"]]).toEqual([404, "close"]);
      await connection.ended();
    });
  });

  it("close their half after the request and still read the answer", async () => {
    const { bytes, digest } = fresh();
    await converse(async (say, connection) => {
      const post = await say("POST /v2/cu/rl/blobs/uploads/ HTTP/1.1\nHost: x\nContent-Length: 0");
      connection.send(`PUT ${post.headers["location"]}?digest=${digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n`);
      connection.socket.end(bytes);
      expect((await connection.response()).status).toBe(201);
      await connection.ended();
    });
  });

  it("close their half in the middle of the body and lose only what they did not send", async () => {
    const { bytes, digest } = fresh();
    await converse(async (say) => {
      const post = await say("POST /v2/cu/rl/blobs/uploads/ HTTP/1.1\nHost: x\nContent-Length: 0");
      const location = post.headers["location"]!;
      await converse(async (_say, half) => {
        half.send(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n`);
        half.socket.end(bytes.subarray(0, 2000));
        await half.ended();
      });
      const resume = async (): Promise<number> => {
        const { range } = (await say(`GET ${location} HTTP/1.1\nHost: x`)).headers;
        const start = range === "0-0" ? 0 : Number(range!.slice(2)) + 1;
        const head = `PATCH ${location} HTTP/1.1\nHost: x\nContent-Length: ${5000 - start}\nContent-Range: ${start}-4999`;
        return (await say(head, bytes.subarray(start))).status;
      };
      await expect.poll(resume).toBe(202);
      expect((await say(`PUT ${location}?digest=${digest} HTTP/1.1\nHost: x\nContent-Length: 0`)).status).toBe(201);
    });
  });

  it("speak HTTP/1.0 as old proxies do", async () => {
    const connection = await openRaw(server.port);
    connection.send("GET /v2/lib/app/manifests/v1 HTTP/1.0\r\n\r\n");
    const answer = await connection.response();
    expect([answer.status, answer.body.equals(app.bytes), answer.headers["connection"]]).toEqual([200, true, "close"]);
    await connection.ended();
  });

  it("send a body with GET and DELETE, which is read over", async () => {
    await converse(async (say) => {
      expect((await say("GET /v2/lib/app/manifests/v1 HTTP/1.1\nHost: x\nContent-Length: 5", "hello")).status).toBe(200);
      expect((await say("DELETE /v2/lib/app/manifests/none HTTP/1.1\nHost: x\nContent-Length: 5", "hello")).status).toBe(404);
      expect((await say("GET /v2/ HTTP/1.1\nHost: x")).status).toBe(200);
    });
  });
});
