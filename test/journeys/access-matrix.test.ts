// Every route and method of /v2 x who asks x how they sign in x which repository: allowed exactly as test/access-table.ts says.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseRoute, routeTable } from "../../src/oci/route.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { ociIndex } from "../../src/oci/media-types.ts";
import { basic, bearer, atConsole, openHouse, type Credentials, type House } from "../access-house.ts";
import {
  columns,
  everybody,
  formerly,
  pairs,
  probes,
  registryRoutes,
  rights,
  type Column,
  type Formerly,
  type Probe,
  type Who,
} from "../access-table.ts";
import { each, type Question, type Reply } from "../asker.ts";

const ways = ["none", "empty Basic", "Basic", "token", "token of another repository", "token for less"] as const;
type Way = (typeof ways)[number];
const waysOf = (who: Who): readonly Way[] =>
  who === "anonymous"
    ? ["none", "empty Basic", "token", "token of another repository"]
    : ["Basic", "token", "token of another repository", "token for less"];

let house: House;
let people: Record<Exclude<Who, "anonymous">, Credentials>;
let gone: Record<Formerly, { credentials: Credentials; token: string }>;
const registryTokens = new Map<string, Promise<string>>();
/** By the title of the case, without what differs between any two answers. */
const refusals = new Map<string, string>();
let made = 0;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Unlike any other manifest, and without content that would have to be there. */
const freshManifest = (): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [], annotations: { id: randomUUID() } });
const manifestType = { "content-type": ociIndex };
const existing = { manifest: freshManifest(), blob: "a blob" };
const manifestDigest = digestOf(existing.manifest);
const blobDigest = digestOf(existing.blob);

beforeAll(async () => {
  house = await openHouse();
  const own = ["team/app", "team/app/*"];
  const granted = (word: "pull" | "push" | "create" | "delete" | "admin") => own.map((pattern) => `${word} ${pattern}` as const);
  await house.grant({ kind: "everyone" }, "pull open/*");
  for (const text of granted("pull")) await house.grant({ kind: "group", name: "team" }, text);
  people = {
    reader: await house.user("ann", granted("pull")),
    "reader by group": await house.user("bob", [], ["team"]),
    writer: await house.user("carl", granted("push")),
    creator: await house.user("dora", granted("create")),
    deleter: await house.user("emil", granted("delete")),
    "repository administrator": await house.user("fay", granted("admin")),
    administrator: house.root,
    robot: await house.robot("ci", granted("push")),
    "token of the administrator for pull": await house.token("root", "pull"),
    "other tenant": await house.user("gus", ["admin other/*"]),
    "nobody's friend": await house.user("hugo"),
    "lookalike user": await house.user("carl-x"),
    "lookalike group": await house.user("ida", [], ["team-evil", "teams", "tea"]),
  };
  for (const column of columns) if (exists(column)) await makeRepository(column);
  gone = await makeThoseWhoWere();
});
afterAll(() => house[Symbol.asyncDispose]());

const exists = (column: Column): boolean =>
  column === "open/app" || column === "team/app" || pairs.some(([there]) => there === column);
const asRoot = (): Record<string, string> => ({ authorization: basic(house.root) });

async function rootAsks(question: Question, status: number): Promise<Reply> {
  const reply = await house.asker.ask({ ...question, headers: { ...asRoot(), ...question.headers } });
  if (reply.status !== status) throw new Error(`${question.method} ${question.path}: ${reply.status} ${reply.body}`);
  return reply;
}
const putTag = (repository: string, tag: string, body = freshManifest()): Promise<Reply> =>
  rootAsks({ method: "PUT", path: `/v2/${repository}/manifests/${tag}`, body, headers: manifestType }, 201);
const putBlob = (repository: string, body: string): Promise<Reply> =>
  rootAsks({ method: "POST", path: `/v2/${repository}/blobs/uploads/?digest=${digestOf(body)}`, body }, 201);

async function makeRepository(name: string): Promise<void> {
  await putTag(name, "v1", existing.manifest);
  await putBlob(name, existing.blob);
}

