// The client is a Registry like any other: over our own server and over real registries it passes the same suite as the local one. What
// a registry lacks is declared, and the suite then asserts what the client makes of it.

import { describe } from "vitest";
import { createMemoryCache, createRegistryClient, type ClientOptions } from "../../src/client/client.ts";
import { registryContract, type Lack, type OpenRegistry } from "../contract/registry.ts";
import { findGoTool } from "../peers/go-tools.ts";
import { findProgram } from "../peers/program.ts";
import { startDistribution, startDockerRegistry } from "../peers/registries.ts";
import { startFakeRegistry, type FakeOptions } from "../fake/fake-registry.ts";
import { startProtocolServer } from "../protocol-server.ts";

/** Of every registry, because of HTTP: no body comes with HEAD, and no server asks its client what it may pull. */
const overHttp: readonly Lack[] = ["reasons of HEAD", "mounts from anywhere"];
const distribution: readonly Lack[] = [
  ...overHttp,
  "unknown repositories",
  "repositories without tags",
  "sha512",
  "sizes",
  "unusual manifests",
  "atomic conditions",
  "protected blobs",
];

interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

function open(server: Served, lacks: readonly Lack[], options: Partial<ClientOptions> = {}): OpenRegistry {
  // One retry is enough against a registry that calls an image that it does not like an internal error.
  const registry = createRegistryClient({ registryUrl: server.url, maxRetries: 1, retryDelay: 10, ...options });
  return {
    registry,
    lacks,
    async close() {
      await registry.close();
      await server.stop();
    },
  };
}

registryContract("the client over our own server", async () => {
  const server = await startProtocolServer();
  return open({ url: server.url, stop: async () => server[Symbol.asyncDispose]() }, overHttp);
});

const robot = { username: "robot", password: "secret" };

describe.each<[name: string, fake: FakeOptions, options?: Partial<ClientOptions>]>([
  ["the fake registry", {}],
  ["the fake registry with passwords", { login: "basic" }, robot],
  ["the fake registry with tokens", { login: "bearer" }, robot],
  [
    "the fake registry with a store of its own for blobs",
    { login: "bearer", manners: ["blob-redirects", "location-elsewhere"] },
    robot,
  ],
])("%s", (name, fakeOptions, options) => {
  registryContract(`the client over ${name}`, async () => {
    const fake = await startFakeRegistry(fakeOptions);
    return open({ url: fake.url, stop: fake.close }, overHttp, options);
  });
});

registryContract("the client with a cache, over the fake registry", async () => {
  const fake = await startFakeRegistry();
  return open({ url: fake.url, stop: fake.close }, overHttp, { cache: createMemoryCache() });
});

describe.each([
  {
    name: "docker-registry",
    start: startDockerRegistry,
    program: findProgram("docker-registry"),
    lacks: [...distribution, "deletion of tags"] as const,
  },
  { name: "distribution 3", start: startDistribution, program: findGoTool("registry"), lacks: distribution },
])("$name", ({ name, start, program, lacks }) => {
  describe.skipIf(program === undefined)(program === undefined ? "(skipped: it is not on this machine)" : "", () => {
    registryContract(`the client over ${name}`, async () => open((await start())!, lacks));
  });
});
