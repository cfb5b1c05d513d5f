import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import { parseReference, parseRepositoryName, type RepositoryName } from "./reference.ts";
import { accessNeeded, buildRoute, parseRoute, type Route, routeRepository, routeTable } from "./route.ts";

const digest = digestOf("x");
const id = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

const word = fc.constantFrom("a", "blobs", "manifests", "tags", "uploads", "referrers", "list", "v2", "a.b", "x__y", "z--1");
const repository: fc.Arbitrary<RepositoryName> = fc
  .array(word, { minLength: 1, maxLength: 6 })
  .map((words) => parseRepositoryName(words.join("/")));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
const someDigest = fc.oneof(
  fc.string().map((text) => digestOf(text)),
  fc.string().map((text) => digestOf(text, "sha512")),
);
const digestReference = fc.tuple(repository, someDigest).map(([name, value]) => ({ repository: name, digest: value }));
const path = fc.oneof(
  fc.constantFrom({ kind: "base" }, { kind: "discover" }, { kind: "catalog" }),
  fc.tuple(fc.constantFrom("tags", "uploads"), repository).map(([kind, name]) => ({ kind, repository: name })),
  fc.tuple(repository, fc.uuid()).map(([name, uploadId]) => ({ kind: "upload", repository: name, uploadId })),
  fc.tuple(repository, tag).map(([name, text]) => ({ kind: "manifest", reference: parseReference(name, text) })),
  fc.tuple(fc.constantFrom("manifest", "blob", "referrers"), digestReference).map(([kind, reference]) => ({ kind, reference })),
);
const text = fc.string({ unit: "binary", maxLength: 12 }).filter((value) => !value.includes("\0"));
const query = fc.array(fc.tuple(text, text), { maxLength: 4 });
const route = fc.tuple(path, query).map(([base, pairs]): Route => {
  const search = new URLSearchParams(pairs);
  return (search.size === 0 ? base : { ...base, query: search }) as Route;
});

