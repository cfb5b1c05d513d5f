// Whether another registry answers, told by the questions that were asked of it anyway: nobody is asked only to know.

import type { Walks } from "../client/walks.ts";
import { RegistryError, type ErrorKind } from "../oci/errors.ts";
import type { Blobs, CallOptions, Manifests, Registry } from "../oci/registry.ts";

export interface Health {
  readonly state: "ok" | "failing" | "unknown";
  /** What went wrong last, or that nothing did. */
  readonly sentence: string;
  /** Undefined: it was not asked yet. */
  readonly atMs: number | undefined;
  /** When it may be asked again, as it told; undefined: at any time. */
  readonly retryAtMs: number | undefined;
}

export interface HealthWatch {
  /** The same registry; how each question ends is noted. */
  readonly registry: Registry & Walks;
  readonly latest: () => Health;
}

const unasked: Health = {
  state: "unknown",
  sentence: "it has not answered since the start",
  atMs: undefined,
  retryAtMs: undefined,
};

/** What is not there, or not done there, was answered. */
const answers: readonly ErrorKind[] = ["not found", "unsupported"];
/** Many registries show their list to administrators only: `capabilities` says so. */
const refusals: readonly ErrorKind[] = [...answers, "auth", "forbidden"];

/** Put it below a cache: what is remembered is no question. Writes are not watched. */
export function watchHealth(inner: Registry & Walks, now: () => number): HealthWatch {
  let latest = unasked;
  const answered = (): void => {
    latest = { state: "ok", sentence: "it answers", atMs: now(), retryAtMs: undefined };
  };
  const failed = (error: unknown, signal: AbortSignal | undefined, fine = answers): void => {
    // Somebody stopped waiting, or it is a bug of ours: nothing that the registry did.
    if (signal?.aborted === true || !(error instanceof RegistryError)) return;
    if (fine.includes(error.kind)) return answered();
    latest = { state: "failing", sentence: error.message, atMs: now(), retryAtMs: error.retryAt?.getTime() };
  };
  const watch = async <Answer>(options: CallOptions | undefined, answer: Promise<Answer>): Promise<Answer> => {
    try {
      const value = await answer;
      answered();
      return value;
    } catch (error) {
      failed(error, options?.signal);
      throw error;
    }
  };
  async function* watchPages<Item>(
    options: CallOptions | undefined,
    pages: AsyncIterable<Item>,
    fine?: readonly ErrorKind[],
  ): AsyncGenerator<Item> {
    try {
      for await (const page of pages) {
        answered();
        yield page;
      }
    } catch (error) {
      failed(error, options?.signal, fine);
      throw error;
    }
  }

  const manifests: Manifests = {
    ...inner.manifests,
    head: (reference, options) => watch(options, inner.manifests.head(reference, options)),
    get: (reference, options) => watch(options, inner.manifests.get(reference, options)),
    referrers: (subject, page) => watch(page, inner.manifests.referrers(subject, page)),
  };
  const blobs: Blobs = {
    ...inner.blobs,
    async get(reference, options) {
      const blob = await inner.blobs.get(reference, options);
      return { ...blob, open: (range, opening) => watch(opening, blob.open(range, opening)) };
    },
  };
  const registry: Registry & Walks = {
    ...inner,
    manifests,
    blobs,
    walkTags: (repository, options) => watchPages(options, inner.walkTags(repository, options)),
    walkRepositories: (options) => watchPages(options, inner.walkRepositories(options), refusals),
  };
  return { registry, latest: () => latest };
}
