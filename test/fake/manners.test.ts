// Every bad manner without any client of ours: a plain request sees it when it is on and does not see it when it is off. A manner without
// a probe does not compile.

import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";
import { ociManifest } from "../../src/oci/media-types.ts";
import { pushImage } from "../contract/pushing.ts";
import { image, type Image } from "../image.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "./fake-registry.ts";
import { manners, type MannerName } from "./manners.ts";

const whole = image({ layers: ["a"], layerBytes: 2000 });
const signature = image({ layers: ["s"], subject: whole, artifactType: "test/signature" });
const layer = whole.blobs[1]!;
const tags = ["1.0", "1.1", "1.2", "1.3", "1.4"];
const mib = 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly text: string;
  header(name: string): string | null;
  json(): Record<string, unknown>;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | URLSearchParams;
}

async function ask(fake: FakeRegistry, path: string, { body, headers = {}, method = "GET" }: Ask = {}): Promise<Answer> {
  const answer = await fetch(new URL(path, fake.url), {
    method,
    headers,
    redirect: "manual",
    ...(body !== undefined && { body: body instanceof Uint8Array ? Buffer.from(body) : body }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    text,
    header: (name) => answer.headers.get(name),
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}

interface Probe {
  /** Manners that are on in both cases, and the login. */
  readonly with?: Omit<FakeOptions, "registry" | "manners"> & { readonly manners?: readonly MannerName[] };
  readonly see: (fake: FakeRegistry) => Promise<unknown>;
  readonly bad: unknown;
  readonly good: unknown;
}

const statusOf =
  (path: string, options?: Ask) =>
  async (fake: FakeRegistry): Promise<number> =>
    (await ask(fake, path, options)).status;
const headerOf =
  (name: string, path: string, options?: Ask) =>
  async (fake: FakeRegistry): Promise<string | null> =>
    (await ask(fake, path, options)).header(name);

const tagsList = "/v2/team/app/tags/list";
const byTag = "/v2/team/app/manifests/1.0";
const byDigest = `/v2/team/app/manifests/${whole.digest}`;
const blob = `/v2/team/app/blobs/${layer.digest}`;
const referrersList = `/v2/team/app/referrers/${whole.digest}`;
const uploads = "/v2/team/app/blobs/uploads/";
const head: Ask = { method: "HEAD" };

const namesOf =
  (path: string, key = "tags") =>
  async (fake: FakeRegistry): Promise<unknown> =>
    (await ask(fake, path)).json()[key];
const putting = (what: Pick<Image, "bytes" | "mediaType">): Ask => ({
  method: "PUT",
  body: what.bytes,
  headers: { "content-type": what.mediaType },
});
const { mediaType: _type, ...untyped } = JSON.parse(Buffer.from(whole.bytes).toString()) as Record<string, unknown>;

/** The address of a new session, absolute. */
async function begin(fake: FakeRegistry): Promise<string> {
  const { header } = await ask(fake, uploads, { method: "POST" });
  return new URL(header("location")!, fake.url).href;
}
/** Statuses of PATCHes of so many bytes each, and the last answer. */
async function patch(fake: FakeRegistry, ...sizes: number[]): Promise<{ statuses: number[]; last: Answer; location: string }> {
  let location = await begin(fake);
  const statuses: number[] = [];
  let last: Answer | undefined;
  for (const size of sizes) {
    last = await ask(fake, location, { method: "PATCH", body: Buffer.alloc(size) });
    statuses.push(last.status);
    location = new URL(last.header("location") ?? location, fake.url).href;
  }
  return { statuses, last: last!, location };
}
const patching =
  (...sizes: number[]) =>
  async (fake: FakeRegistry): Promise<number[]> =>
    (await patch(fake, ...sizes)).statuses;
const withDigest = (location: string, digest: string): string =>
  `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;

const basic = `Basic ${btoa("robot:secret")}`;
const bearer = { login: "bearer" } as const;
async function askForToken(fake: FakeRegistry, ...scopes: string[]): Promise<Answer> {
  const query = scopes.map((scope) => `&scope=${scope}`).join("");
  return ask(fake, `${fake.tokens.realm}?service=x${query}`, { headers: { authorization: basic } });
}
const tokenFor =
  (...scopes: string[]) =>
  async (fake: FakeRegistry): Promise<Record<string, unknown>> =>
    (await askForToken(fake, ...scopes)).json();
/** Status of a request with a token for the scopes. */
const statusWithToken =
  (path: string, options: Ask, ...scopes: string[]) =>
  async (fake: FakeRegistry): Promise<number> => {
    const { token } = await tokenFor(...scopes)(fake);
    return (await ask(fake, path, { ...options, headers: { authorization: `Bearer ${String(token)}` } })).status;
  };
const post =
  (form: Record<string, string>) =>
  async (fake: FakeRegistry): Promise<number> => {
    const body = new URLSearchParams({ client_id: "test", service: "x", scope: "repository:team/app:pull", ...form });
    return (await ask(fake, fake.tokens.realm, { method: "POST", body })).status;
  };
const byPassword = post({ grant_type: "password", username: "robot", password: "secret" });
const challenge = headerOf("www-authenticate", tagsList);
const wrongPassword = async (fake: FakeRegistry): Promise<string[]> =>
  Object.keys((await ask(fake, fake.tokens.realm, { headers: { authorization: `Basic ${btoa("robot:wrong")}` } })).json());
const issuedAgo = async (fake: FakeRegistry): Promise<number> =>
  Math.round((Date.now() - Date.parse(String((await tokenFor()(fake))["issued_at"]))) / 60_000) + 0; // no -0

const partsOfToken = async (fake: FakeRegistry): Promise<string[]> => Object.keys(await tokenFor()(fake)).toSorted();

const anything: unknown = expect.anything();
const noReferrers = (status: number): Probe => ({ see: statusOf(referrersList), bad: status, good: 200 });
const redirected = (status: number): Probe => ({
  async see(fake) {
    const { header, status: first } = await ask(fake, referrersList);
    const location = header("location");
    if (location === null) return first;
    const page = await ask(fake, location);
    return [first, page.status, page.header("content-type")];
  },
  bad: [303, status, "text/html; charset=utf-8"],
  good: 200,
});

const probes: Readonly<Record<MannerName, Probe>> = {
  "catalog-forbidden": { see: statusOf("/v2/_catalog"), bad: 403, good: 200 },
  "catalog-not-found": {
    see: headerOf("content-type", "/v2/_catalog"),
    bad: expect.stringContaining("html"),
    good: expect.stringContaining("json"),
  },
  "catalog-partial": {
    see: namesOf("/v2/_catalog", "repositories"),
    bad: ["alpine", "team/app"],
    good: ["alpine", "other/app", "team/app"],
  },
  "null-tags": { see: namesOf(`${tagsList}?last=zzz`), bad: null, good: [] },
  "empty-tag-names": { see: namesOf(tagsList), bad: ["1.0", "", ...tags.slice(1)], good: tags },
  "digest-like-tags": {
    see: namesOf(tagsList),
    bad: expect.arrayContaining([expect.stringMatching(/^sha256/), ...tags]),
    good: tags,
  },
  "tags-unordered": {
    async see(fake) {
      const names = (await namesOf(tagsList)(fake)) as string[];
      return [names.join() === names.toSorted().join(), names.toSorted().join()];
    },
    bad: [false, tags.join()],
    good: [true, tags.join()],
  },
  "tags-with-manifest-map": { see: namesOf(tagsList, "manifest"), bad: anything, good: undefined },
  "tags-406-with-manifest-accept": { see: statusOf(tagsList, { headers: { accept: ociManifest } }), bad: 406, good: 200 },
  "small-pages": { see: namesOf(`${tagsList}?n=5`), bad: tags.slice(0, 3), good: tags },
  "ignores-n": { see: namesOf(`${tagsList}?n=2`), bad: tags, good: tags.slice(0, 2) },
  "n-above-1000-refused": { see: statusOf(`${tagsList}?n=1001`), bad: 405, good: 200 },
  "link-missing": { see: headerOf("link", `${tagsList}?n=2`), bad: null, good: anything },
  "link-wrong-path": {
    see: headerOf("link", `${tagsList}?n=2`),
    bad: expect.stringContaining("</v2/somewhere/else/"),
    good: expect.stringContaining(`<${tagsList}`),
  },
  "link-odd-path": {
    see: headerOf("link", `${tagsList}?n=2`),
    bad: expect.stringContaining("</app/tags"),
    good: expect.stringContaining(`<${tagsList}`),
  },
  "link-absolute": {
    see: headerOf("link", `${tagsList}?n=2`),
    bad: expect.stringContaining("<http://127.0.0.1"),
    good: expect.stringContaining(`<${tagsList}`),
  },
  "link-unquoted": {
    see: headerOf("link", `${tagsList}?n=2`),
    bad: expect.stringMatching(/rel="prev", <.*rel=next$/),
    good: expect.stringMatching(/rel="next"$/),
  },
  "link-elsewhere": {
    see: headerOf("link", `${tagsList}?n=2`),
    bad: expect.stringContaining("<http://localhost:"),
    good: expect.stringContaining(`<${tagsList}`),
  },
  "link-loops": { see: headerOf("link", `${tagsList}?n=2&last=1.3`), bad: anything, good: null },
  "opaque-page-token": { see: namesOf(`${tagsList}?n=2&last=1.1`), bad: ["1.0", "1.1"], good: ["1.2", "1.3"] },

  "head-404": { see: statusOf(byTag, head), bad: 404, good: 200 },
  "head-405": { see: statusOf(byTag, head), bad: 405, good: 200 },
  "head-403": { see: statusOf(byTag, head), bad: 403, good: 200 },
  "head-without-length": { see: headerOf("content-length", byTag, head), bad: null, good: String(whole.bytes.length) },
  "no-docker-content-digest": { see: headerOf("docker-content-digest", byTag), bad: null, good: whole.digest },
  "lying-digest-header": {
    see: headerOf("docker-content-digest", byTag),
    bad: digestOf("a lie"),
    good: whole.digest,
  },
  "wrong-content-type": { see: headerOf("content-type", byTag), bad: "text/plain", good: ociManifest },
  "content-type-parameters": { see: headerOf("content-type", byTag), bad: `${ociManifest}; charset=utf-8`, good: ociManifest },
  "schema1-manifests": { see: statusOf("/v2/team/app/manifests/schema1"), bad: 200, good: 404 },
  "gzip-length-mismatch": {
    see: headerOf("content-encoding", byTag, { headers: { "accept-encoding": "gzip" } }),
    bad: "gzip",
    good: null,
  },
  "pull-quota-headers": { see: headerOf("ratelimit-limit", byTag), bad: "100;w=21600", good: null },
  "missing-as-unknown": {
    see: async (fake) => (await ask(fake, "/v2/team/app/manifests/none")).text,
    bad: expect.stringContaining('"UNKNOWN"'),
    good: expect.stringContaining('"MANIFEST_UNKNOWN"'),
  },
  "403-for-missing": { see: statusOf("/v2/nobody/here/manifests/v1"), bad: 403, good: 404 },
  "immutable-tags": { see: statusOf(byTag, putting(whole)), bad: 400, good: 201 },
  "media-type-required": {
    see: statusOf(byTag, putting({ mediaType: ociManifest, bytes: Buffer.from(JSON.stringify(untyped)) })),
    bad: 400,
    good: 201,
  },
  "delete-405": { see: statusOf(byDigest, { method: "DELETE" }), bad: 405, good: 202 },
  "tag-delete-405": { see: statusOf(byTag, { method: "DELETE" }), bad: 405, good: 202 },
  "repository-must-exist": { see: statusOf("/v2/new/app/blobs/uploads/", { method: "POST" }), bad: 404, good: 202 },
  "library-namespace": { see: statusOf("/v2/alpine/manifests/latest"), bad: 401, good: 200 },

  "referrers-404": noReferrers(404),
  "referrers-400": noReferrers(400),
  "referrers-405": noReferrers(405),
  "referrers-406": noReferrers(406),
  "referrers-redirect-html": redirected(200),
  "referrers-redirect-429": redirected(429),
  "referrers-unfiltered": {
    async see(fake) {
      const { header, json } = await ask(fake, `${referrersList}?artifactType=nothing/like-it`);
      return [(json()["manifests"] as unknown[]).length, header("oci-filters-applied")];
    },
    bad: [1, null],
    good: [0, "artifactType"],
  },
  "subject-header-without-referrers": {
    with: { manners: ["referrers-404"] },
    see: headerOf("oci-subject", `/v2/team/app/manifests/${signature.digest}`, putting(signature)),
    bad: whole.digest,
    good: null,
  },
  "sha256-tag-trap": { see: statusOf(`/v2/team/app/manifests/${whole.digest.replace(":", "-")}`), bad: 200, good: 404 },

  "blob-redirects": {
    async see(fake) {
      const { header, status } = await ask(fake, blob);
      const location = header("location");
      if (location === null) return status;
      const [stranger, wellMet] = [await ask(fake, location, { headers: { authorization: basic } }), await ask(fake, location)];
      return [status, new URL(location).origin === fake.url, stranger.status, wellMet.status];
    },
    bad: [307, false, 400, 200],
    good: 200,
  },
  "range-ignored": { see: statusOf(blob, { headers: { range: "bytes=2-3" } }), bad: 200, good: 206 },
  "range-shifted": {
    see: headerOf("content-range", blob, { headers: { range: "bytes=2-" } }),
    bad: expect.stringMatching(/^bytes 3-/),
    good: expect.stringMatching(/^bytes 2-/),
  },
  "blob-head-405": { see: statusOf(blob, head), bad: 405, good: 200 },
  "blob-head-without-length": { see: headerOf("content-length", blob, head), bad: null, good: String(layer.bytes.length) },

  "chunks-refused": { see: patching(10), bad: [405], good: [202] },
  "monolithic-refused": {
    async see(fake) {
      return (await ask(fake, withDigest(await begin(fake), layer.digest), { method: "PUT", body: layer.bytes })).status;
    },
    bad: 400,
    good: 201,
  },
  "patch-201": { see: patching(10), bad: [201], good: [202] },
  "upload-statuses-vary": {
    async see(fake) {
      const { location, statuses } = await patch(fake, 0);
      const put = await ask(fake, withDigest(location, layer.digest), { method: "PUT", body: layer.bytes });
      return [...statuses, put.status];
    },
    bad: [200, 204],
    good: [202, 201],
  },
  "patch-limit-4mib": { see: patching(4 * mib + 1), bad: [416], good: [202] },
  "patch-min-5mib": { see: patching(5 * mib, mib, 1), bad: [202, 202, 400], good: [202, 202, 202] },
  "min-chunk-length": {
    async see(fake) {
      const { last, statuses } = await patch(fake, 10, 10);
      return [(await ask(fake, uploads, { method: "POST" })).header("oci-chunk-min-length"), ...statuses, last.status];
    },
    bad: [String(mib), 202, 400, 400],
    good: [null, 202, 202, 202],
  },
  "mount-without-from-400": {
    see: statusOf(`/v2/other/app/blobs/uploads/?mount=${layer.digest}`, { method: "POST" }),
    bad: 400,
    good: 201,
  },
  "mount-never": {
    see: statusOf(`/v2/other/app/blobs/uploads/?mount=${layer.digest}&from=team/app`, { method: "POST" }),
    bad: 202,
    good: 201,
  },
  "mount-401": {
    see: statusOf(`/v2/other/app/blobs/uploads/?mount=${layer.digest}&from=team/app`, { method: "POST" }),
    bad: 401,
    good: 201,
  },
  "location-absolute": {
    see: headerOf("location", uploads, { method: "POST" }),
    bad: expect.stringMatching(/^http:\/\/127/),
    good: expect.stringMatching(/^\/v2\//),
  },
  "location-scheme-relative": {
    see: headerOf("location", uploads, { method: "POST" }),
    bad: expect.stringMatching(/^\/\/127/),
    good: expect.stringMatching(/^\/v2\//),
  },
  "location-signed": {
    async see(fake) {
      const first = await begin(fake);
      const unsigned = await ask(fake, first.split("?", 1)[0]!, { method: "PATCH", body: "x" });
      const { header, status } = await ask(fake, first, { method: "PATCH", body: "x" });
      const old = await ask(fake, first, { method: "PATCH", body: "x" });
      return [unsigned.status, status, old.status, header("location")!.includes("&step=2")];
    },
    bad: [403, 202, 403, true],
    good: [202, 202, 202, false],
  },
  "location-elsewhere": {
    async see(fake) {
      const location = await begin(fake);
      const stranger = await ask(fake, location, { method: "PATCH", body: "x", headers: { authorization: basic } });
      return [
        new URL(location).origin === fake.url,
        stranger.status,
        (await ask(fake, location, { method: "PATCH", body: "x" })).status,
      ];
    },
    bad: [false, 400, 202],
    good: [true, 202, 202],
  },
  "upload-range-with-unit": { see: async (fake) => (await patch(fake, 10)).last.header("range"), bad: "bytes=0-9", good: "0-9" },

  "two-challenges-one-header": {
    with: bearer,
    see: challenge,
    bad: expect.stringMatching(/^Bearer .*scope="\*", Basic realm=/),
    good: expect.stringMatching(/scope="repository:team\/app:pull"$/),
  },
  "negotiate-first": {
    with: bearer,
    see: challenge,
    bad: expect.stringMatching(/^Negotiate, Bearer /),
    good: expect.stringMatching(/^Bearer /),
  },
  "challenge-in-odd-case": {
    with: bearer,
    see: challenge,
    bad: expect.stringMatching(/^bEARER REALM=/),
    good: expect.stringMatching(/^Bearer realm=/),
  },
  "challenge-only-on-base": {
    with: bearer,
    see: async (fake) => [(await challenge(fake)) !== null, (await headerOf("www-authenticate", "/v2/")(fake)) !== null],
    bad: [false, true],
    good: [true, true],
  },
  "basic-realm-is-url": {
    with: { login: "basic" },
    see: challenge,
    bad: expect.stringMatching(/^Basic realm="http:.*",service="/),
    good: 'Basic realm="fake registry"',
  },
  "realm-has-query": {
    with: bearer,
    see: async (fake) => [/realm="[^"]*\?/.test((await challenge(fake))!), (await askForToken(fake)).status],
    bad: [true, 400],
    good: [false, 200],
  },
  "realm-is-relative": {
    with: bearer,
    see: async (fake) => [
      /realm="\/token"/.test((await challenge(fake))!),
      await statusOf("/token", { headers: { authorization: basic } })(fake),
    ],
    bad: [true, 200],
    good: [false, 404],
  },
  "delete-needs-triple": {
    with: bearer,
    see: statusWithToken(byDigest, { method: "DELETE" }, "repository:team/app:delete"),
    bad: 401,
    good: 202,
  },

  "token-post-401": { see: byPassword, bad: 401, good: 200 },
  "token-post-404": { see: byPassword, bad: 404, good: 200 },
  "token-post-405": { see: byPassword, bad: 405, good: 200 },
  "token-password-grant-400": {
    see: async (fake) => [
      await byPassword(fake),
      await post({ grant_type: "refresh_token", refresh_token: fake.tokens.identityToken("robot") })(fake),
    ],
    bad: [400, 200],
    good: [200, 200],
  },
  "token-called-token": {
    see: partsOfToken,
    bad: ["expires_in", "issued_at", "token"],
    good: ["access_token", "expires_in", "issued_at", "token"],
  },
  "token-called-access-token": {
    see: partsOfToken,
    bad: ["access_token", "expires_in", "issued_at"],
    good: ["access_token", "expires_in", "issued_at", "token"],
  },
  "token-without-expiry": {
    see: partsOfToken,
    bad: ["access_token", "issued_at", "token"],
    good: ["access_token", "expires_in", "issued_at", "token"],
  },
  "token-issued-in-future": { see: issuedAgo, bad: -60, good: 0 },
  "token-issued-long-ago": { see: issuedAgo, bad: 24 * 60, good: 0 },
  "tokens-live-five-minutes": { see: async (fake) => (await tokenFor()(fake))["expires_in"], bad: 300, good: 3600 },
  "tokens-live-one-second": { see: async (fake) => (await tokenFor()(fake))["expires_in"], bad: 1, good: 3600 },
  "token-reads-first-scope-only": {
    with: bearer,
    see: statusWithToken(tagsList, {}, "repository:other/app:pull", "repository:team/app:pull"),
    bad: 401,
    good: 200,
  },
  "token-refuses-repeated-repository": {
    see: async (fake) => (await askForToken(fake, "repository:team/app:pull", "repository:team/app:push")).status,
    bad: 400,
    good: 200,
  },
  "token-for-one-repository": {
    see: async (fake) => (await askForToken(fake, "repository:team/app:pull", "repository:other/app:pull")).status,
    bad: 400,
    good: 200,
  },
  "token-errors-in-message": { see: wrongPassword, bad: ["message"], good: ["errors"] },
  "token-errors-in-details": { see: wrongPassword, bad: ["details"], good: ["errors"] },
  "catalog-never-granted": { with: bearer, see: statusWithToken("/v2/_catalog", {}, "registry:catalog:*"), bad: 401, good: 200 },
  "delete-never-granted": {
    with: bearer,
    async see(fake) {
      const { token } = await tokenFor("repository:team/app:push,delete")(fake);
      return [...fake.tokens.grantsOf(String(token))!.get("team/app")!];
    },
    bad: ["push"],
    good: ["push", "delete"],
  },

  "cuts-connections": {
    async see(fake) {
      const seen: unknown[] = [];
      for (let i = 0; i < 8; i++) seen.push(await statusOf(byTag)(fake).catch(() => "cut"));
      return seen;
    },
    bad: [200, 200, 200, 200, 200, 200, "cut", 200],
    good: Array.from({ length: 8 }, () => 200),
  },
};

async function filled(options: FakeOptions): Promise<FakeRegistry> {
  const fake = await startFakeRegistry(options);
  const push = (name: string, what: Image, ...names: string[]): Promise<void> =>
    pushImage(fake.registry, name as RepositoryName, what, ...names);
  await push("team/app", whole, ...tags);
  await push("team/app", signature);
  await push("other/app", image({ layers: ["b"] }), "v1");
  await push("alpine", image({ layers: ["c"] }), "latest");
  return fake;
}

describe.each(Object.keys(probes) as MannerName[])("%s", (manner) => {
  const { bad, good, see, with: base = {} } = probes[manner];
  const on = base.manners ?? [];

  test(`on: ${manners[manner]}`, async () => {
    await using fake = await filled({ ...base, manners: [...on, manner] });
    const seen = await see(fake);
    expect(seen).toEqual(bad);
    expect(seen).not.toEqual(good);
  });

  test("off: as the specification says", async () => {
    await using fake = await filled({ ...base, manners: on });
    const seen = await see(fake);
    expect(seen).toEqual(good);
    expect(seen).not.toEqual(bad);
  });
});

test("a token of one second is none after a second", async () => {
  let nowMs = Date.now();
  await using fake = await filled({ login: "bearer", manners: ["tokens-live-one-second"], now: () => nowMs });
  const { token } = await tokenFor("repository:team/app:pull")(fake);
  const headers = { authorization: `Bearer ${String(token)}` };
  expect(await statusOf(tagsList, { headers })(fake)).toBe(200);
  nowMs += 1001;
  const { header, status } = await ask(fake, tagsList, { headers });
  expect([status, header("www-authenticate")]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
});
