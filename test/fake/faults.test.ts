// Every fault without any client of ours: what comes over the wire is not what is there, and a request elsewhere is answered well.
// A fault without a probe does not compile.

import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { RepositoryName } from "../../src/oci/reference.ts";
import { pushImage } from "../contract/pushing.ts";
import { image } from "../image.ts";
import { startFakeRegistry, type FakeRegistry } from "./fake-registry.ts";
import type { Fault } from "./faults.ts";

const whole = image({ layers: ["a"], layerBytes: 100_000 });
const layer = whole.blobs[1]!;
const size = layer.bytes.length;
const blob = `/v2/team/app/blobs/${layer.digest}`;

interface Received {
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** ended: whole or cut by the registry; waiting: `least` bytes have come, then nothing for `quietMs`, and the connection is open. */
  readonly end: "ended" | "waiting" | "enough";
}

/** One request over a plain socket, read until its end, until nothing comes any more, or until `enough` bytes came. */
function exchange(
  fake: FakeRegistry,
  request: string,
  { enough = Number.POSITIVE_INFINITY, least = 0, quietMs = 60_000 } = {},
): Promise<Received> {
  const socket = connect(Number(new URL(fake.url).port), "127.0.0.1");
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const finish = (end: Received["end"]): void => {
      socket.destroy();
      resolve({ ...parse(Buffer.concat(chunks)), end });
    };
    socket.setTimeout(quietMs, () => bytes >= least && finish("waiting"));
    socket.on("error", () => undefined); // a reset is an end, too
    socket.on("close", () => finish("ended"));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > enough) finish("enough");
    });
    socket.write(request);
  });
}

