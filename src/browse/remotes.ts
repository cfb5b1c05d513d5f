// The other registries that the configuration names, each opened when it is first asked for: until then no HTTP client is loaded and no
// file is made. What one of them does never holds up another, nor our own.

import type { RegistryClient } from "../client/client.ts";
import type { ClientCache } from "../client/cache.ts";
import { createMemoryCache } from "../client/cache-memory.ts";
import { cacheScope } from "../client/cache-room.ts";
import { withCache } from "../client/cached-registry.ts";
import type { RateLimit } from "../client/rate-limit.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { createBrowser, type Browser } from "./browser.ts";
import { watchHealth, type Health } from "./health.ts";

export interface RemoteSettings {
  readonly url: URL;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Repositories that stand in where the registry does not list them. */
  readonly names: readonly RepositoryName[];
  /** Take certificates that nobody vouches for. */
  readonly insecure: boolean;
}

export interface RemotesOptions {
  readonly registries: Readonly<Record<string, RemoteSettings>>;
  /** Where answers are kept between starts and processes. */
  readonly cachePath: string;
  /** Milliseconds. */
  readonly now: () => number;
  /** For one answer, milliseconds; see BrowserOptions. */
  readonly deadlineMs?: number;
  /** Told of what is wrong with the cache; it is done without then. */
  readonly log: (sentence: string) => void;
}

export interface Remote {
  readonly name: string;
  /** host[:port], as in references. */
  readonly host: string;
  /** What is known to run there. */
  readonly software: string;
  readonly browser: Browser;
  /** How the latest question ended. */
  readonly health: () => Health;
  /** As the registry told last. */
  readonly rateLimit: () => RateLimit | undefined;
}

export interface Remotes {
  readonly names: readonly string[];
  /** @throws NOT_FOUND, naming those that there are */
  open(name: string): Promise<Remote>;
  close(): Promise<void>;
}

/** Somebody waits for the answer: rather a late row than a late page. Milliseconds. */
const patience = { timeout: 10_000, maxRetries: 2, retryDelay: 500 };

/** The caller closes it. */
export function createRemotes({ registries, cachePath, now, deadlineMs, log }: RemotesOptions): Remotes {
  const opened = new Map<string, Promise<{ readonly remote: Remote; readonly client: RegistryClient }>>();
  let cache: Promise<ClientCache> | undefined;

  async function connect(name: string, settings: RemoteSettings) {
    const { url, username, password, insecure } = settings;
    const { createRegistryClient } = await import("../client/client.ts");
    cache ??= openCache(cachePath, now, log);
    const client = createRegistryClient({
      registryUrl: url.origin,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(insecure && { verifyTls: false }),
      ...patience,
    });
    const { host, profile } = client;
    const identity = { ...(username !== undefined && { username }), ...(password !== undefined && { secret: password }) };
    // Plain and encrypted answers are not equally to be trusted.
    const scope = cacheScope(`${insecure ? "insecure:" : ""}${url.origin}`, identity);
    const health = watchHealth(client, now);
    const browser = createBrowser({
      registry: withCache(health.registry, { cache: await cache, scope }),
      profile: {
        ...profile,
        ...(profile.noCatalog !== undefined && {
          noCatalog: `${profile.name} does not list its repositories: ${profile.noCatalog}`,
        }),
      },
      names: settings.names,
      now,
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
    const remote = {
      name,
      host,
      software: profile.name,
      browser,
      health: health.latest,
      rateLimit: () => client.rateLimit(),
    };
    return { client, remote };
  }

  return {
    names: Object.keys(registries),
    async open(name) {
      const settings = Object.hasOwn(registries, name) ? registries[name] : undefined;
      if (settings === undefined) throw unknownName(name, Object.keys(registries));
      let connection = opened.get(name);
      if (connection === undefined) {
        connection = connect(name, settings);
        opened.set(name, connection);
        connection.catch(() => opened.delete(name));
      }
      return (await connection).remote;
    },
    async close() {
      await Promise.allSettled([...opened.values()].map(async (connection) => (await connection).client.close()));
      await (await cache)?.close();
    },
  };
}

/** A cache that cannot be opened is no reason to refuse an answer. */
async function openCache(path: string, now: () => number, log: (sentence: string) => void): Promise<ClientCache> {
  const { openSqliteCache } = await import("../client/cache-sqlite.ts");
  try {
    return await openSqliteCache({ path, now, onTrouble: log });
  } catch (error) {
    log(`answers of other registries are kept in memory only: ${(error as Error).message}`);
    return createMemoryCache({ now });
  }
}

function unknownName(name: string, names: readonly string[]): RegistryError {
  const known = names.length === 0 ? "none is configured (`registries` in hythe.yaml)" : `there are ${names.join(", ")}`;
  return new RegistryError("NOT_FOUND", { message: `there is no registry called '${name.slice(0, 64)}': ${known}` });
}
