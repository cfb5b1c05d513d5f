// "Did you mean": names of our own server that look like a wrong one, from its search.

import { z } from "zod";
import { RegistryError, type ErrorCode } from "../oci/errors.ts";
import { didYouMean, nearNames, partsOf } from "./name-likeness.ts";
import type { Query, Server } from "./server.ts";

/** Of each search. */
const mostCompared = 100;

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
  const known = new Set<string>();
  try {
    for (const search of partsOf(wrong)) {
      const { items } = await server.get(path, { ...query, search, limit: mostCompared }, names);
      for (const { name } of items) known.add(name);
    }
  } catch {
    // The first error is what the user has to hear of.
    return error;
  }
  const message = `${error.message}${didYouMean(nearNames([...known], wrong))}`;
  return new RegistryError(missing, { message, status: error.status, cause: error });
}
