import { afterEach, beforeEach, expect, it } from "vitest";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { image } from "../../test/image.ts";
import { startProtocolServer, type ProtocolServer } from "../../test/protocol-server.ts";
import { pushImage } from "../../test/push.ts";
import { call, openRaw, type RawResponse } from "../../test/raw-http.ts";
import { noRights } from "../access/rights.ts";
import { createClientAddress } from "../http/client-address.ts";
import type { LoggedPull } from "../pulls/pull-log.ts";
import { everybody, openAccess } from "./access.ts";
import type { V2Options } from "./exchange.ts";

const app = image({ layers: ["a"] });
const registry = createMemoryRegistry();
let logged: LoggedPull[];
let server: ProtocolServer;

async function start(options: Partial<V2Options> = {}): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  server = await startProtocolServer({ registry, logPull: (pull) => void logged.push(pull), ...options });
}
beforeEach(async () => {
  logged = [];
  await start({ record: async () => undefined });
  await pushImage(server.url, "lib/app", app, "v1");
});
afterEach(() => server[Symbol.asyncDispose]());

const ask = (target: string, headers = {}): Promise<RawResponse> =>
  call(server.port, target, "", { "User-Agent": "docker/28", ...headers });
const line = { repository: "lib/app", digest: app.digest, principal: "anonymous", address: "127.0.0.1", userAgent: "docker/28" };

it("a pull by tag and one by digest are a line of the pull log each", async () => {
  await ask("GET /v2/lib/app/manifests/v1");
  await ask(`GET /v2/lib/app/manifests/${app.digest}`);
  expect(logged).toEqual([
    { ...line, tag: "v1" },
    { ...line, tag: undefined },
  ]);
});

it("what only asks, or finds nothing, or is told that nothing changed, is none", async () => {
  await ask("HEAD /v2/lib/app/manifests/v1");
  await ask("GET /v2/lib/app/manifests/none");
  await ask("GET /v2/lib/app/manifests/v1", { "If-None-Match": `"${app.digest}"` });
  await ask("GET /v2/lib/app/tags/list");
  await ask(`GET /v2/lib/app/blobs/${app.blobs[0]!.digest}`);
  expect(logged).toEqual([]);
});

it("neither is one of the registry itself", async () => {
  await start({ access: { ...openAccess, identify: () => ({ ...everybody, id: -1, name: "system", kind: "system" }) } });
  expect((await ask("GET /v2/lib/app/manifests/v1")).status).toBe(200);
  expect(logged).toEqual([]);
});

it("nor one that was refused", async () => {
  await start({ access: { ...openAccess, identify: () => ({ ...everybody, rights: noRights }) } });
  expect((await ask("GET /v2/lib/app/manifests/v1")).status).toBe(401);
  expect(logged).toEqual([]);
});

it("nor one whose client has gone before the answer", async () => {
  const asked = Promise.withResolvers<() => boolean>();
  const durable = Promise.withResolvers<void>();
  await start({
    record: ({ answerable }) => {
      asked.resolve(answerable);
      return durable.promise;
    },
  });
  const connection = await openRaw(server.port);
  connection.send("GET /v2/lib/app/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n");
  const answerable = await asked.promise;
  connection.socket.resetAndDestroy();
  await expect.poll(answerable).toBe(false);
  durable.resolve();
  await server[Symbol.asyncDispose]();
  await start();
  expect(logged).toEqual([]);
});

it("but one is, although nothing is counted", async () => {
  await start();
  await ask("GET /v2/lib/app/manifests/v1");
  expect(logged).toHaveLength(1);
});

it("names the client behind a trusted proxy, request by request on one connection", async () => {
  const { addressOf } = createClientAddress(["127.0.0.1"]);
  await start({ access: { ...openAccess, addressOf } });
  const connection = await openRaw(server.port);
  for (const address of ["203.0.113.1", "203.0.113.2"]) {
    connection.send(`GET /v2/lib/app/manifests/v1 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1, ${address}\r\n\r\n`);
    await connection.response();
  }
  connection.socket.destroy();
  expect(logged.map(({ address }) => address)).toEqual(["203.0.113.1", "203.0.113.2"]);
});
