// "Did you mean": whoever makes one mistake in a name still has one half of its last part right.

import { z } from "zod";
import { RegistryError, type ErrorCode } from "../oci/errors.ts";
import type { Query, Server } from "./server.ts";

const names = z.looseObject({ items: z.array(z.looseObject({ name: z.string() })) });
const mostShown = 3;

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
      const near = items.map(({ name }) => name).join(", ");
      return new RegistryError(missing, {
        message: `${error.message}; did you mean ${near}?`,
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

/** What to search for, the best guess first. */
function partsOf(name: string): string[] {
  const last = name.slice(name.lastIndexOf("/") + 1);
  const middle = Math.ceil(last.length / 2);
  return [last, last.slice(0, middle), last.slice(middle)].filter((part) => part.length > 1);
}
