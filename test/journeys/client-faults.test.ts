// What the client does when a registry is broken, overloaded or hostile (test/fake/faults.ts shows each fault without a client): it goes
// on, or fails soon and says what happened; it never hangs, fills memory or takes wrong bytes for right ones. A fault without rules does
// not compile.

import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { ClientOptions } from "../../src/client/client.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { RegistryError, type ErrorKind } from "../../src/oci/errors.ts";
import type { RepositoryName, Tag } from "../../src/oci/reference.ts";
import { clientOver, collect, type ClientOver } from "../client-over.ts";
import { pushImage } from "../contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import type { Fault } from "../fake/faults.ts";
import { image, noise } from "../image.ts";
import { timeInHand } from "../time-in-hand.ts";

const repository = "team/app" as RepositoryName;
const v1 = { repository, tag: "v1" as Tag };
const whole = image({ layers: ["a"], layerBytes: 300_000 });
const layer = whole.blobs[1]!;
const size = layer.bytes.length;
const robot = { username: "robot", password: "secret-of-the-robot" };

interface World extends ClientOver {
  readonly fake: FakeRegistry;
}
interface Rule {
  readonly rule: string;
  readonly client?: Partial<ClientOptions>;
  readonly check: (world: World) => Promise<void>;
}

const atBlobs = { method: "GET", path: /\/blobs\/sha256/ };
const atManifests = { method: "GET", path: /\/manifests\// };
const impatient = { timeout: 150, maxRetries: 0 };

const manifest = ({ client }: World): Promise<unknown> => client.manifests.get(v1);
async function layerOf({ client }: World): Promise<void> {
  const blob = await client.blobs.get({ repository, digest: layer.digest }, { size });
  const bytes = Buffer.concat(await (await blob.open()).toArray());
  if (!bytes.equals(layer.bytes)) throw new Error("other bytes came");
}
const list = ({ client }: World): Promise<unknown> => collect(client.walkTags(repository));

/** The error, which must be one of ours, name the host and the path, and hold no secret. */
async function failureOf(work: Promise<unknown>, { fake }: World): Promise<RegistryError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RegistryError);
  const failure = error as RegistryError;
  expect(failure.request?.host).toBe(fake.host);
  expect(failure.request?.path).toMatch(/^\/v2\//);
  expect(JSON.stringify([failure, failure.message, String(failure.cause)])).not.toContain("secret");
  return failure;
}
const failsAs = (kind: ErrorKind, words: RegExp): object =>
  expect.objectContaining({ kind, message: expect.stringMatching(words) });

const tooMany: Fault = { kind: "answer", status: 429, body: { errors: [{ code: "TOOMANYREQUESTS", message: "slow down" }] } };
const page = "<!doctype html><html><head><title>Bad gateway</title></head><body>nginx</body></html>";