function parse(bytes: Buffer): Omit<Received, "end"> {
  const [head = "", ...rest] = bytes.toString("latin1").split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.1 (\d+)/.exec(first)?.[1];
  const headers = new Map(lines.map((line) => [line.split(":", 1)[0]!.toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return {
    status: status === undefined ? undefined : Number(status),
    headers,
    body: Buffer.from(rest.join("\r\n\r\n"), "latin1"),
  };
}

const get = "GET %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const ask = (fake: FakeRegistry, path = blob, options = {}): Promise<Received> =>
  exchange(fake, get.replace("%s", path), options);

/** For what waits. */
const soon = { quietMs: 300 };

/** With each fault: what it is, and what comes. */
const probes: {
  readonly [Kind in Fault["kind"]]: readonly [
    fault: Extract<Fault, { kind: Kind }>,
    check: (fake: FakeRegistry) => Promise<void>,
  ];
} = {
  answer: [
    { kind: "answer", status: 429, headers: { "retry-after": "7" }, body: "<html>slow down</html>" },
    async (fake) => {
      const { body, headers, status } = await ask(fake);
      expect([status, headers.get("retry-after"), headers.get("content-type")]).toEqual([429, "7", "text/html; charset=utf-8"]);
      expect(body.toString()).toBe("<html>slow down</html>");
    },
  ],
  unauthorized: [
    { kind: "unauthorized", realm: "http://elsewhere.example/token" },
    async (fake) => {
      const withToken = get.replace("%s", blob).replace("\r\n\r\n", "\r\nauthorization: Bearer fresh\r\n\r\n");
      for (const request of [get.replace("%s", blob), withToken]) {
        const { headers, status } = await exchange(fake, request);
        expect([status, headers.get("www-authenticate")]).toEqual([
          401,
          expect.stringContaining('realm="http://elsewhere.example/token"'),
        ]);
      }
    },
  ],
  silent: [
    { kind: "silent" },
    async (fake) => {
      expect(await ask(fake, blob, soon)).toMatchObject({ status: undefined, end: "waiting" });
    },
  ],
  reset: [
    { kind: "reset" },
    async (fake) => {
      expect(await ask(fake)).toMatchObject({ status: undefined, end: "ended" });
    },
  ],
  "request cut": [
    { kind: "request cut", at: 1000 },
    async (fake) => {
      const head = `GET ${blob} HTTP/1.1\r\nhost: x\r\ncontent-length: 2000\r\n\r\n`;
      expect(await exchange(fake, head + "x".repeat(999), soon)).toMatchObject({ status: undefined, end: "waiting" });
      expect(await exchange(fake, head + "x".repeat(1500))).toMatchObject({ status: undefined, end: "ended" });
    },
  ],
  cut: [
    { kind: "cut", at: 1234 },
    async (fake) => {
      const { body, end, headers } = await ask(fake);
      expect([Number(headers.get("content-length")), body.length, end]).toEqual([size, 1234, "ended"]);
      expect(body.equals(layer.bytes.subarray(0, 1234))).toBe(true);
    },
  ],
  stalled: [
    { kind: "stalled", at: 1234 },
    async (fake) => {
      const { body, end, headers } = await ask(fake, blob, { ...soon, least: 1234 });
      expect([Number(headers.get("content-length")), body.length, end]).toEqual([size, 1234, "waiting"]);
    },
  ],
  slow: [
    { kind: "slow", bytes: 40_000, everyMs: 60 },
    async (fake) => {
      const start = performance.now();
      const { body, end } = await ask(fake);
      expect([body.equals(layer.bytes), end]).toEqual([true, "ended"]);
      expect(performance.now() - start).toBeGreaterThan(110);
    },
  ],
  "wrong bytes": [
    { kind: "wrong bytes" },
    async (fake) => {
      const { body, status } = await ask(fake);
      const wrong = [...body.entries()].filter(([at, byte]) => byte !== layer.bytes[at]);
      expect([status, body.length, wrong.length]).toEqual([200, size, 1]);
    },
  ],
  "wrong length": [
    { kind: "wrong length", by: 3 },
    async (fake) => {
      const { body, headers, end } = await ask(fake);
      expect([Number(headers.get("content-length")), body.length, end]).toEqual([size + 3, size + 3, "ended"]);
    },
  ],
  endless: [
    { kind: "endless" },
    async (fake) => {
      expect(await ask(fake, blob, { enough: 20_000_000 })).toMatchObject({ status: 200, end: "enough" });
    },
  ],
  "huge headers": [
    { kind: "huge headers", bytes: 100_000 },
    async (fake) => {
      expect((await ask(fake)).headers.get("x-huge")).toHaveLength(100_000);
    },
  ],
};

async function filled(): Promise<FakeRegistry> {
  const fake = await startFakeRegistry();
  await pushImage(fake.registry, "team/app" as RepositoryName, whole, "v1");
  return fake;
}

describe.each(Object.keys(probes) as Fault["kind"][])("%s", (kind) => {
  const [fault, check] = probes[kind];

  test("happens where it was asked for, and nowhere else", async () => {
    await using fake = await filled();
    const rule = fake.fail(fault, { method: "GET", path: /blobs/ });
    await check(fake);
    const hits = rule.hits;
    expect(hits).toBeGreaterThan(0);
    expect(await ask(fake, "/v2/team/app/manifests/v1")).toMatchObject({
      status: 200,
      body: Buffer.from(whole.bytes),
      end: "ended",
    });
    expect(rule.hits).toBe(hits);
  });

  test("does not happen again after as many times as were asked for", async () => {
    await using fake = await filled();
    const rule = fake.fail(fault, { times: 1 });
    void ask(fake, blob, { enough: 1_000_000 });
    await expect.poll(() => rule.hits).toBe(1);
    const { body, status } = await ask(fake);
    expect([status, body.equals(layer.bytes)]).toEqual([200, true]);
  });
});

test("a body may be shorter than its content, too", async () => {
  await using fake = await filled();
  fake.fail({ kind: "wrong length", by: -10 });
  const { body, headers } = await ask(fake);
  expect([Number(headers.get("content-length")), body.length]).toEqual([size - 10, size - 10]);
});
