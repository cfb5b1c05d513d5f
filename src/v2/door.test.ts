import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { image, index } from "../../test/image.ts";
import { type ProtocolServer, startProtocolServer } from "../../test/protocol-server.ts";
import { pushImage } from "../../test/push.ts";
import { call, openRaw, type RawResponse } from "../../test/raw-http.ts";
import { digestOf } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Registry } from "../oci/registry.ts";
import type { PullEvent } from "../pulls/event.ts";

const app = image({ layers: ["a"] });
const multi = index([app]);
let events: PullEvent[];
let registry: Registry;
let server: ProtocolServer;
let record: (event: PullEvent) => Promise<void>;

beforeEach(async () => {
  events = [];
  record = async (event) => void events.push(event);
  registry = createMemoryRegistry();
  server = await startProtocolServer({ registry, record: (event) => record(event) });
  await pushImage(server.url, "lib/app", multi, "v1");
});
afterEach(() => server[Symbol.asyncDispose]());

const manifest = (method: string, reference: string, headers = {}): Promise<RawResponse> =>
  call(server.port, `${method} /v2/lib/app/manifests/${reference}`, "", headers);

describe("an answered manifest request", () => {
  it.each([
    { method: "GET", reference: "v1", etag: "", event: { method: "GET", byTag: true, status: 200, isIndex: true } },
    { method: "GET", reference: app.digest, etag: "", event: { method: "GET", byTag: false, status: 200, isIndex: false } },
    { method: "HEAD", reference: "v1", etag: "", event: { method: "HEAD", byTag: true, status: 200, isIndex: true } },
    { method: "HEAD", reference: multi.digest, etag: "", event: { method: "HEAD", byTag: false, status: 200, isIndex: true } },
    {
      method: "GET",
      reference: "v1",
      etag: `"${multi.digest}"`,
      event: { method: "GET", byTag: true, status: 304, isIndex: true },
    },
    {
      method: "HEAD",
      reference: "v1",
      etag: `"${multi.digest}"`,
      event: { method: "HEAD", byTag: true, status: 304, isIndex: true },
    },
  ])("$method $reference $etag is recorded once", async ({ method, reference, etag, event }) => {
    await manifest(method, reference, etag === "" ? {} : { "If-None-Match": etag });
    const { ids } = await registry.manifests.head(
      reference === "v1"
        ? { repository: "lib/app" as never, tag: reference as never }
        : { repository: "lib/app" as never, digest: reference as never },
    );
    const digest = reference === app.digest ? app.digest : multi.digest;
    expect(events).toEqual([
      { ...event, ids, digest, principal: 0, address: "127.0.0.1", client: expect.any(Number), answerable: expect.any(Function) },
    ]);
    expect(ids?.tagEpoch === 0).toBe(!event.byTag);
  });

  it("is recorded before the answer leaves", async () => {
    const asked = Promise.withResolvers<PullEvent>();
    const durable = Promise.withResolvers<void>();
    record = (event) => {
      asked.resolve(event);
      return durable.promise;
    };
    const connection = await openRaw(server.port);
    connection.send("GET /v2/lib/app/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n");
    const event = await asked.promise;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([connection.socket.bytesRead, event.answerable()]).toEqual([0, true]);
    durable.resolve();
    expect((await connection.response()).status).toBe(200);
    connection.socket.destroy();
  });

  it("says that it cannot be answered any more when the client has gone", async () => {
    const asked = Promise.withResolvers<PullEvent>();
    const durable = Promise.withResolvers<void>();
    record = (event) => {
      asked.resolve(event);
      return durable.promise;
    };
    const connection = await openRaw(server.port);
    connection.send("GET /v2/lib/app/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n");
    const event = await asked.promise;
    connection.socket.resetAndDestroy();
    await expect.poll(() => event.answerable()).toBe(false);
    durable.resolve();
  });

  it("is answered although counting it fails, which is reported", async () => {
    await server[Symbol.asyncDispose]();
    server = await startProtocolServer({ registry, record: () => Promise.reject(new Error("no journal")) });
    expect((await manifest("GET", "v1")).status).toBe(200);
    await expect(server[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [new Error("no journal")] });
    server = await startProtocolServer({ registry });
  });

  it("tells clients apart by user agent, and knows one again on its next connection", async () => {
    const clients: number[] = [];
    for (const agent of ["docker/28", "docker/28", "containerd/2", ""]) {
      await manifest("GET", "v1", agent === "" ? {} : { "User-Agent": agent });
      clients.push(events.at(-1)!.client);
    }
    expect(clients[0]).toBe(clients[1]);
    expect(new Set(clients).size).toBe(3);
    const connection = await openRaw(server.port);
    for (const agent of ["docker/28", "containerd/2", "docker/28"]) {
      connection.send(`GET /v2/lib/app/manifests/v1 HTTP/1.1\r\nHost: x\r\nUser-Agent: ${agent}\r\n\r\n`);
      await connection.response();
    }
    connection.socket.destroy();
    expect(events.slice(-3).map(({ client }) => client)).toEqual([clients[0], clients[2], clients[0]]);
  });

  it.each([
    "GET /v2/lib/app/manifests/none",
    "GET /v2/none/manifests/v1",
    "GET /v2/lib/app/tags/list",
    `HEAD /v2/lib/app/blobs/${digestOf("x")}`,
  ])("%s is no manifest that was answered, and is not recorded", async (target) => {
    await call(server.port, target);
    expect(events).toEqual([]);
  });

  it("of a registry without a catalogue is not recorded", async () => {
    await server[Symbol.asyncDispose]();
    const { manifests } = registry;
    const get: Registry["manifests"]["get"] = async (reference) => {
      const { ids: _ids, ...stored } = await manifests.get(reference);
      return stored;
    };
    server = await startProtocolServer({
      registry: { ...registry, manifests: { ...manifests, get } },
      record: (event) => record(event),
    });
    expect((await manifest("GET", "v1")).status).toBe(200);
    expect(events).toEqual([]);
  });
});

