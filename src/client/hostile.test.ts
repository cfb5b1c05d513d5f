// Every operation against registries that mean harm (issue, "Bad input"): each call ends, soon and with an error of the house or a right
// answer; no credentials come out, and no memory fills up. The single defences have tests of their own, named in the files beside.

import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { clientOver, collect } from "../../test/client-over.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry } from "../../test/fake/fake-registry.ts";
import type { Fault } from "../../test/fake/faults.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { image } from "../../test/image.ts";
import { serveHttp } from "../../test/wire-servers.ts";
import { digestOf } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import { pingRegistry } from "./ping.ts";
import type { RegistryClient } from "./client.ts";

const repository = "team/app" as RepositoryName;
const v1 = { repository, tag: "v1" as Tag };
const whole = image();
const layer = { repository, digest: whole.blobs[1]!.digest };
const large = Buffer.alloc(300_000, "large");
const password = "s3cr3t-password";

const operations: Readonly<Record<string, (client: RegistryClient) => Promise<unknown>>> = {
  "looking a tag up": (client) => client.manifests.head(v1),
  "reading a manifest": (client) => client.manifests.get({ repository, digest: whole.digest }),
  "putting a manifest": (client) => client.manifests.put({ repository, tag: "v2" as Tag }, whole.bytes, whole.mediaType),
  "deleting a tag": (client) => client.manifests.delete({ repository, tag: "v2" as Tag }),
  "listing referrers": (client) => client.manifests.referrers({ repository, digest: whole.digest }, { limit: 100 }),
  "looking a blob up": (client) => client.blobs.head(layer),
  "reading a blob": async (client) => {
    const stream = await (await client.blobs.get(layer, { size: whole.blobs[1]!.bytes.length })).open();
    return Buffer.concat(await stream.toArray());
  },
  "putting a blob": (client) =>
    client.blobs.put!(
      { repository, digest: digestOf(large) },
      { size: large.length, open: async (from) => Readable.from([large.subarray(from)]) },
    ),
  "mounting a blob": (client) => client.blobs.mount(layer, "team/other" as RepositoryName, () => true),
  "walking tags": (client) => collect(client.walkTags(repository)),
  "a page of repositories": (client) => client.repositories({ limit: 10 }),
  "checking the login": (client) => client.checkLogin(),
};

const json = { "content-type": "application/json" };
const faults: Readonly<Record<string, Fault>> = {
  "never answers": { kind: "silent" },
  "cuts every connection": { kind: "reset" },
  "sends a body without end": { kind: "endless" },
  "sends huge headers": { kind: "huge headers", bytes: 4 * 1024 * 1024 },
  "stops in the middle": { kind: "stalled", at: 10 },
  "drips a byte at a time": { kind: "slow", bytes: 1, everyMs: 5 },
  "cuts bodies": { kind: "cut", at: 10 },
  "changes a bit": { kind: "wrong bytes" },
  "sends more than it says": { kind: "wrong length", by: 100_000 },
  "sends less than it says": { kind: "wrong length", by: -1 },
  "redirects to itself": { kind: "answer", status: 307, headers: { location: "/v2/" } },
  "redirects to nowhere": { kind: "answer", status: 307, headers: { location: "//" } },
  "answers pages for people": { kind: "answer", status: 200, headers: { "content-type": "text/html" }, body: "<html>hello" },
  "answers nothing but 200": { kind: "answer", status: 200, body: "" },
  "answers numbers": { kind: "answer", status: 200, headers: json, body: "12" },
  "answers with deep nesting": { kind: "answer", status: 200, headers: json, body: "[".repeat(100_000) },
  "sends everybody away": { kind: "answer", status: 429, headers: { "retry-after": "999999999" } },
  "wants a login again and again": { kind: "unauthorized", realm: "/token" },
  "sends to a token server of a stranger": { kind: "unauthorized", realm: "http://stranger.example/token" },
  "sends to a token server that is no address": { kind: "unauthorized", realm: "file:///etc/passwd" },
};

/** Everything that a program may print of an error. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error);
  const { message, stack } = error;
  return [message, stack, JSON.stringify(error), error.cause === undefined ? "" : shown(error.cause)].join("\n");
}

describe.concurrent.each(Object.entries(faults))("a registry that %s", (_name, fault) => {
  it("ends every operation soon, in an error of the house or a right answer, without a secret, in little memory", async () => {
    const registry = createMemoryRegistry();
    await pushImage(registry, repository, whole, "v1", "v2");
    await using fake = await startFakeRegistry({
      registry,
      login: "bearer",
      manners: ["realm-is-relative"],
      users: { robot: password },
    });
    await using over = clientOver(fake.url, { username: "robot", password, timeout: 80, maxRetries: 1 });
    fake.fail(fault, { path: /^\/v2\// });
    const before = process.memoryUsage().arrayBuffers;
    const outcomes = await Promise.all(
      Object.entries(operations).map(async ([name, operate]) => {
        try {
          return { name, answer: await operate(over.client) };
        } catch (error) {
          return { name, error };
        }
      }),
    );
    for (const { error, name } of outcomes) {
      if (error === undefined) continue;
      expect(error, name).toBeInstanceOf(RegistryError);
      expect(shown(error), name).not.toContain(password);
      expect(shown(error), name).not.toContain(Buffer.from(`robot:${password}`).toString("base64"));
    }
    const read = outcomes.find(({ name }) => name === "reading a manifest")?.answer;
    if (read !== undefined) expect(read).toMatchObject({ digest: whole.digest });
    const bytes = outcomes.find(({ name }) => name === "reading a blob")?.answer;
    if (bytes !== undefined) expect(digestOf(bytes as Buffer)).toBe(layer.digest);
    // Pages and manifests of 8 MiB, four at a time, some not collected yet, and what the registry itself has on the way out.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 1024 * 1024);
  });

  it("ends a ping, too", async () => {
    await using fake = await startFakeRegistry({ login: "basic", users: { robot: password } });
    fake.fail(fault);
    const steps = [];
    for await (const step of pingRegistry(
      { registryUrl: fake.url, username: "robot", password, timeout: 3000 },
      { repository },
    )) {
      steps.push(step);
    }
    expect(steps.length).toBeGreaterThan(2);
    expect(JSON.stringify(steps)).not.toContain(password);
  });
});

describe("what a registry names itself", () => {
  it("a Location, a Link and a realm that hold a password of their own never come out with it", async () => {
    await using served = await serveHttp((request, response) => {
      const location = `http://robot:${password}@127.0.0.1:1/upload?X-Signature=${password}`;
      request.resume().on("end", () => response.writeHead(request.method === "POST" ? 202 : 307, { location }).end());
    });
    await using over = clientOver(served.url, { maxRetries: 0 });
    for (const [name, operate] of Object.entries(operations)) {
      const error: unknown = await operate(over.client).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(shown(error ?? {}), name).not.toContain(password);
    }
  });
});