/** Each signs in while they may, and may not any more afterwards. */
async function makeThoseWhoWere(): Promise<typeof gone> {
  const soon = Date.now() + 60 * 60_000;
  const was = {
    "expired robot": await house.robot("jet", ["push team/app"], soon),
    "disabled user": await house.user("kim", ["push team/app"]),
    "deleted user": await house.user("lea", ["push team/app"]),
    "revoked token": await house.token("carl"),
    "changed password": await house.user("max", ["push team/app"]),
    "signed out everywhere": await house.user("ned", ["push team/app"]),
  };
  const entries = await each(formerly, 1, async (who) => {
    const token = await house.registryToken(was[who], "repository:team/app:pull,push");
    return [who, { credentials: was[who], token }] as const;
  });
  await house.members.update("robot", "jet", { expiresMs: Date.now() - 1 }, atConsole);
  await house.members.update("user", "kim", { disabled: true }, atConsole);
  await house.members.remove("user", "lea", atConsole);
  await house.tokens.revoke((was["revoked token"] as { id: number } & Credentials).id, undefined, atConsole);
  await house.members.setPassword("max", { hash: "", mustChange: false }, atConsole);
  await house.members.signOutEverywhere("ned", atConsole);
  return Object.fromEntries(entries) as typeof gone;
}

/** How `who` shows who they are, for a request in `repository`. */
async function authorization(who: Who, way: Way, repository: string): Promise<Record<string, string>> {
  const credentials = who === "anonymous" ? undefined : people[who];
  switch (way) {
    case "none":
      return {};
    case "empty Basic":
      return { authorization: "Basic Og==" };
    case "Basic":
      return { authorization: basic(credentials!) };
    case "token":
      return { authorization: bearer(await remembered(who, `repository:${repository}:pull,push,delete`)) };
    case "token of another repository":
      return { authorization: bearer(await remembered(who, "repository:elsewhere/app:pull,push,delete")) };
    case "token for less":
      return { authorization: bearer(await remembered(who, `repository:${repository}:pull`)) };
  }
}

function remembered(who: Who, scope: string): Promise<string> {
  const key = `${who} ${scope}`;
  const known = registryTokens.get(key) ?? house.registryToken(who === "anonymous" ? undefined : people[who], scope);
  registryTokens.set(key, known);
  return known;
}

interface Target {
  readonly tag: string;
  readonly digest: string;
  readonly blob: string;
  readonly upload: string;
}
const untouched: Target = { tag: "v1", digest: manifestDigest, blob: blobDigest, upload: randomUUID() };

/** The request of a probe, on something that is there or on something that was made for it. */
function questionOf({ name, route, method }: Probe, repository: string, target: Target): Question {
  const base = `/v2/${repository}`;
  const fresh = freshManifest();
  const blob = randomUUID();
  const put = (path: string): Question => ({ method, path: `${base}/${path}`, body: fresh, headers: manifestType });
  switch (`${route} ${name}`) {
    case "tags tags":
      return { method, path: `${base}/tags/list` };
    case "referrers referrers":
      return { method, path: `${base}/referrers/${target.digest}` };
    case "manifest manifest by tag":
    case "manifest tag":
      return { method, path: `${base}/manifests/${target.tag}` };
    case "manifest manifest by digest":
    case "manifest manifest":
      return { method, path: `${base}/manifests/${target.digest}` };
    case "manifest new tag":
      return put(`manifests/new-${randomUUID()}`);
    case "manifest tag that is there":
      return put(`manifests/${target.tag}`);
    case "manifest manifest without tag":
      return put(`manifests/${digestOf(fresh)}`);
    case "manifest manifest with a new tag as parameter":
      return put(`manifests/${digestOf(fresh)}?tag=new-${randomUUID()}`);
    case "manifest manifest with a tag that is there as parameter":
      return put(`manifests/${digestOf(fresh)}?tag=new-${randomUUID()}&tag=${target.tag}`);
    case "blob blob":
      return { method, path: `${base}/blobs/${target.blob}` };
    case "uploads upload":
      return { method, path: `${base}/blobs/uploads/` };
    case "uploads whole blob":
      return { method, path: `${base}/blobs/uploads/?digest=${digestOf(blob)}`, body: blob };
    case "uploads mount from nobody knows where":
      return { method, path: `${base}/blobs/uploads/?mount=${digestOf(blob)}` };
    case "upload upload": {
      const path = `${base}/blobs/uploads/${target.upload}`;
      return method === "PUT" ? { method, path: `${path}?digest=${digestOf("")}` } : { method, path };
    }
  }
  throw new Error(`no request for ${route} ${name}`);
}

interface Case {
  readonly who: Who;
  readonly way: Way;
  readonly column: Column;
  readonly probe: Probe;
  readonly allowed: boolean;
}

