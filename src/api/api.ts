// The door of people and scripts: /api/v1, /metrics, health and the page at /. One table of routes; each request goes through the same
// four steps: check the access of its row, parse, call, answer. Not listening: `routing(req, res)` of the result serves a request.

import { STATUS_CODES } from "node:http";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { z } from "zod";
import { anonymous, type Principal } from "../access/open.ts";
import { requestId, type ReportError } from "../http/error-edge.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, type RepositoryName } from "../oci/reference.ts";
import { toStoreError } from "../store/retry.ts";
import { problemType, type Problem } from "../wire/problem.ts";
import { checkReadiness } from "./health.ts";
import { formatHome } from "./home.ts";
import { manifest, manifests } from "./manifests.ts";
import { formatMetrics, metricsType, type MetricSources } from "./metrics.ts";
import { buildOpenApi } from "./openapi.ts";
import { pullsOverTime } from "./pulls.ts";
import { registries } from "./registries.ts";
import { repositories } from "./repositories.ts";
import type { ApiAccess, ApiHouse, ApiRoute } from "./route.ts";
import { status } from "./status.ts";
import { tagHistory, tags } from "./tags.ts";

export interface ApiOptions extends ApiHouse {
  readonly metrics: Pick<MetricSources, "traffic" | "jobs">;
  /** The one place that says who may do what; repository undefined: the registry as a whole. */
  readonly decide: (principal: Principal, access: ApiAccess, repository: RepositoryName | undefined) => boolean;
  /** Name patterns of the repositories that a principal may see; absent: all. */
  readonly visible?: (principal: Principal) => readonly string[] | undefined;
  readonly report: ReportError;
}

export const routes: readonly ApiRoute[] = [
  status,
  registries,
  repositories,
  tags,
  tagHistory,
  manifests,
  manifest,
  pullsOverTime,
];

/** Ready to serve; the caller closes it. */
export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const api = fastify({
    genReqId: (req) => requestId(req),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 300 },
    // A path that does not decode is refused before any hook.
    frameworkErrors: (error, request, reply) => {
      void answerProblem(options.report, error, request, reply.header("x-request-id", request.id));
    },
  });
  api.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    reply.header("x-content-type-options", "nosniff");
    reply.header("cache-control", "no-store");
  });
  api.setNotFoundHandler(() => {
    throw new RegistryError("NOT_FOUND", { message: "there is nothing here; /api/v1/openapi.json says what there is" });
  });
  api.setErrorHandler((error, request, reply) => answerProblem(options.report, error, request, reply));
  for (const route of routes) {
    api.get(route.path.replaceAll(/\{(\w+)\}/g, ":$1"), (request) => answerRoute(options, route, request));
  }
  mountMachines(api, options);
  await api.ready();
  return api;
}

async function answerRoute(options: ApiOptions, route: ApiRoute, request: FastifyRequest): Promise<unknown> {
  const principal = anonymous;
  if (!options.decide(principal, route.access, undefined)) throw new RegistryError("UNAUTHORIZED");
  const ask = {
    query: parse(route.query, request.query),
    params: route.params === undefined ? undefined : parse(route.params, request.params),
    principal,
    visible: options.visible?.(principal),
    repository(text: string): RepositoryName {
      const name = parseRepositoryName(text);
      if (options.decide(principal, route.access, name)) return name;
      throw new RegistryError("NAME_UNKNOWN", { message: `there is no repository '${name}' here` });
    },
  };
  return route.handle(options, ask);
}

/** What has no schema: texts, health, numbers, and the description of all the rest. */
function mountMachines(api: FastifyInstance, options: ApiOptions): void {
  const { version } = options.facts;
  const openApi = buildOpenApi(routes, version);
  const mayRead = (): void => {
    if (!options.decide(anonymous, "read", undefined)) throw new RegistryError("UNAUTHORIZED");
  };
  api.get("/api/v1/openapi.json", async () => openApi);
  api.get("/healthz", async (_, reply) => reply.type("text/plain").send("ok\n"));
  api.get("/readyz", async (_, reply) => {
    const readiness = await checkReadiness(options);
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  api.get("/metrics", async (_, reply) => {
    mayRead();
    const { pulls, metrics } = options;
    const text = await formatMetrics({ ...metrics, pulls: pulls && (() => pulls.metrics()) });
    return reply.header("content-type", metricsType).send(text);
  });
  api.get("/", async (request, reply) => {
    const asHtml = request.headers.accept?.includes("text/html") ?? false;
    return reply.type(asHtml ? "text/html; charset=utf-8" : "text/plain; charset=utf-8").send(formatHome(version, asHtml));
  });
}

/** All mistakes at once. @throws REQUEST_INVALID */
function parse(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => ({ parameter: path.join("."), message }));
  const sentence = mistakes.map(({ parameter, message }) => (parameter === "" ? message : `${parameter}: ${message}`)).join("; ");
  throw new RegistryError("REQUEST_INVALID", { message: sentence, detail: mistakes });
}

/** As bytes: to a text the framework would add a charset that this type does not have. */
function answerProblem(report: ReportError, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toKnownError(error);
  // What another registry said or failed to say is no fault of ours.
  if (known === undefined || (known.status >= 500 && known.request === undefined)) {
    report(error, { id: request.id, method: request.method, url: request.url.split("?", 1)[0]! });
  }
  const { code, status: number, message, detail, headers } = known ?? new RegistryError("UNKNOWN");
  const problem: Problem = {
    type: "about:blank",
    title: STATUS_CODES[number] ?? "Error",
    status: number,
    detail: message,
    code,
    requestId: request.id,
    ...(code === "REQUEST_INVALID" && Array.isArray(detail) && { mistakes: detail as NonNullable<Problem["mistakes"]> }),
  };
  return reply
    .code(number)
    .headers(headers ?? {})
    .header("content-type", problemType)
    .send(Buffer.from(JSON.stringify(problem)));
}

/** Undefined: a bug. */
function toKnownError(error: unknown): RegistryError | undefined {
  const translated = toStoreError(error);
  if (translated instanceof RegistryError) return translated;
  // What the framework refuses before any handler: a body of a wrong type, a URL that does not decode.
  const { statusCode, message } = error as { statusCode?: unknown; message?: string };
  if (typeof statusCode !== "number" || statusCode < 400 || statusCode >= 500) return undefined;
  return new RegistryError("REQUEST_INVALID", { status: statusCode, message: message ?? "the request is invalid" });
}
