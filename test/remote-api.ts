// /api/v1 with other registries behind it: fakes with a good many repositories and tags, a cache and a clock of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { z } from "zod";
import { createApi } from "../src/api/api.ts";
import { createIdentify } from "../src/api/identity.ts";
import { openAccess } from "../src/app-access.ts";
import { createRemotes, type Remotes, type RemoteSettings } from "../src/browse/remotes.ts";
import { createTraffic } from "../src/http/traffic.ts";
import { createJobs } from "../src/jobs/jobs.ts";
import type { RepositoryName } from "../src/oci/reference.ts";
import type { Registry } from "../src/oci/registry.ts";
import { createCatalogue } from "../src/store/catalogue.ts";
import { problem } from "../src/wire/problem.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "./fake/fake-registry.ts";
import { fillRepositories, fillTags } from "./fake/many-images.ts";
import { createMemoryRegistry } from "./fake/memory-registry.ts";
import { databases, type TestDatabase } from "./peers/databases.ts";

/** The repository with 200 tags. */
export const manyTags = "team/app" as RepositoryName;

export const settings = (url: string, more: Partial<RemoteSettings> = {}): RemoteSettings => ({
  url: new URL(url),
  username: undefined,
  password: undefined,
  names: [],
  insecure: false,
  ...more,
});

/** The answer, which must fit its schema to the last field. */
export async function get<Answer extends z.ZodType>(
  api: FastifyInstance,
  url: string,
  answer: Answer,
): Promise<z.output<Answer>> {
  const response = await api.inject(url);
  expect(response.statusCode, response.body).toBe(200);
  return answer.parse(response.json());
}

export async function getProblem(
  api: FastifyInstance,
  url: string,
): Promise<z.output<typeof problem> & Pick<Awaited<ReturnType<FastifyInstance["inject"]>>, "headers">> {
  const response = await api.inject(url);
  const told = problem.strict().parse(response.json());
  expect(told.status).toBe(response.statusCode);
  return { ...told, headers: response.headers };
}

interface RemoteOptions {
  readonly cachePath?: string;
  /** Default long, so that what answers well is never too late, however busy the machine. */
  readonly deadlineMs?: number;
}

interface UsedRemotes {
  readonly clock: { nowMs: number };
  /** What a fake holds when nothing else is said. */
  readonly filled: Registry;
  /** Errors that the server reported in this test. */
  readonly reported: readonly unknown[];
  startFake(registry?: Registry, options?: Omit<FakeOptions, "registry">): Promise<FakeRegistry>;
  openApi(registries: Record<string, RemoteSettings>, options?: RemoteOptions): Promise<FastifyInstance>;
}

/** For the tests of a file: what they open is closed after each of them. */
export function useRemotes(): UsedRemotes {
  let database: TestDatabase;
  const filled = createMemoryRegistry();
  const opened: { close(): Promise<unknown> }[] = [];
  let folder: string;
  const clock = { nowMs: Date.UTC(2026, 10, 21) };
  const reported: unknown[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hythe-remote-"));
    database = await databases[0].open();
    await fillRepositories(filled, 60);
    await fillTags(filled, manyTags, 200);
  });
  afterEach(async () => {
    for (const one of opened.splice(0).toReversed()) await one.close();
    reported.length = 0;
  });
  afterAll(async () => {
    await database?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startFake(registry: Registry = filled, options: Omit<FakeOptions, "registry"> = {}): Promise<FakeRegistry> {
    const fake = await startFakeRegistry({ registry, ...options });
    opened.push(fake);
    return fake;
  }
  let caches = 0;
  async function openApi(registries: Record<string, RemoteSettings>, options: RemoteOptions = {}) {
    const { cachePath = join(folder, `${++caches}`, "cache.db"), deadlineMs = 30_000 } = options;
    const now = (): number => clock.nowMs;
    const remotes: Remotes = createRemotes({ registries, cachePath, now, deadlineMs, log: () => undefined });
    opened.push(remotes);
    const log = (_: string, error: unknown) => void reported.push(error);
    const access = await openAccess(
      { externalUrl: undefined, trustedProxies: [], "audit.keep": 1000, "limits.requestsPerSecond": 0 },
      { db: database.db, now, log },
    );
    opened.push(access);
    const api = await createApi({
      content: createCatalogue(database.db, now).manifests,
      db: database.db,
      pulls: undefined,
      remotes,
      now,
      facts: { version: "1.2.3", startedMs: clock.nowMs, blobs: "disk", idleAfterMs: 30 * 86_400_000 },
      metrics: { traffic: createTraffic(), jobs: createJobs({ db: database.db, now, handlers: {} }) },
      access,
      identify: createIdentify(access),
      report: (error) => reported.push(error),
    });
    opened.push(api);
    return api;
  }
  return { clock, filled, openApi, reported, startFake };
}