describe("routes", () => {
  it("come back the same when built and parsed", () => {
    fc.assert(
      fc.property(route, (value) => {
        const parsed = parseRoute(buildRoute(value));
        expect({ ...parsed, query: [...(parsed.query ?? [])] }).toEqual({ ...value, query: [...(value.query ?? [])] });
      }),
    );
  });

  it("come back the same when a client percent-encodes every segment", () => {
    fc.assert(
      fc.property(path as fc.Arbitrary<Route>, (value) => {
        const encoded = buildRoute(value)
          .split("/")
          .map((part) => (part === "v2" ? part : encodeURIComponent(part).replaceAll("a", "%61")))
          .join("/");
        expect(parseRoute(encoded)).toEqual(value);
      }),
    );
  });

  it.each([
    ["/v2", { kind: "base" }],
    ["/v2/?ns=docker.io", { kind: "base" }],
    ["/v2/a/blobs/uploads", { kind: "uploads", repository: "a" }],
    ["/v2/a/blobs/uploads/", { kind: "uploads", repository: "a" }],
    ["/v2/a/tags/list?", { kind: "tags", repository: "a" }],
    ["/v2/manifests/manifests/manifests", { kind: "manifest", reference: { repository: "manifests", tag: "manifests" } }],
    ["/v2/a/blobs/uploads/manifests/b", { kind: "manifest", reference: { repository: "a/blobs/uploads", tag: "b" } }],
    [`/v2/a/manifests/blobs/uploads/${id}`, { kind: "upload", repository: "a/manifests", uploadId: id }],
    [`/v2/a/blobs/sha256%3A${digest.slice(7)}`, { kind: "blob", reference: { repository: "a", digest } }],
  ])("reads %s from the right", (url, expected) => {
    expect(parseRoute(url)).toMatchObject(expected);
  });

  it("keeps a plus sign in a query", () => {
    expect(parseRoute(`/v2/a/referrers/${digest}?artifactType=a/b+json`).query?.get("artifactType")).toBe("a/b+json");
  });

  it.each([
    ["/", "NOT_FOUND"],
    ["/v2/a", "NOT_FOUND"],
    ["/v2/manifests/a", "NOT_FOUND"],
    ["/v2//manifests/a", "NOT_FOUND"],
    ["/v2/tags/list", "NOT_FOUND"],
    ["/v2/a/tags/list/", "NOT_FOUND"],
    ["/v2/a/tags/other", "NOT_FOUND"],
    ["/v2/_catalog/", "NOT_FOUND"],
    ["/v2/a/_ext/x/y", "NOT_FOUND"],
    ["/v2x/", "NOT_FOUND"],
    ["//v2/a/manifests/b", "NOT_FOUND"],
    ["http://host/v2/a/manifests/b", "NOT_FOUND"],
    ["/v2/%61%2fb/manifests/c", "REQUEST_INVALID"],
    ["/v2/a/manifests/..%2f..%2fetc", "REQUEST_INVALID"],
    ["/v2/a/manifests/%zz", "REQUEST_INVALID"],
    ["/v2/a/tags/list?last=%00", "REQUEST_INVALID"],
    ["/v2/../a/manifests/b", "NAME_INVALID"],
    ["/v2/%2e%2e/a/manifests/b", "NAME_INVALID"],
    ["/v2/a//b/manifests/c", "NAME_INVALID"],
    ["/v2/a%5cb/manifests/c", "NAME_INVALID"],
    ["/v2/a\\b/manifests/c", "NAME_INVALID"],
    ["/v2/a%00/manifests/c", "NAME_INVALID"],
    ["/v2/A/manifests/c", "NAME_INVALID"],
    ["/v2/_a/manifests/c", "NAME_INVALID"],
    [`/v2/${"a".repeat(256)}/manifests/c`, "NAME_INVALID"],
    ["/v2/a/manifests/.b", "MANIFEST_INVALID"],
    ["/v2/a/manifests/", "MANIFEST_INVALID"],
    ["/v2/a/manifests/b#c", "MANIFEST_INVALID"],
    [`/v2/a/manifests/${"t".repeat(129)}`, "MANIFEST_INVALID"],
    ["/v2/a/manifests/sha256:bad", "DIGEST_INVALID"],
    [`/v2/a/blobs/md5:${"0".repeat(32)}`, "DIGEST_INVALID"],
    [`/v2/a/blobs/${digest.toUpperCase()}`, "DIGEST_INVALID"],
    ["/v2/a/referrers/latest", "DIGEST_INVALID"],
    ["/v2/a/blobs/uploads/..", "BLOB_UPLOAD_UNKNOWN"],
    [`/v2/a/blobs/uploads/${id.toUpperCase()}`, "BLOB_UPLOAD_UNKNOWN"],
  ])("refuses %s with %s", (url, code) => {
    expect(() => parseRoute(url)).toThrow(expect.objectContaining({ name: "RegistryError", code }));
  });

  it("never throws anything but its own errors", () => {
    const piece = fc.constantFrom(
      "/",
      "v2",
      "/v2/",
      "manifests",
      "blobs",
      "uploads",
      "tags",
      "list",
      "%2f",
      "%",
      "?",
      "&",
      "a",
      ":",
      digest,
      "..",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          parseRoute(pieces.join(""));
        } catch (error) {
          expect(error).toMatchObject({ name: "RegistryError" });
        }
      }),
    );
  });
});

describe("the access a route needs", () => {
  it("is what the table says, for every route and method", () => {
    for (const [kind, methods] of Object.entries(routeTable)) {
      for (const [method, access] of Object.entries(methods)) expect(accessNeeded(kind as Route["kind"], method)).toBe(access);
    }
  });

  it("is an error 405 that lists what is allowed, for any other method", () => {
    for (const method of ["POST", "OPTIONS", "toString", "get"]) {
      expect(() => accessNeeded("manifest", method)).toThrow(
        expect.objectContaining({ status: 405, code: "UNSUPPORTED", headers: { Allow: "GET, HEAD, PUT, DELETE" } }),
      );
    }
  });

  it("belongs to the repository of the route", () => {
    expect(routeRepository(parseRoute("/v2/a/b/manifests/c"))).toBe("a/b");
    expect(routeRepository(parseRoute("/v2/a/b/tags/list"))).toBe("a/b");
    expect(routeRepository(parseRoute("/v2/_catalog"))).toBeUndefined();
  });
});