const cases: readonly Case[] = everybody.flatMap((who) =>
  waysOf(who).flatMap((way) =>
    columns.flatMap((column) =>
      probes.map((probe) => {
        const letter = exists(column) ? probe.needs : (probe.needsWhereMissing ?? probe.needs);
        const narrowed = way === "token of another repository" || (way === "token for less" && letter !== "r");
        return { who, way, column, probe, allowed: rights(who, column).includes(letter) && !narrowed };
      }),
    ),
  ),
);
const title = ({ who, way, column, probe }: Case): string =>
  `${who} (${way}) ${probe.method} ${probe.route}: ${probe.name} in ${column}`;

/** What a refusal has to look like; `undefined`: it is right. */
function wrongRefusal({ who, way, column, probe }: Case, reply: Reply): string | undefined {
  const challenge = reply.header("www-authenticate") ?? "";
  const may = rights(who, column);
  // Whoever may create and not move asks a second time in vain, whatever the token.
  const forbidden = way === "Basic" || (way === "token" && probe.needs === "o" && may.includes("w"));
  if (forbidden) return reply.status === 403 && challenge === "" ? undefined : `${reply.status} ${challenge}, not 403`;
  if (reply.status !== 401) return `${reply.status}, not 401`;
  const [first, second] = [/error="(\w+)"/.exec(challenge)?.[1], /scope="([^"]*)"/.exec(challenge)?.[1]];
  const error = way === "none" || way === "empty Basic" ? undefined : "insufficient_scope";
  if (first !== error) return `error ${first}, not ${error}`;
  return second === `repository:${column}:${probe.scope}` ? undefined : `scope ${second}`;
}

/** Without the name that was asked for, and what differs between any two answers. */
function anonymized({ status, rawHeaders, body }: Reply, column: Column): string {
  const headers = rawHeaders.flatMap((value, i) =>
    i % 2 === 0 && !/^(?:date|x-request-id)$/i.test(value) ? [`${value}: ${rawHeaders[i + 1]}`] : [],
  );
  const text = [status, ...headers, body].join("\n").replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID");
  return text.replaceAll(column, "NAME");
}

/** Everything that somebody could have changed. */
async function everything(): Promise<string> {
  const lists = await each(columns, 4, async (column) => {
    const tags = await house.asker.ask({ method: "GET", path: `/v2/${column}/tags/list`, headers: asRoot() });
    return `${column} ${tags.status} ${tags.body} ${await heads(column)}`;
  });
  return lists.join("\n");
}
async function heads(column: Column): Promise<string> {
  const paths = [`manifests/v1`, `manifests/${manifestDigest}`, `blobs/${blobDigest}`];
  const replies = await each(paths, 1, (path) =>
    house.asker.ask({ method: "HEAD", path: `/v2/${column}/${path}`, headers: asRoot() }),
  );
  return replies.map((reply) => `${reply.status} ${reply.header("docker-content-digest")}`).join(" ");
}

describe("the matrix of /v2", () => {
  test("asks every route and method that there is", () => {
    const known = probes.map(({ route, method }) => `${route} ${method}`);
    const all = Object.entries(routeTable)
      .filter(([route]) => !registryRoutes.includes(route))
      .flatMap(([route, methods]) => Object.keys(methods).map((method) => `${route} ${method}`));
    expect([...new Set(known)].toSorted()).toEqual(all.toSorted());
    const kinds = probes.map((probe) => [probe.route, parseRoute(questionOf(probe, "team/app", untouched).path).kind]);
    expect(kinds.filter(([route, kind]) => route !== kind)).toEqual([]);
  });

  test("refuses what the table does not allow, in the form that the way of signing in asks for, and changes nothing", async () => {
    const before = await everything();
    const uploads = new Map<string, string>();
    for (const column of columns) if (exists(column)) uploads.set(column, await beginUpload(asRoot(), column));
    const refused = cases.filter(({ allowed }) => !allowed);
    const wrong = await each(refused, 16, async (one) => {
      const headers = await authorization(one.who, one.way, one.column);
      const target = { ...untouched, upload: uploads.get(one.column) ?? untouched.upload };
      const question = questionOf(one.probe, one.column, target);
      const reply = await house.asker.ask({ ...question, headers: { ...question.headers, ...headers } });
      refusals.set(title(one), anonymized(reply, one.column));
      const problem = wrongRefusal(one, reply);
      return problem === undefined ? [] : [`${title(one)}: ${problem}`];
    });
    expect(wrong.flat()).toEqual([]);
    expect(await everything()).toBe(before);
  });

  test("does what the table allows", async () => {
    const allowed = cases.filter((one) => one.allowed);
    const wrong = await each(allowed, 8, async (one) => {
      const { who, way, column, probe } = one;
      const there = exists(column);
      // What is missing stays missing for the next case: each has a name of its own below it.
      const repository = there ? column : `${column}/${made++}`;
      // Only the patterns with a star reach below.
      const headers = await authorization(who, way, repository);
      const target = await prepare(probe, repository, headers, there);
      const question = questionOf(probe, repository, target);
      const reply = await house.asker.ask({ ...question, headers: { ...question.headers, ...headers } });
      const [found, missing] = probe.answers;
      const status = there ? found : missing;
      return reply.status === status ? [] : [`${title(one)}: ${reply.status}, not ${status}: ${reply.body}`];
    });
    expect(wrong.flat()).toEqual([]);
    print(`access matrix of /v2: ${cases.length} questions, ${allowed.length} of them allowed`);
  });
});

