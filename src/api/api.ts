// The door of people and scripts: /api/v1, /metrics, health and the pages at / and /setup. One table of routes; each request goes
// through the same steps: who is it, may they, parse, call, answer. Not listening: `routing(req, res)` of the result serves a request.

import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { assertLocalName, isBrowser } from "../access/local-name.ts";
import { isAllowed, type Principal } from "../access/principal.ts";
import { requestId } from "../http/error-edge.ts";
import { createRunning } from "../http/running.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, type RepositoryName } from "../oci/reference.ts";
import { assertCsrf, assertOwnPage } from "./cookie.ts";
import { mountDocs } from "./docs-page.ts";
import { checkReadiness } from "./health.ts";
import { formatHome } from "./home.ts";
import type { WebFiles } from "./web-files.ts";
import { mountWebPages, placeOf, wantsHtml } from "./web-pages.ts";
import { assertAccess, authorOf, refuse, unauthorized, type Identify, type Identity } from "./identity.ts";
import { failurePlace } from "./oidc.ts";
import { formatMetrics, metricsType, type MetricSources } from "./metrics.ts";
import { mayOf } from "./may.ts";
import { buildOpenApi, type OpenApi } from "./openapi.ts";
import { answerProblem, parse, reportProblem } from "./problem.ts";
import { passwordPath } from "./session.ts";
import { mountSetupPage } from "./setup-page.ts";
import { RedirectAnswer, TextAnswer, type ApiHouse, type ApiRoute, type Ask } from "./route.ts";
import { RecentAnswers } from "./recent-answers.ts";
import { routes } from "./routes.ts";

export interface ApiOptions extends Omit<ApiHouse, "recent"> {
  readonly metrics: Pick<MetricSources, "traffic" | "jobs">;
  /** Who sends a request; see createIdentify. */
  readonly identify: Identify;
  /** Undefined: it was not built, and browsers get a page of links. */
  readonly web?: WebFiles | undefined;
}

const maxBodyBytes = 64 * 1024;
/** Where browsers go by themselves, and so see what goes wrong. */
const browserPaths = new Set(routes.filter(({ redirects }) => redirects).map(({ path }) => path));

interface Opened extends ApiOptions {
  readonly recent: RecentAnswers;
}

/** Ready to serve; the caller closes it. */
export async function createApi(given: ApiOptions): Promise<FastifyInstance> {
  const options: Opened = { ...given, recent: new RecentAnswers(given.now) };
  const api = fastify({
    genReqId: (req) => requestId(req),
    requestIdHeader: false,
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: 300 },
    // A path that does not decode is refused before any hook.
    frameworkErrors: (error, request, reply) => {
      void answerProblem(options.report, error, request, reply.header("x-request-id", request.id));
    },
  });
  // Also of those whose connection is gone: what they work with is closed next.
  const running = createRunning();
  api.addHook("onClose", () => running.ended());
  // A page of another site can send text without asking; JSON it cannot.
  api.removeContentTypeParser("text/plain");
  api.decorateRequest(identityKey);
  api.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    reply.header("x-content-type-options", "nosniff");
    reply.header("cache-control", "no-store");
  });
  api.setNotFoundHandler(async (request, reply) => {
    const place = options.web !== undefined && wantsHtml(request) ? placeOf(request) : undefined;
    if (place !== undefined) return reply.redirect(place, 302);
    throw new RegistryError("NOT_FOUND", { message: "there is nothing here; /api/v1/openapi.json says what there is" });
  });
  api.setErrorHandler((error, request, reply) => {
    noteRefusal(options, error, request);
    const isPage = options.web !== undefined && wantsHtml(request) && browserPaths.has(request.routeOptions.url ?? "");
    if (!isPage) return answerProblem(options.report, error, request, reply);
    return reply.redirect(failurePlace(reportProblem(options.report, error, request), request.id), 302);
  });
  for (const route of routes) {
    api.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      ...(route.maxBodyBytes !== undefined && { bodyLimit: route.maxBodyBytes }),
      // Before the body is read: from whoever may not, none is.
      onRequest: async (request) => void (await admit(options, route, request)),
      ...(route.body !== undefined && { preHandler: (request: FastifyRequest) => admitAgain(options, route, request) }),
      handler: (request, reply) => running.track(answerRoute(options, route, request, reply)),
    });
  }
  mountMachines(api, options);
  mountSetupPage(api, options.access, (request) => admit(options, { access: "none", method: "POST", path: "/setup" }, request));
  if (options.web !== undefined) mountWebPages(api, options.web);
  await api.ready();
  return api;
}

const identityKey = "identity";

