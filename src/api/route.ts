// One row of the route table of /api/v1: path, access, schemas, handler. Requests are checked and the OpenAPI document is written from
// the same row. What would surprise: handlers return what the answer's schema describes, and only tests compare the two.

import type { z } from "zod";
import type { Principal } from "../access/open.ts";
import type { Remotes } from "../browse/remotes.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Pulls } from "../pulls/pulls.ts";
import type { Database } from "../store/database.ts";

export type ApiAccess = "none" | "read" | "admin";

/** What the handlers work with. */
export interface ApiHouse {
  readonly db: Database;
  /** Undefined: pulls are not counted. */
  readonly pulls: CountedPulls | undefined;
  /** Other registries; absent: there are none. */
  readonly remotes?: Remotes;
  readonly now: () => number;
  readonly facts: { readonly version: string; readonly startedMs: number; readonly blobs: "disk" };
}
export type CountedPulls = Pick<Pulls, "openUnfolded" | "history" | "metrics" | "trackedSinceMs" | "replaying">;

export interface Ask<Query, Params> {
  readonly query: Query;
  readonly params: Params;
  readonly principal: Principal;
  /** Name patterns of the repositories that the principal may see; undefined: all. */
  readonly visible: readonly string[] | undefined;
  /** A repository name from the request. @throws NAME_INVALID, and NAME_UNKNOWN for one that the principal may not read */
  readonly repository: (name: string) => RepositoryName;
}

export interface ApiRoute {
  /** As in OpenAPI: /api/v1/tags/{tag}/history */
  readonly path: string;
  readonly access: ApiAccess;
  /** One sentence. */
  readonly summary: string;
  readonly query: z.ZodType;
  readonly params: z.ZodType | undefined;
  readonly answer: z.ZodType;
  handle(house: ApiHouse, ask: Ask<unknown, unknown>): Promise<unknown>;
}

export interface TypedRoute<Query extends z.ZodType, Params extends z.ZodType, Answer extends z.ZodType> {
  readonly path: string;
  readonly access: ApiAccess;
  readonly summary: string;
  readonly query: Query;
  readonly params?: Params;
  readonly answer: Answer;
  handle(house: ApiHouse, ask: Ask<z.output<Query>, z.output<Params>>): Promise<z.input<Answer>>;
}

/** A GET route whose handler is checked against its schemas by the compiler. */
export function defineRoute<Query extends z.ZodType, Params extends z.ZodType, Answer extends z.ZodType>(
  route: TypedRoute<Query, Params, Answer>,
): ApiRoute {
  return { ...route, params: route.params, handle: (house, ask) => route.handle(house, ask as never) };
}