describe("what is hidden", () => {
  test("answers like what is missing, byte for byte", () => {
    const compared = cases.flatMap((one) => {
      const missing = pairs.find(([there]) => there === one.column)?.[1];
      if (one.allowed || missing === undefined) return [];
      const other = refusals.get(title({ ...one, column: missing }));
      return other === undefined ? [] : [{ what: title(one), hidden: refusals.get(title(one)), missing: other }];
    });
    expect(compared.filter(({ hidden, missing }) => hidden !== missing)).toEqual([]);
    expect(compared.length).toBeGreaterThan(1000);
    print(`hidden and missing: ${compared.length} pairs of answers are the same`);
  });

  test("takes as long as what is missing", async () => {
    const headers = await authorization("nobody's friend", "Basic", "other/app");
    const times = { hidden: [] as number[], missing: [] as number[], again: [] as number[] };
    const columnOf = { hidden: "other/app", missing: "other/new", again: "other/app" } as const;
    const names = Object.keys(times) as (keyof typeof times)[];
    for (let round = 0; round < 1500; round++) {
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const start = performance.now();
        await house.asker.ask({ method: "GET", path: `/v2/${columnOf[name]}/manifests/v1`, headers });
        times[name].push(performance.now() - start);
      }
    }
    const at = (name: keyof typeof times, share: number): number =>
      times[name].toSorted((a, b) => a - b)[Math.floor(times[name].length * share)]!;
    const medians = names.map((name) => `${name} ${at(name, 0.5).toFixed(3)} ms`).join(", ");
    print(`medians of ${times.hidden.length} interleaved requests: ${medians}`);
    // Not a stopwatch: on any machine the middle of the one lies well within the other.
    expect(at("hidden", 0.5)).toBeGreaterThan(at("missing", 0.02));
    expect(at("hidden", 0.5)).toBeLessThan(at("missing", 0.98));
  });
});

async function beginUpload(headers: Record<string, string>, repository: string): Promise<string> {
  const reply = await house.asker.ask({ method: "POST", path: `/v2/${repository}/blobs/uploads/`, headers });
  return reply.header("docker-upload-uuid") ?? `no upload: ${reply.status}`;
}

/** What a probe changes or takes away is made for it alone. */
async function prepare({ first }: Probe, repository: string, headers: Record<string, string>, there: boolean): Promise<Target> {
  if (first === "upload") return { ...untouched, upload: await beginUpload(headers, repository) };
  if (!there) return { ...untouched, tag: `t-${randomUUID()}` };
  const id = randomUUID();
  if (first === "blob") {
    await putBlob(repository, id);
    return { ...untouched, blob: digestOf(id) };
  }
  if (first === undefined) return untouched;
  const manifest = freshManifest();
  await putTag(repository, `t-${id}`, manifest);
  return { ...untouched, tag: `t-${id}`, digest: digestOf(manifest) };
}

describe("those who had rights", () => {
  test.each(formerly)("%s: every credential is refused, also for what everybody may do", async (who) => {
    const { credentials, token } = gone[who];
    const paths = ["/v2/", "/v2/_catalog", "/v2/team/app/tags/list", "/v2/open/app/tags/list", "/v2/other/app/tags/list"];
    for (const path of paths) {
      const isPassword = who === "signed out everywhere";
      if (!isPassword) {
        const reply = await house.asker.ask({ method: "GET", path, headers: { authorization: basic(credentials) } });
        expect([path, reply.status]).toEqual([path, 401]);
      }
      // A registry token ends with what it came from; one from a password is not the child of a token that was revoked.
      const reply = await house.asker.ask({ method: "GET", path, headers: { authorization: bearer(token) } });
      expect([path, reply.status, reply.header("www-authenticate")]).toEqual([
        path,
        401,
        expect.stringContaining('error="invalid_token"'),
      ]);
    }
  });
});
