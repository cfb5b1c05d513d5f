// One row of the route table of /api/v1: method, path, access, schemas, handler. Requests are checked and the OpenAPI document is
// written from the same row. What would surprise: handlers return what the answer's schema describes, and only tests compare the two.

import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { Remotes } from "../browse/remotes.ts";
import type { ReportError } from "../http/error-edge.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Blobs } from "../oci/registry.ts";
import type { Census } from "../pulls/census.ts";
import type { Pulls } from "../pulls/pulls.ts";
import type { Catalogue } from "../store/catalogue.ts";
import type { Database } from "../store/database.ts";
import type { May } from "../wire/access.ts";
import type { AccessHouse, Identity } from "./identity.ts";
import type { RecentAnswers } from "./recent-answers.ts";

/**
 * Whom a route is for. none: everybody. read: who may see something, and sees no more than that. self: users and robots.
 * manage: who may give others rights in some repositories; the handler looks at which. admin: administrators of the registry.
 */
export type ApiAccess = "none" | "read" | "self" | "manage" | "admin";
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What the handlers work with. */
export interface ApiHouse {
  readonly db: Database;
  readonly access: AccessHouse;
  /** Changing the tags of our own registry. */
  readonly content: Pick<Catalogue["manifests"], "head" | "delete" | "restore">;
  /** Where configs of images are read; absent: they are not. */
  readonly blobs?: Pick<Blobs, "get">;
  /** Undefined: pulls are not counted. */
  readonly pulls: CountedPulls | undefined;
  /** Other registries; absent: there are none, or not for this caller. */
  readonly remotes?: Remotes;
  /** As people may see them; absent: nobody told. */
  readonly settings?: readonly ShownSetting[];
  readonly now: () => number;
  readonly recent: RecentAnswers;
  readonly report: ReportError;
  /** Of the data folder; absent: it cannot be told. */
  readonly disk?: () => Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** Usage of all tags, counted off the request path; absent: pulls are not counted. */
  readonly census?: Pick<Census, "soon" | "read">;
  readonly facts: {
    readonly version: string;
    readonly startedMs: number;
    readonly blobs: "disk";
    readonly idleAfterMs: number;
    /** Everything in it was made up. */
    readonly demo?: boolean;
  };
}
export interface ShownSetting {
  readonly key: string;
  /** Of a secret: (secret). */
  readonly value: string;
  /** Where it comes from, the kind of place first; `not set` when there is no value. */
  readonly origin: string;
  /** What it does. */
  readonly sentence: string;
}
export type CountedPulls = Pick<
  Pulls,
  "openUnfolded" | "history" | "trends" | "top" | "keptBy" | "gaps" | "metrics" | "trackedSinceMs" | "replaying"
>;

export interface Ask<Query = unknown, Params = unknown, Body = unknown> {
  readonly query: Query;
  readonly params: Params;
  readonly body: Body;
  readonly identity: Identity;
  readonly request: IncomingMessage;
  /** Name patterns of the repositories that the caller may see; undefined: all. */
  readonly visible: readonly string[] | undefined;
  /** A repository name from the request. @throws NAME_INVALID, and NAME_UNKNOWN or UNAUTHORIZED for one that the caller may not read */
  readonly repository: (name: string) => RepositoryName;
  /** What the caller may do with a repository, or with a tag that exists there. */
  readonly may: (repository: string, tag?: string) => May;
  /** Whether the caller may see who has pushed what. */
  readonly knowsPeople: boolean;
  /** Sets a header of the answer. */
  readonly header: (name: string, value: string | readonly string[]) => void;
}

/** An answer that is no JSON. */
export class TextAnswer {
  readonly type: string;
  readonly body: Readable;
  constructor(type: string, body: Readable) {
    this.type = type;
    this.body = body;
  }
}

/** Sends a browser elsewhere. */
export class RedirectAnswer {
  readonly location: string;
  constructor(location: string) {
    this.location = location;
  }
}

export interface ApiRoute {
  readonly method: Method;
  /** As in OpenAPI: /api/v1/tags/{tag}/history */
  readonly path: string;
  readonly access: ApiAccess;
  /** One sentence. */
  readonly summary: string;
  readonly query: z.ZodType;
  readonly params: z.ZodType | undefined;
  /** JSON; fields that it does not name are refused. */
  readonly body: z.ZodType | undefined;
  /** Undefined: 204. */
  readonly answer: z.ZodType | undefined;
  /** Another type in which the answer comes when it is asked for. */
  readonly alsoText: string | undefined;
  /** The type of a file, which is the answer instead of JSON. */
  readonly file: string | undefined;
  /** 302 and no answer. */
  readonly redirects: boolean;
  /** Undefined: the limit of all. */
  readonly maxBodyBytes: number | undefined;
  handle(house: ApiHouse, ask: Ask): Promise<unknown>;
}

export interface TypedRoute<Query extends z.ZodType, Params extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  /** Default GET. */
  readonly method?: Method;
  readonly path: string;
  readonly access: ApiAccess;
  readonly summary: string;
  /** Absent: takes no parameters. */
  readonly query?: Query;
  readonly params?: Params;
  readonly body?: Body;
  readonly answer?: Answer;
  readonly alsoText?: string;
  readonly file?: string;
  readonly redirects?: boolean;
  readonly maxBodyBytes?: number;
  handle(
    house: ApiHouse,
    ask: Ask<z.output<Query>, z.output<Params>, z.output<Body>>,
  ): Promise<z.ZodType extends Answer ? void | RedirectAnswer | TextAnswer : z.input<Answer> | TextAnswer>;
}

const nothing = z.strictObject({});

/** A route whose handler is checked against its schemas by the compiler. */
export function defineRoute<Query extends z.ZodType, Params extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  route: TypedRoute<Query, Params, Body, Answer>,
): ApiRoute {
  const { method = "GET", query = nothing, params, body, answer, alsoText, file, redirects = false, maxBodyBytes } = route;
  const handle: ApiRoute["handle"] = (house, ask) => route.handle(house, ask as never);
  return { ...route, method, query, params, body, answer, alsoText, file, redirects, maxBodyBytes, handle };
}
