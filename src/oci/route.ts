// The paths of the distribution API, both ways: raw URL to a typed route, and back for Location and Link. What would surprise: a
// repository name may contain parts called blobs, manifests, tags or v2, so a path is read from the right (distribution-spec "API").

import { parseDigest } from "./digest.ts";
import { RegistryError } from "./errors.ts";
import { type DigestReference, parseReference, parseRepositoryName, type Reference, type RepositoryName } from "./reference.ts";

/**
 * What a caller needs: nothing; to have said who they are, be it nobody, by a token; the list of all repositories; or one of three things on
 * the route's repository.
 */
export type Access = "none" | "login" | "catalog" | "pull" | "push" | "delete";
export type RouteMethod = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Every route, its methods and the access each needs. Cancelling an upload is part of pushing: clients do it with push rights. */
export const routeTable = {
  base: { GET: "login", HEAD: "login" },
  token: { GET: "none", POST: "none" },
  discover: { GET: "login", HEAD: "login" },
  catalog: { GET: "catalog", HEAD: "catalog" },
  tags: { GET: "pull", HEAD: "pull" },
  referrers: { GET: "pull", HEAD: "pull" },
  manifest: { GET: "pull", HEAD: "pull", PUT: "push", DELETE: "delete" },
  blob: { GET: "pull", HEAD: "pull", DELETE: "delete" },
  uploads: { POST: "push" },
  upload: { GET: "push", HEAD: "push", PATCH: "push", PUT: "push", DELETE: "push" },
} as const satisfies Record<string, Partial<Record<RouteMethod, Access>>>;

export type RouteKind = keyof typeof routeTable;

/** Absent when the URL has none. A `+` stands for itself (media types have them), never for a space. */
interface WithQuery {
  readonly query?: URLSearchParams;
}
export type Route = WithQuery &
  (
    | { readonly kind: "base" }
    | { readonly kind: "token" }
    | { readonly kind: "discover" }
    | { readonly kind: "catalog" }
    | { readonly kind: "tags"; readonly repository: RepositoryName }
    | { readonly kind: "uploads"; readonly repository: RepositoryName }
    | { readonly kind: "upload"; readonly repository: RepositoryName; readonly uploadId: string }
    | { readonly kind: "manifest"; readonly reference: Reference }
    | { readonly kind: "blob"; readonly reference: DigestReference }
    | { readonly kind: "referrers"; readonly reference: DigestReference }
  );
export type RouteOf<Kind extends RouteKind> = Extract<Route, { readonly kind: Kind }>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const tokenPath = "/v2/token";
const discoverPath = "/v2/_oci/ext/discover";

/** The repository that a route is about; none for the base, tokens, the catalog and extensions. */
export function routeRepository(route: Route): RepositoryName | undefined {
  if ("reference" in route) return route.reference.repository;
  return "repository" in route ? route.repository : undefined;
}

/** @throws UNSUPPORTED (405 with Allow) when the route has no such method */
export function accessNeeded(kind: RouteKind, method: string): Access {
  const methods: Partial<Record<string, Access>> = routeTable[kind];
  const access = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (access !== undefined) return access;
  const allow = Object.keys(methods).join(", ");
  throw new RegistryError("UNSUPPORTED", {
    message: `${method} is not supported here, only ${allow}`,
    headers: { Allow: allow },
  });
}

/**
 * Reads a raw request target. Nothing is normalized: `..`, `//`, `\` and encoded slashes are never part of a route.
 * @throws NOT_FOUND, NAME_INVALID, DIGEST_INVALID, MANIFEST_INVALID (a malformed tag), BLOB_UPLOAD_UNKNOWN, REQUEST_INVALID
 */
export function parseRoute(url: string): Route {
  const mark = url.indexOf("?");
  const route = parsePath(mark === -1 ? url : url.slice(0, mark));
  return mark === -1 || mark === url.length - 1 ? route : { ...route, query: parseQuery(url.slice(mark + 1)) };
}