/** Who it is, and that they may use the route at all. @throws UNAUTHORIZED, DENIED, TOOMANYREQUESTS */
async function admit(
  options: ApiOptions,
  route: Pick<ApiRoute, "access" | "method" | "path">,
  request: FastifyRequest,
): Promise<Identity> {
  const { access } = options;
  const isSafe = route.method === "GET";
  if (!isSafe) assertOwnPage(access, request.raw);
  await access.directory.refresh();
  const { headers } = request.raw;
  if (access.directory.isOpen() && (!isSafe || isBrowser(headers))) assertLocalName(headers, access.externalUrl);
  const identity = await options.identify(request.raw);
  request.setDecorator(identityKey, identity);
  if (!isSafe) assertCsrf(identity, request.raw);
  assertAccess(route.access, identity);
  const { member, tokenId } = identity;
  if (member?.mustChange === true && tokenId === undefined && route.access !== "none" && route.path !== passwordPath) {
    throw new RegistryError("DENIED", { message: `choose a password of your own first: PUT ${passwordPath}` });
  }
  return identity;
}

/** A body takes the time that its sender takes; what was changed about access meanwhile counts. @throws as admit */
async function admitAgain(options: ApiOptions, route: ApiRoute, request: FastifyRequest): Promise<void> {
  const { directory } = options.access;
  const { member, principal } = request.getDecorator<Identity>(identityKey);
  await directory.refresh();
  const isSame = member === undefined ? principal === directory.anonymous() : member === (await directory.member(principal.id));
  if (!isSame) await admit(options, route, request);
}

/** Somebody we know asked for what they may not do. */
function noteRefusal({ access }: ApiOptions, error: unknown, request: FastifyRequest): void {
  const identity = request.getDecorator<Identity | undefined>(identityKey);
  if (!(error instanceof RegistryError) || error.code !== "DENIED" || identity?.member === undefined) return;
  const object = `${request.method} ${request.routeOptions.url ?? ""}`;
  void access.audit.record({
    ...authorOf(identity),
    action: "access.refuse",
    objectKind: "registry",
    object,
    outcome: "refused",
  });
}

async function answerRoute(options: Opened, route: ApiRoute, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const identity = request.getDecorator<Identity>(identityKey);
  const { principal } = identity;
  const { visible } = principal.rights;
  const isKnown = principal.kind !== "anonymous" || options.access.directory.isOpen();
  const ask: Ask = {
    query: parse(route.query, request.query),
    params: route.params === undefined ? undefined : parse(route.params, request.params),
    body: route.body === undefined ? undefined : parse(route.body, request.body ?? {}),
    identity,
    request: request.raw,
    visible,
    repository: (text) => readable(principal, parseRepositoryName(text)),
    may: (repository, tag) => mayOf(principal, options.access.directory, repository, tag),
    // To whoever has not said who they are, names of others would be what passwords are guessed for.
    knowsPeople: isKnown,
    header: (name, value) => void reply.header(name, value),
  };
  // Other registries are asked with a login of ours, and their names are in no grant: they are for those who may see everything and,
  // because that may be everybody, have said who they are.
  const { remotes: _, ...ours } = options;
  const house = visible === undefined && isKnown ? options : ours;
  const answer = await route.handle(house, ask);
  if (answer instanceof RedirectAnswer) return reply.redirect(answer.location, 302);
  if (answer instanceof TextAnswer) return reply.type(answer.type).send(answer.body);
  if (route.answer === undefined) return reply.code(204).send();
  return answer;
}

/** Hidden is missing; who has not signed in is asked to. @throws UNAUTHORIZED, NAME_UNKNOWN */
function readable(principal: Principal, name: RepositoryName): RepositoryName {
  if (isAllowed(principal, "pull", name)) return name;
  if (principal.kind === "anonymous") throw unauthorized();
  throw new RegistryError("NAME_UNKNOWN", { message: `there is no repository '${name}' here` });
}

/** What has no schema: texts, health, numbers, and the description of all the rest. */
function mountMachines(api: FastifyInstance, options: ApiOptions): void {
  const { version } = options.facts;
  let document: OpenApi | undefined;
  // Made for the first reader: nobody else waits for it, at no start.
  const openApi = (): OpenApi => (document ??= buildOpenApi(routes, version));
  api.get("/api/v1/openapi.json", async () => openApi());
  mountDocs(api, openApi);
  api.get("/healthz", async (_, reply) => reply.type("text/plain").send("ok\n"));
  api.get("/readyz", async (_, reply) => {
    const readiness = await checkReadiness(options);
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  api.get("/metrics", async (request, reply) => {
    const { principal } = await admit(options, { access: "read", method: "GET", path: "/metrics" }, request);
    // Sums over all repositories belong to those who may see all.
    if (principal.rights.visible !== undefined)
      refuse(principal, "numbers of the whole registry are for those who may pull all of it");
    const { pulls, metrics } = options;
    const text = await formatMetrics({ ...metrics, pulls: pulls && (() => pulls.metrics()) });
    return reply.header("content-type", metricsType).send(text);
  });
  api.get("/", async (request, reply) => {
    const asHtml = wantsHtml(request);
    if (asHtml && options.web !== undefined) return reply.redirect("/ui/", 302);
    return reply.type(asHtml ? "text/html; charset=utf-8" : "text/plain; charset=utf-8").send(formatHome(version, asHtml));
  });
}
