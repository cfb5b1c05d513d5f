// The OpenAPI 3.1 document, written from the route table: what is checked and what is described cannot differ.

import { z } from "zod";
import { problem, problemType } from "../wire/problem.ts";
import type { ApiAccess, ApiRoute } from "./route.ts";

type JsonSchema = Record<string, unknown> & { properties?: Record<string, JsonSchema>; required?: string[] };

export function buildOpenApi(routes: readonly ApiRoute[], version: string): object {
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

function buildPaths(routes: readonly ApiRoute[]): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = buildOperation(route);
  }
  return paths;
}

const verbs = { GET: "", POST: "post-", PUT: "put-", PATCH: "patch-", DELETE: "delete-" } as const;

function buildOperation(route: ApiRoute): object {
  const failure = {
    description: "What is wrong",
    content: { [problemType]: { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  return {
    operationId: `${verbs[route.method]}${route.path.replace("/api/v1/", "")}`.replaceAll(
      /[^A-Za-z]+(\w?)/g,
      (_, letter: string) => letter.toUpperCase(),
    ),
    summary: route.summary,
    security: security[route.access],
    parameters: [...buildParameters(route.params, "path"), ...buildParameters(route.query, "query")],
    ...(route.body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: toSchema(route.body, "input") } } },
    }),
    responses: { ...buildAnswer(route), default: failure },
  };
}

function buildAnswer({ answer, alsoText, file, redirects, summary: description }: ApiRoute): object {
  if (redirects) return { "302": { description, headers: { location: { schema: { type: "string" } } } } };
  if (file !== undefined)
    return { "200": { description, content: { [file]: { schema: { type: "string", format: "binary" } } } } };
  if (answer === undefined) return { "204": { description } };
  const text = alsoText === undefined ? {} : { [alsoText]: { schema: { type: "string" } } };
  return { "200": { description, content: { "application/json": { schema: toSchema(answer, "output") }, ...text } } };
}

function buildParameters(schema: z.ZodType | undefined, place: "path" | "query"): object[] {
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
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io }) as JsonSchema;
  return json;
}