describe("trouble below the door", () => {
  const failing = (error: Error): Registry => {
    const fail = async (): Promise<never> => {
      throw error;
    };
    return { ...registry, manifests: { ...registry.manifests, get: fail }, tags: fail };
  };

  it("is told by its code when it is an error of the house", async () => {
    const error = new RegistryError("TOOMANYREQUESTS", { headers: { "Retry-After": "60" } });
    await using other = await startProtocolServer({ registry: failing(error) });
    const answer = await call(other.port, "GET /v2/lib/app/manifests/v1");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "60"]);
  });

  it("is a 500 with a request id and no detail when it is anything else, a lost database connection too", async () => {
    const error = Object.assign(new Error("secret"), { code: "ECONNRESET" });
    const other = await startProtocolServer({ registry: failing(error) });
    for (const path of ["manifests/v1", "tags/list"]) {
      const answer = await call(other.port, `GET /v2/lib/app/${path}`);
      expect([answer.status, answer.headers["x-request-id"] !== undefined]).toEqual([500, true]);
      expect(answer.body.toString()).not.toContain("secret");
    }
    await expect(other[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [error, error] });
  });

  it("in the middle of a blob cuts the connection, so that no client takes a part for the whole", async () => {
    const layer = app.blobs[1]!;
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield layer.bytes.subarray(0, 10);
      throw new Error("bad sector");
    }
    const get: Registry["blobs"]["get"] = async (reference) => ({
      ...(await registry.blobs.get(reference)),
      open: async () => Readable.from(broken()),
    });
    const other = await startProtocolServer({ registry: { ...registry, blobs: { ...registry.blobs, get } } });
    await expect(call(other.port, `GET /v2/lib/app/blobs/${layer.digest}`)).rejects.toThrow("connection ended");
    await expect(other[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [new Error("bad sector")] });
  });

  it.each(["bytes=0-", "bytes=0-9", "bytes=0-3,5-9"])(
    "is none when the client goes away while a blob is opened for %s: the file is closed, nothing is reported",
    async (range) => {
      const layer = app.blobs[1]!;
      const asked = Promise.withResolvers<void>();
      const opening = Promise.withResolvers<Readable>();
      const get: Registry["blobs"]["get"] = async (reference) => ({
        ...(await registry.blobs.get(reference)),
        open() {
          asked.resolve();
          return opening.promise;
        },
      });
      await using other = await startProtocolServer({ registry: { ...registry, blobs: { ...registry.blobs, get } } });
      const connection = await openRaw(other.port);
      connection.send(`GET /v2/lib/app/blobs/${layer.digest} HTTP/1.1\r\nHost: x\r\nRange: ${range}\r\n\r\n`);
      await asked.promise;
      connection.socket.resetAndDestroy();
      // The server takes what happens to its connections in turn: when this is answered, it knows that the other one is gone.
      await call(other.port, "GET /v2/");
      const body = new Readable({ read: () => undefined });
      opening.resolve(body);
      await expect.poll(() => body.destroyed).toBe(true);
    },
  );
});
