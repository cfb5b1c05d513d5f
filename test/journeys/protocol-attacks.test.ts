// Path tricks, borrowed uploads, smuggled requests and floods against the distribution door (research: past advisories, rows 1 to 7).

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRights, type Rights } from "../../src/access/rights.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { routeTable } from "../../src/oci/route.ts";
import { openAccess, type V2Access } from "../../src/v2/access.ts";
import { image } from "../image.ts";
import { type ProtocolServer, startProtocolServer } from "../protocol-server.ts";
import { pushImage } from "../push.ts";
import { call, errorCode, openRaw } from "../raw-http.ts";

let server: ProtocolServer;
const app = image({ layers: ["a"] });
beforeAll(async () => {
  server = await startProtocolServer();
  await pushImage(server.url, "lib/app", app, "v1");
});
afterAll(() => server[Symbol.asyncDispose]());

describe("a path", () => {
  it.each([
    "/v2/../v2/lib/app/manifests/v1",
    "/v2/x/../lib/app/manifests/v1",
    "/v2/%2e%2e/lib/app/manifests/v1",
    "/v2/x/%2E%2E/lib/app/manifests/v1",
    "/v2/lib%2fapp/manifests/v1",
    "/v2/lib/app/manifests%2fv1",
    "/v2/lib//app/manifests/v1",
    "//v2/lib/app/manifests/v1",
    "//evil.example/v2/lib/app/manifests/v1",
    "http://evil.example/v2/lib/app/manifests/v1",
    "/v2/lib/app/manifests/v1/",
    "/v2/lib/app/manifests/v1#",
    "/v2/lib/app/manifests/v1%00",
    "/v2/lib/app/manifests/v1%20",
    "/v2/lib/app/manifests/%252e%252e",
    "/v2/lib\\app/manifests/v1",
    "/v2/lib/app;x=y/manifests/v1",
    "/V2/lib/app/manifests/v1",
    "/v2/Lib/app/manifests/v1",
    "/v2/lib/app/blobs/sha256:../../../../etc/passwd",
    "/v2/lib/app/blobs/sha256:..%2f..%2fetc%2fpasswd",
    "/v2/lib/app/blobs/uploads/../../../../etc/passwd",
    "/v2/lib/app/blobs/uploads/..%2f..%2fcatalogue.db",
    "/v2/lib/app/manifests/\u00e9",
    "*",
  ])("%s leads nowhere", async (path) => {
    const answer = await call(server.port, `GET ${path}`);
    expect([400, 404]).toContain(answer.status);
    expect(answer.body.includes(app.digest)).toBe(false);
  });

  it("is compared byte for byte: no method override, no case, no host", async () => {
    for (const headers of [
      { "X-HTTP-Method-Override": "DELETE" },
      { "X-Original-URL": "/v2/_catalog" },
      { "X-Rewrite-URL": "/" },
    ]) {
      const answer = await call(server.port, "GET /v2/lib/app/manifests/v1", "", headers);
      expect([answer.status, answer.headers["docker-content-digest"]]).toEqual([200, app.digest]);
    }
    expect((await call(server.port, "get /v2/")).status).toBe(400);
  });
});

