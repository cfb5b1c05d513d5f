// The OpenAPI 3.1 document, written from the route table: what is checked and what is described cannot differ.

import { z } from "zod";
import { problem, problemType } from "../wire/problem.ts";
import type { ApiAccess, ApiRoute } from "./route.ts";

/** As far as the schemas of wire/ make use of it. */
export interface JsonSchema {
  readonly type?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly $ref?: string;
}
export interface OpenApiParameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;
export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  /** Whom it is for, a sentence. */
  readonly "x-access": string;
  readonly security: readonly object[];
  readonly parameters: readonly OpenApiParameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content; readonly headers?: object }>
  >;
}
export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string; readonly license: object };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: object; readonly securitySchemes: Readonly<Record<string, { description: string }>> };
}

export function buildOpenApi(routes: readonly ApiRoute[], version: string): OpenApi {
  return {
    openapi: "3.1.0",
    info: {
      title: "Hythe",
      version,
      description: "What is in the registry, and what of it is used. Pushing and pulling is the OCI distribution API under /v2/.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths: buildPaths(routes),
    components: { schemas: { Problem: toSchema(problem, "output") }, securitySchemes },
  };
}

const securitySchemes = {
  password: { type: "http", scheme: "basic", description: "A name with its password, or with one of its tokens" },
  token: { type: "http", scheme: "bearer", description: "A token of /api/v1/tokens; registry tokens are for /v2 only" },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "hythe_session",
    description:
      "Of a browser that signed in, `__Host-hythe_session` over https. All but GET takes the `csrf` of /api/v1/session as X-CSRF-Token as well",
  },
} as const;
const anyOf = Object.keys(securitySchemes).map((name) => ({ [name]: [] }));
/** `{}`: without, too. */
const security = {
  none: [{}],
  read: [...anyOf, {}],
  self: anyOf,
  manage: anyOf,
  admin: anyOf,
} as const satisfies Record<ApiAccess, readonly object[]>;
const whom = {
  none: "For everybody.",
  read: "For whoever may see something, and about what they may see.",
  self: "For users and robots, about themselves.",
  manage: "For those who may give rights to others, about what they administer.",
  admin: "For administrators of the registry.",
} as const satisfies Record<ApiAccess, string>;

function buildPaths(routes: readonly ApiRoute[]): OpenApi["paths"] {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = buildOperation(route);
  }
  return paths;
}

const verbs = { GET: "", POST: "post-", PUT: "put-", PATCH: "patch-", DELETE: "delete-" } as const;

function buildOperation(route: ApiRoute): OpenApiOperation {
  const parameters = [...buildParameters(route.params, "path"), ...buildParameters(route.query, "query")];
  return {
    operationId: `${verbs[route.method]}${route.path.replace("/api/v1/", "")}`.replaceAll(
      /[^A-Za-z]+(\w?)/g,
      (_, letter: string) => letter.toUpperCase(),
    ),
    summary: route.summary,
    "x-access": whom[route.access],
    security: security[route.access],
    parameters,
    ...(route.body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: toSchema(route.body, "input") } } },
    }),
    responses: { ...buildAnswer(route), ...buildErrors(route, parameters), default: failure("What is wrong") },
  };
}

function buildAnswer({ answer, alsoText, file, redirects, summary: description }: ApiRoute): OpenApiOperation["responses"] {
  if (redirects) return { "302": { description, headers: { location: { schema: { type: "string" } } } } };
  if (file !== undefined)
    return { "200": { description, content: { [file]: { schema: { type: "string", format: "binary" } } } } };
  if (answer === undefined) return { "204": { description } };
  const text = alsoText === undefined ? {} : { [alsoText]: { schema: { type: "string" } } };
  return { "200": { description, content: { "application/json": { schema: toSchema(answer, "output") }, ...text } } };
}

/** What is to be expected of every route like this one; `default` is all the rest. */
function buildErrors({ access, body, method }: ApiRoute, parameters: readonly OpenApiParameter[]): OpenApiOperation["responses"] {
  const names = new Set(parameters.map(({ name }) => name));
  const inPath = parameters.some((parameter) => parameter.in === "path");
  const errors: [status: string, when: string][] = [];
  if (names.size > 0 || body !== undefined) errors.push(["400", "A parameter or the body is wrong; all mistakes at once"]);
  if (access !== "none") errors.push(["401", "Sign in first, or what you signed in with is not valid"]);
  if (access === "manage" || access === "admin" || method !== "GET") errors.push(["403", "You may not do that"]);
  if (inPath || names.has("repository")) errors.push(["404", "It is not there, or you may not see it"]);
  if (names.has("registry")) errors.push(["502", "The other registry cannot be reached, or answers wrongly"]);
  if (names.has("registry")) errors.push(["504", "The other registry did not answer in time"]);
  return Object.fromEntries(errors.map(([status, when]) => [status, failure(when)]));
}

function failure(description: string): OpenApiOperation["responses"][string] {
  return { description, content: { [problemType]: { schema: { $ref: "#/components/schemas/Problem" } } } };
}

function buildParameters(schema: z.ZodType | undefined, place: "path" | "query"): OpenApiParameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toSchema(schema, "input");
  return Object.entries(properties).map(([name, { description, ...type }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: type,
  }));
}

function toSchema(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return json as JsonSchema;
}
