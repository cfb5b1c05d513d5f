// "Did you mean": names of our own server that look like a wrong one, from its search.

import { z } from "zod";
import { RegistryError, type ErrorCode } from "../oci/errors.ts";
import { didYouMean, mostShown, partsOf } from "./name-likeness.ts";
import type { Query, Server } from "./server.ts";

const names = z.looseObject({ items: z.array(z.looseObject({ name: z.string() })) });

/** A list of names that are searched for. */
interface Names {
  /** The code of an error that says that there is no such name. */
  readonly missing: ErrorCode;
  readonly path: string;
  readonly query: Query;
}
export const repositoryNames: Names = { missing: "NAME_UNKNOWN", path: "/api/v1/repositories", query: {} };
export function tagNames(repository: string): Names {
  return { missing: "MANIFEST_UNKNOWN", path: "/api/v1/tags", query: { repository } };
}

/** The same error; when there is no such name, with those that look like the `wrong` one. */
export async function suggestNames(
  error: unknown,
  server: Server,
  { missing, path, query }: Names,
  wrong: string,
): Promise<unknown> {
  if (!(error instanceof RegistryError) || error.code !== missing) return error;
  for (const search of partsOf(wrong)) {
    try {
      const { items } = await server.get(path, { ...query, search, limit: mostShown }, names);
      if (items.length === 0) continue;
      return new RegistryError(missing, {
        message: `${error.message}${didYouMean(items.map(({ name }) => name))}`,
        status: error.status,
        cause: error,
      });
    } catch {
      // The first error is what the user has to hear of.
      return error;
    }
  }
  return error;
}