describe("Host and forwarding headers", () => {
  it("never show up in Location or Link", async () => {
    const headers = { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", Forwarded: "host=evil.example" };
    const post = await call(server.port, "POST /v2/lib/app/blobs/uploads/", "", headers);
    expect(post.headers["location"]).toMatch(/^\/v2\/lib\/app\/blobs\/uploads\/[0-9a-f-]{36}$/);
    await pushImage(server.url, "lib/app", app, "v2");
    const list = await call(server.port, "GET /v2/lib/app/tags/list?n=1", "", headers);
    expect(list.headers["link"]).toBe('</v2/lib/app/tags/list?n=1&last=v1>; rel="next"');
  });
});

describe("smuggling", () => {
  it.each([
    ["a length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n"],
    ["two lengths", "Content-Length: 0\r\nContent-Length: 40", ""],
    ["a length with a sign", "Content-Length: +4", "abcd"],
    ["a length list", "Content-Length: 4, 4", "abcd"],
    ["an unknown encoding", "Transfer-Encoding: xchunked", "0\r\n\r\n"],
    ["an obscured encoding", "Transfer-Encoding:\x0bchunked", "0\r\n\r\n"],
    ["a bare line feed", "X-A: b\nTransfer-Encoding: chunked", "0\r\n\r\n"],
  ])("by %s ends in one refusal", async (_how, lines, body) => {
    const connection = await openRaw(server.port);
    connection.send(`POST /v2/lib/app/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`);
    connection.send(`DELETE /v2/lib/app/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n`);
    connection.socket.end();
    const answers = (await connection.ended()).toString("latin1").match(/HTTP\/1\.1 \d+/g) ?? [];
    expect(answers[0] ?? "HTTP/1.1 400").toBe("HTTP/1.1 400");
    expect(answers).not.toContain("HTTP/1.1 202");
  });

  it("by a chunk size that wraps around or hides an extension ends the connection", async () => {
    for (const size of ["fffffffffffffffff", "-1", "0x3", "3;\x00"]) {
      const connection = await openRaw(server.port);
      connection.send(
        `PUT /v2/lib/app/manifests/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\nabc\r\n0\r\n\r\n`,
      );
      connection.socket.end();
      expect((await connection.ended()).toString("latin1").match(/HTTP\/1\.1 2\d\d/g)).toBeNull();
    }
    expect((await call(server.port, "HEAD /v2/lib/app/manifests/x")).status).toBe(404);
  });
});

describe("floods", () => {
  it("a head of more than 16 KiB is refused", async () => {
    expect((await call(server.port, "GET /v2/", "", { "X-Fill": "x".repeat(20_000) })).status).toBe(431);
  });

  it("a thousand ranged reads with aborts leave the server serving", async () => {
    const layer = app.blobs[1]!;
    const one = async (i: number): Promise<void> => {
      const connection = await openRaw(server.port);
      connection.send(`GET /v2/lib/app/blobs/${layer.digest} HTTP/1.1\r\nHost: x\r\nRange: bytes=${i % 50}-\r\n\r\n`);
      if (i % 3 !== 0) await connection.response();
      connection.socket.destroy();
    };
    for (let batch = 0; batch < 20; batch++) await Promise.all(Array.from({ length: 50 }, (_, i) => one(batch * 50 + i)));
    expect((await call(server.port, `GET /v2/lib/app/blobs/${layer.digest}`)).body.equals(layer.bytes)).toBe(true);
  });
});

describe("access", () => {
  const somebody = (rights: Rights): V2Access => ({
    ...openAccess,
    identify: () => ({ id: 1, name: "ann", kind: "user", rights }),
    isOpen: () => false,
  });
  const asked: string[] = [];
  const nothing: Rights = {
    ...createRights([]),
    may: (action, repository) => {
      asked.push(`${action} ${repository}`);
      return false;
    },
  };
  const rightsFor = (pattern: string): Rights =>
    createRights([{ id: 1, role: "admin", pattern, overwrite: true, to: "user ann" }]);
  const digest = digestOf("x");
  const paths: Record<keyof typeof routeTable, string> = {
    base: "/v2/",
    token: "/v2/token",
    discover: "/v2/_oci/ext/discover",
    catalog: "/v2/_catalog",
    tags: "/v2/lib/app/tags/list",
    referrers: `/v2/lib/app/referrers/${digest}`,
    manifest: "/v2/lib/app/manifests/v1",
    blob: `/v2/lib/app/blobs/${digest}`,
    uploads: "/v2/lib/app/blobs/uploads/",
    upload: `/v2/lib/app/blobs/uploads/${randomUUID()}`,
  };

  it("is asked for every route and method of a repository, as the table says, before anything is done", async () => {
    await using closed = await startProtocolServer({ registry: server.registry, access: somebody(nothing) });
    for (const [kind, methods] of Object.entries(routeTable)) {
      for (const [method, access] of Object.entries(methods)) {
        if (access === "none" || access === "login" || access === "catalog") continue;
        asked.length = 0;
        const answer = await call(closed.port, `${method} ${paths[kind as keyof typeof routeTable]}`);
        expect([kind, method, [...new Set(asked)]]).toEqual([kind, method, [`${access} lib/app`]]);
        expect([kind, method, answer.status]).toEqual([kind, method, 403]);
      }
    }
  });

  it("looks the same for what exists and what does not", async () => {
    await using closed = await startProtocolServer({ registry: server.registry, access: somebody(nothing) });
    const [there, missing] = await Promise.all([
      call(closed.port, "GET /v2/lib/app/manifests/v1"),
      call(closed.port, "GET /v2/lib/apq/manifests/v1"),
    ]);
    expect([there.status, there.body.toString()]).toEqual([missing.status, missing.body.toString().replace("apq", "app")]);
    expect(errorCode(there)).toBe("DENIED");
  });

  it("to the source decides a mount, and a refusal looks like a blob that is not there", async () => {
    const layer = app.blobs[1]!.digest;
    await using guarded = await startProtocolServer({ registry: server.registry, access: somebody(rightsFor("guarded/*")) });
    for (const query of [`mount=${layer}&from=lib/app`, `mount=${layer}`, `mount=${digest}&from=lib/app`]) {
      const answer = await call(guarded.port, `POST /v2/guarded/x/blobs/uploads/?${query}`);
      expect([query, answer.status, answer.headers["range"]]).toEqual([query, 202, "0-0"]);
    }
    expect((await call(guarded.port, `HEAD /v2/guarded/x/blobs/${layer}`)).status).toBe(404);
  });

  it("decides which repositories the catalog shows", async () => {
    await pushImage(server.url, "seen/app", app, "v1");
    await using guarded = await startProtocolServer({ registry: server.registry, access: somebody(rightsFor("seen/*")) });
    expect(JSON.parse((await call(guarded.port, "GET /v2/_catalog?n=1")).body.toString())).toEqual({
      repositories: ["seen/app"],
    });
  });
});