const rules: Readonly<Record<Fault["kind"], readonly Rule[]>> = {
  answer: [
    {
      rule: "429 without Retry-After is asked again after 1, 2 and 4 seconds, and is then a rate limit",
      async check(world) {
        const rule = world.fake.fail(tooMany, atManifests);
        expect(await failureOf(manifest(world), world)).toEqual(failsAs("rate limited", /slow down/));
        expect([rule.hits, world.clock.waits]).toEqual([4, [1000, 2000, 4000]]);
      },
    },
    {
      rule: "429 with Retry-After is asked again when it says",
      async check(world) {
        world.fake.fail({ ...tooMany, headers: { "retry-after": "7" } }, { ...atManifests, times: 1 });
        await manifest(world);
        expect(world.clock.waits).toEqual([7000]);
      },
    },
    {
      rule: "429 until tomorrow fails at once, with the time",
      async check(world) {
        const rule = world.fake.fail({ ...tooMany, headers: { "retry-after": "86400" } }, atManifests);
        const { retryAt } = await failureOf(manifest(world), world);
        expect([rule.hits, retryAt]).toEqual([1, new Date(world.clock.now() + 86_400_000)]);
      },
    },
    {
      rule: "an error page in HTML becomes one sentence of text",
      async check(world) {
        world.fake.fail({ kind: "answer", status: 502, body: page });
        const failure = await failureOf(manifest(world), world);
        expect(failure).toEqual(failsAs("failure", /502/));
        expect(failure.message).not.toContain("<");
      },
    },
    {
      rule: "a page in HTML instead of what was asked for is no answer",
      async check(world) {
        world.fake.fail({ kind: "answer", status: 200, body: page });
        for (const work of [manifest, list]) expect((await failureOf(work(world), world)).kind).toBe("protocol");
        expect((await failureOf(layerOf(world), world)).kind).toBe("digest mismatch");
      },
    },
    {
      rule: "what will not get better is not asked again",
      async check(world) {
        for (const status of [400, 403, 404, 405, 410, 501]) {
          const rule = world.fake.fail({ kind: "answer", status }, { ...atManifests, times: 4 });
          await failureOf(manifest(world), world);
          expect([status, rule.hits]).toEqual([status, 1]);
          rule.hits = 4;
        }
      },
    },
    {
      rule: "what may get better is asked again",
      async check(world) {
        for (const status of [408, 429, 500, 502, 503, 504]) {
          const rule = world.fake.fail({ kind: "answer", status }, { ...atManifests, times: 3 });
          await manifest(world);
          expect(rule.hits).toBe(3);
        }
      },
    },
  ],
  unauthorized: [
    {
      rule: "a registry that wants a login again and again is asked a few times, and then it is a refusal",
      client: robot,
      async check(world) {
        world.fake.fail({ kind: "unauthorized", realm: world.fake.tokens.realm });
        expect((await failureOf(manifest(world), world)).kind).toBe("auth");
        expect(world.fake.requests.length).toBeLessThanOrEqual(3);
        expect(world.fake.tokens.requests.length).toBeLessThanOrEqual(2);
      },
    },
    {
      rule: "a token server of strangers gets no credentials",
      client: robot,
      async check(world) {
        world.fake.fail({ kind: "unauthorized", realm: "https://collector.example/token" });
        const error = await manifest(world).catch((reason: unknown) => reason);
        expect(error).toMatchObject({ message: expect.stringContaining("collector.example") });
        expect(JSON.stringify(error) + String(error)).not.toContain(robot.password);
        expect(world.fake.requests.map(({ authorization }) => authorization)).toEqual(["none"]);
      },
    },
  ],
  silent: [
    {
      rule: "no answer within the time limit is a timeout",
      client: impatient,
      async check(world) {
        world.fake.fail({ kind: "silent" });
        for (const work of [manifest, list, layerOf]) expect((await failureOf(work(world), world)).kind).toBe("timeout");
      },
    },
    {
      rule: "a caller may give up earlier",
      client: { timeout: 60_000 },
      async check(world) {
        const rule = world.fake.fail({ kind: "silent" });
        const controller = new AbortController();
        const asked = world.client.manifests.get(v1, { signal: controller.signal });
        await expect.poll(() => rule.hits).toBe(1);
        controller.abort(new Error("enough"));
        await expect(asked).rejects.toThrow("enough");
      },
    },
  ],
  reset: [
    {
      rule: "a connection that is cut before the answer is tried again",
      async check(world) {
        const rule = world.fake.fail({ kind: "reset" }, { times: 3 });
        await manifest(world);
        expect(rule.hits).toBe(3);
      },
    },
    {
      rule: "when it is always cut, that is a matter of the connection, with the number of attempts",
      async check(world) {
        world.fake.fail({ kind: "reset" });
        expect(await failureOf(manifest(world), world)).toMatchObject({ kind: "connection", request: { attempts: 4 } });
      },
    },
  ],
  "request cut": [
    {
      rule: "an upload that is cut goes on where the registry stands, or begins anew, and arrives whole",
      async check(world) {
        const rule = world.fake.fail({ kind: "request cut", at: 200_000 }, { path: /\/uploads\//, method: "PUT", times: 2 });
        const patches = world.fake.fail({ kind: "request cut", at: 100_000 }, { path: /\/uploads\//, method: "PATCH", times: 2 });
        const bytes = noise("an upload", 3_000_000);
        const digest = digestOf(bytes);
        const open = async (from: number): Promise<Readable> => Readable.from([bytes.subarray(from)], { objectMode: false });
        await world.client.blobs.put!({ repository, digest }, { size: bytes.length, open });
        expect(rule.hits + patches.hits).toBeGreaterThan(1);
        expect((await world.fake.registry.blobs.head({ repository, digest })).size).toBe(bytes.length);
      },
    },
  ],
  cut: [
    {
      rule: "a blob that breaks off goes on with a Range, ten times over",
      async check(world) {
        const rule = world.fake.fail({ kind: "cut", at: 20_000 }, { ...atBlobs, times: 10 });
        await layerOf(world);
        expect(rule.hits).toBe(10);
        const ranges = world.fake.requests.filter(({ path }) => path.includes("/blobs/")).map(({ headers }) => headers["range"]);
        expect(ranges).toEqual([undefined, ...Array.from({ length: 10 }, (_, i) => `bytes=${(i + 1) * 20_000}-${size - 1}`)]);
      },
    },
    {
      rule: "a blob that brings nothing new any more fails",
      async check(world) {
        const rule = world.fake.fail({ kind: "cut", at: 0 }, atBlobs);
        await expect(layerOf(world)).rejects.toBeInstanceOf(Error);
        expect(rule.hits).toBeLessThanOrEqual(20);
      },
    },
    {
      rule: "a manifest or list that breaks off is never taken for whole",
      client: { maxRetries: 0 },
      async check(world) {
        world.fake.fail({ kind: "cut", at: 10 });
        for (const work of [manifest, list]) expect((await failureOf(work(world), world)).kind).toBe("connection");
      },
    },
  ],
  stalled: [
    {
      rule: "a blob in which nothing moves goes on over another connection",
      client: { timeout: 150 },
      async check(world) {
        const rule = world.fake.fail({ kind: "stalled", at: 20_000 }, { ...atBlobs, times: 2 });
        await layerOf(world);
        expect(rule.hits).toBe(2);
      },
    },
    {
      rule: "a manifest or list in which nothing moves is a timeout",
      client: impatient,
      async check(world) {
        world.fake.fail({ kind: "stalled", at: 10 });
        for (const work of [manifest, list]) expect((await failureOf(work(world), world)).kind).toBe("timeout");
      },
    },
  ],
  slow: [
    {
      rule: "what is slow but moves is waited for, however long it takes altogether",
      client: { timeout: 250, maxRetries: 0 },
      async check(world) {
        using time = timeInHand();
        const rule = world.fake.fail({ kind: "slow", bytes: 40_000, everyMs: 60 }, atBlobs);
        const blob = await world.client.blobs.get({ repository, digest: layer.digest }, { size });
        const pieces: Buffer[] = [];
        for await (const piece of await blob.open()) {
          time.pass(200);
          pieces.push(piece as Buffer);
        }
        expect(Buffer.concat(pieces).equals(layer.bytes)).toBe(true);
        expect(pieces.length).toBeGreaterThan(3);
        expect(rule.hits).toBe(1);
      },
    },
  ],
  "wrong bytes": [
    {
      rule: "bytes of another digest never end well",
      async check(world) {
        world.fake.fail({ kind: "wrong bytes" }, { method: "GET" });
        expect((await failureOf(layerOf(world), world)).kind).toBe("digest mismatch");
        const byDigest = world.client.manifests.get({ repository, digest: whole.digest });
        expect((await failureOf(byDigest, world)).kind).toBe("digest mismatch");
      },
    },
  ],
  "wrong length": [
    {
      rule: "more or fewer bytes than announced are not the blob",
      async check(world) {
        for (const by of [5, -5]) {
          const rule = world.fake.fail({ kind: "wrong length", by }, { ...atBlobs, times: 20 });
          expect([by, (await failureOf(layerOf(world), world)).kind]).toEqual([by, "digest mismatch"]);
          rule.hits = 20;
        }
      },
    },
  ],
  endless: [
    {
      rule: "what never ends is read to its bound only",
      async check(world) {
        world.fake.fail({ kind: "endless" });
        for (const work of [manifest, list]) expect((await failureOf(work(world), world)).kind).toBe("protocol");
        expect((await failureOf(layerOf(world), world)).kind).toBe("digest mismatch");
      },
    },
  ],
  "huge headers": [
    {
      rule: "headers beyond any measure are an error of the registry",
      client: { maxRetries: 0 },
      async check(world) {
        world.fake.fail({ kind: "huge headers", bytes: 1_000_000 });
        expect((await failureOf(manifest(world), world)).kind).toMatch(/^(?:protocol|connection)$/);
      },
    },
  ],
};

async function meet(rule: Rule): Promise<World> {
  const fake = await startFakeRegistry({ users: { [robot.username]: robot.password } });
  await pushImage(fake.registry, repository, whole, "v1", "v2");
  const over = clientOver(fake.url, rule.client);
  return {
    ...over,
    fake,
    async [Symbol.asyncDispose]() {
      await over.client.close();
      await fake.close();
    },
  };
}

describe.each(Object.entries(rules))("the client and the fault `%s`", (_kind, own) => {
  test.each(own)("$rule", async (rule) => {
    await using world = await meet(rule);
    await rule.check(world);
    expect(world.fake.requests.length).toBeGreaterThan(0);
  });
});

test("after any of these faults the same client goes on as if nothing had been", async () => {
  await using world = await meet({ rule: "", client: impatient, check: async () => undefined });
  using time = timeInHand();
  const faults: readonly Fault[] = [
    tooMany,
    { kind: "unauthorized", realm: world.fake.tokens.realm },
    { kind: "silent" },
    { kind: "reset" },
    { kind: "cut", at: 10 },
    { kind: "stalled", at: 10 },
    { kind: "wrong length", by: -5 },
    { kind: "endless" },
    { kind: "huge headers", bytes: 1_000_000 },
  ];
  for (const fault of faults) {
    const rule = world.fake.fail(fault, { ...atManifests, times: 2 });
    const failure = failureOf(manifest(world), world);
    if (fault.kind === "silent" || fault.kind === "stalled") {
      await expect.poll(() => rule.hits).toBe(1);
      time.pass(impatient.timeout);
    }
    await failure;
    rule.hits = 2;
    await expect(manifest(world)).resolves.toMatchObject({ digest: whole.digest });
  }
});
