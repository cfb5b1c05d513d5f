// A registry whose calls are written down, and which a test can make fail or wait: each call stands for about one request.

import type { Registry } from "../../src/oci/registry.ts";

export interface WatchedRegistry {
  readonly registry: Registry;
  /** `manifests.get team/app:v1`, in order. */
  readonly calls: string[];
  /** How many calls were made whose text starts so. */
  count(start?: string): number;
  /** The most calls that were under way at once. */
  readonly mostAtOnce: number;
  /** Called before each call goes on; may wait or throw. */
  before: (call: string, signal: AbortSignal | undefined) => Promise<void>;
}

interface Named {
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: string;
}

export function watchRegistry(inner: Registry): WatchedRegistry {
  const calls: string[] = [];
  let underWay = 0;
  let mostAtOnce = 0;
  const watch = async <Value>(call: string, options: unknown, work: () => Promise<Value>): Promise<Value> => {
    calls.push(call);
    mostAtOnce = Math.max(mostAtOnce, ++underWay);
    try {
      await watched.before(call, (options as { signal?: AbortSignal } | undefined)?.signal);
      return await work();
    } finally {
      underWay--;
    }
  };
  const show = (what: unknown): string => {
    if (typeof what === "string") return what;
    const { repository, tag, digest } = what as Named;
    return `${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`;
  };
  const watchAll = <Part extends object>(name: string, part: Part): Part =>
    Object.fromEntries(
      Object.entries(part).map(([method, call]) => [
        method,
        (...args: readonly unknown[]) =>
          watch(`${name}.${method} ${show(args[0])}`, args.at(-1), () =>
            (call as (...all: readonly unknown[]) => Promise<unknown>)(...args),
          ),
      ]),
    ) as Part;

  const watched = {
    registry: {
      blobs: watchAll("blobs", inner.blobs),
      manifests: watchAll("manifests", inner.manifests),
      repositories: (page) => watch("repositories", page, () => inner.repositories(page)),
      tags: (repository, page) => watch(`tags ${repository}`, page, () => inner.tags(repository, page)),
    } satisfies Registry as Registry,
    calls,
    count: (start = "") => calls.filter((call) => call.startsWith(start)).length,
    get mostAtOnce() {
      return mostAtOnce;
    },
    before: async () => undefined,
  } as WatchedRegistry;
  return watched;
}