/** The inverse of parseRoute: a path-absolute URL, which every client resolves against the host it already talks to. */
export function buildRoute(route: Route): string {
  const query = route.query?.toString().replaceAll("+", "%20");
  return query ? `${buildPath(route)}?${query}` : buildPath(route);
}

function parsePath(raw: string): Route {
  if (raw === "/v2" || raw === "/v2/") return { kind: "base" };
  if (!raw.startsWith("/v2/")) notFound();
  const path = raw.includes("%") ? decodeSegments(raw) : raw;
  const slash = path.lastIndexOf("/");
  const head = path.slice(0, slash);
  const last = path.slice(slash + 1);
  if (head.endsWith("/manifests")) return { kind: "manifest", reference: parseReference(nameIn(head, "/manifests"), last) };
  if (head.endsWith("/blobs/uploads")) {
    const repository = nameIn(head, "/blobs/uploads");
    return last === "" ? { kind: "uploads", repository } : { kind: "upload", repository, uploadId: parseUploadId(last) };
  }
  if (head.endsWith("/blobs")) {
    const repository = nameIn(head, "/blobs");
    return last === "uploads"
      ? { kind: "uploads", repository }
      : { kind: "blob", reference: { repository, digest: parseDigest(last) } };
  }
  if (head.endsWith("/tags") && last === "list") return { kind: "tags", repository: nameIn(head, "/tags") };
  if (head.endsWith("/referrers")) {
    return { kind: "referrers", reference: { repository: nameIn(head, "/referrers"), digest: parseDigest(last) } };
  }
  if (path === "/v2/_catalog") return { kind: "catalog" };
  if (path === discoverPath) return { kind: "discover" };
  if (path === tokenPath) return { kind: "token" };
  return notFound();
}

/** The repository name between `/v2/` and `suffix`. */
function nameIn(head: string, suffix: string): RepositoryName {
  const name = head.slice("/v2/".length, -suffix.length);
  return name === "" ? notFound() : parseRepositoryName(name);
}

function parseUploadId(text: string): string {
  if (uuid.test(text)) return text;
  throw new RegistryError("BLOB_UPLOAD_UNKNOWN");
}

/** Clients may encode the colon of a digest. Each segment is decoded once; a slash that appears by it would move the borders. */
function decodeSegments(raw: string): string {
  const segments = raw.split("/").map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch (cause) {
      throw new RegistryError("REQUEST_INVALID", { message: "the path holds a broken percent-encoding", cause });
    }
  });
  if (segments.some((segment) => segment.includes("/"))) {
    throw new RegistryError("REQUEST_INVALID", { message: "the path holds an encoded slash" });
  }
  return segments.join("/");
}

function parseQuery(text: string): URLSearchParams {
  const query = new URLSearchParams(text.replaceAll("+", "%2B"));
  // No name, digest or media type holds a NUL, and PostgreSQL cannot even compare with one.
  for (const [key, value] of query) if (key.includes("\0") || value.includes("\0")) throw new RegistryError("REQUEST_INVALID");
  return query;
}

function buildPath(route: Route): string {
  switch (route.kind) {
    case "base":
      return "/v2/";
    case "token":
      return tokenPath;
    case "discover":
      return discoverPath;
    case "catalog":
      return "/v2/_catalog";
    case "tags":
      return `/v2/${route.repository}/tags/list`;
    case "uploads":
      return `/v2/${route.repository}/blobs/uploads/`;
    case "upload":
      return `/v2/${route.repository}/blobs/uploads/${route.uploadId}`;
    case "manifest":
      return `/v2/${route.reference.repository}/manifests/${route.reference.tag ?? route.reference.digest}`;
    case "blob":
      return `/v2/${route.reference.repository}/blobs/${route.reference.digest}`;
    case "referrers":
      return `/v2/${route.reference.repository}/referrers/${route.reference.digest}`;
  }
}

function notFound(): never {
  throw new RegistryError("NOT_FOUND", { message: "this path is not part of the registry API" });
}
