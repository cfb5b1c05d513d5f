// Every route of /api/v1 x who asks x how they sign in: admitted exactly as the table here says, which is written by hand.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../src/api/routes.ts";
import { replayed } from "../api.ts";
import { atConsole, basic, bearer, openHouse, type Credentials, type House } from "../access-house.ts";
import { each, type Question, type Reply } from "../asker.ts";
import { image, index } from "../image.ts";

/**
 * Whom a route is for. everybody; seers: who may see anything at all; accounts: users and robots; passwords: who signed in as themselves;
 * managers: who gives rights somewhere; administrators; readers: who may pull team/app; all: who may pull everything.
 */
type For = "everybody" | "seers" | "accounts" | "passwords" | "managers" | "administrators" | "readers" | "all";

interface Row {
  readonly target: string;
  readonly for: For;
  /** What those get that are admitted. */
  readonly status: number;
  readonly body?: object;
}

const row = (target: string, whom: For, status: number, body?: object): Row => ({
  target,
  for: whom,
  status,
  ...(body && { body }),
});

/** Bodies that are refused for their form (400), and names of nobody (404), come after admission, and leave nothing behind. */
const table: readonly Row[] = [
  row("GET /api/v1/status", "seers", 200),
  row("GET /api/v1/overview", "seers", 200),
  row("GET /api/v1/registries", "seers", 200),
  row("GET /api/v1/repositories", "seers", 200),
  row("GET /api/v1/folders", "seers", 200),
  row("GET /api/v1/search?q=app", "seers", 200),
  row("GET /api/v1/repositories?usage=new,used&detail=true&total=true", "seers", 200),
  row("GET /api/v1/folders?under=team/", "seers", 200),
  row("GET /api/v1/tags", "seers", 200),
  row("GET /api/v1/tags?usage=new,used&detail=true&total=true", "seers", 200),
  row("GET /api/v1/tags?repository=team/app", "readers", 200),
  row("GET /api/v1/tags/details?registry=nowhere&repository=a&tags=v1", "seers", 404),
  row("GET /api/v1/tags/v1/history?repository=team/app", "readers", 200),
  row("POST /api/v1/tags/delete", "seers", 400, {}),
  row("POST /api/v1/tags/v1/restore", "seers", 400),
  row("GET /api/v1/manifests?repository=team/app", "readers", 200),
  row(`GET /api/v1/manifests/${image().digest}?repository=team/app`, "readers", 200),
  row("GET /api/v1/manifests/v1?repository=team/app&reveal=true", "readers", 200),
  row("GET /api/v1/manifests/v1?repository=team/app&registry=nowhere", "seers", 404),
  row("GET /api/v1/manifests/v1/raw?repository=team/app", "readers", 200),
  row("GET /api/v1/pulls?repository=team/app", "readers", 200),
  row("GET /api/v1/pulls", "seers", 200),
  row("GET /api/v1/pulls/top", "seers", 200),
  row("GET /api/v1/pulls/top?repository=team/app&kind=digest", "readers", 200),
  row("GET /api/v1/session", "everybody", 200),
  row("POST /api/v1/session", "everybody", 400, {}),
  row("DELETE /api/v1/session", "everybody", 204),
  row("DELETE /api/v1/sessions", "passwords", 204),
  row("PUT /api/v1/session/password", "accounts", 400, {}),
  row("POST /api/v1/setup", "everybody", 400, {}),
  row("GET /api/v1/tokens", "accounts", 200),
  row("GET /api/v1/tokens?of=victim", "administrators", 200),
  row("GET /api/v1/tokens?all=true", "administrators", 200),
  row("POST /api/v1/tokens", "seers", 400, {}),
  row("POST /api/v1/tokens", "administrators", 200, { of: "victim", name: "x" }),
  row("DELETE /api/v1/tokens/999999", "passwords", 404),
  row("GET /api/v1/users", "administrators", 200),
  row("POST /api/v1/users", "administrators", 400, {}),
  row("POST /api/v1/users/import", "administrators", 400, {}),
  row("POST /api/v1/users/import", "administrators", 400, {}),
  row("GET /api/v1/users/nobody", "administrators", 404),
  row("GET /api/v1/users/ann", "administrators", 200),
  row("PATCH /api/v1/users/nobody", "administrators", 404, { disabled: true }),
  row("DELETE /api/v1/users/nobody", "administrators", 404),
  row("DELETE /api/v1/users/nobody/sessions", "administrators", 404),
  row("GET /api/v1/groups", "administrators", 200),
  row("GET /api/v1/robots", "administrators", 200),
  row("POST /api/v1/robots", "administrators", 400, {}),
  row("GET /api/v1/robots/nobody", "administrators", 404),
  row("PATCH /api/v1/robots/nobody", "administrators", 404, { disabled: true }),
  row("DELETE /api/v1/robots/nobody", "administrators", 404),
  row("GET /api/v1/grants", "managers", 200),
  row("POST /api/v1/grants", "managers", 400, {}),
  row("POST /api/v1/grants", "administrators", 404, { to: { account: "nobody" }, role: "pull", pattern: "*" }),
  row("DELETE /api/v1/grants/999999", "managers", 404),
  row("GET /api/v1/rules", "managers", 200),
  row("POST /api/v1/rules", "managers", 400, {}),
  row("DELETE /api/v1/rules/999999", "managers", 404),
  row("GET /api/v1/may?action=pull&repository=team/app", "seers", 200),
  row("GET /api/v1/may?action=pull&repository=other/app&who=victim", "administrators", 200),
  row("GET /api/v1/audit", "administrators", 200),
  row("GET /api/v1/settings", "administrators", 200),
  row("GET /api/v1/audit?format=csv", "administrators", 200),
  row("GET /metrics", "all", 200),
  row("GET /api/v1/openapi.json", "everybody", 200),
  row("GET /docs", "everybody", 200),
  row("GET /healthz", "everybody", 200),
  row("GET /readyz", "everybody", 200),
  row("GET /", "everybody", 200),
  row("GET /setup?token=x", "everybody", 404),
];

/** Routes of an OpenID provider are only there when one is configured. */
const elsewhere = /\/oidc/;

interface Guest {
  readonly who: string;
  readonly is: readonly For[];
  /** Signs in for one request; a cookie comes with its token. */
  readonly sign: () => Promise<Record<string, string>>;
}

const nobody: readonly For[] = ["everybody", "seers"];
const account: readonly For[] = [...nobody, "accounts", "passwords"];
const reader: readonly For[] = [...account, "readers"];
const manager: readonly For[] = [...reader, "managers"];
const administrator: readonly For[] = [...manager, "administrators", "all"];

let house: House;
let guests: readonly Guest[];
/** Every credential of theirs is refused, also for what is for everybody. */
let outcasts: readonly Pick<Guest, "who" | "sign">[];

beforeAll(async () => {
  house = await openHouse({ trustedProxies: ["127.0.0.1"] });
  await house.grant({ kind: "everyone" }, "pull open/*");
  const ann = await house.user("ann", ["pull team/*"]);
  const fay = await house.user("fay", ["admin team/*"]);
  const hugo = await house.user("hugo");
  await house.user("victim");
  const ci = await house.robot("ci", ["push team/*"]);
  const bot = await house.robot("bot", ["admin *"]);
  await house.push("team/app", image(), "v1");
  const rootToken = await house.token("root");
  const rootPull = await house.token("root", "pull");
  const fayPush = await house.token("fay", "push");
  const as = (credentials: Credentials) => async () => ({ authorization: basic(credentials) });
  const byToken =
    ({ secret }: Credentials) =>
    async () => ({ authorization: bearer(secret) });
  const byCookie = (credentials: Credentials) => () => signIn(credentials);
  // A token is no password: it is not good for what a person does with themselves.
  const limited = (is: readonly For[]): readonly For[] => is.filter((one) => one !== "passwords");
  guests = [
    { who: "anonymous", is: nobody, sign: async () => ({}) },
    { who: "anonymous with empty Basic", is: nobody, sign: async () => ({ authorization: "Basic Og==" }) },
    { who: "reader", is: reader, sign: as(ann) },
    { who: "reader by cookie", is: reader, sign: byCookie(ann) },
    { who: "reader by token", is: reader, sign: byToken(await house.token("ann")) },
    { who: "user without rights", is: account, sign: as(hugo) },
    { who: "user without rights by cookie", is: account, sign: byCookie(hugo) },
    { who: "robot", is: reader, sign: as(ci) },
    { who: "robot by token", is: reader, sign: byToken(ci) },
    { who: "repository administrator", is: manager, sign: as(fay) },
    { who: "repository administrator by cookie", is: manager, sign: byCookie(fay) },
    { who: "token of the repository administrator for push", is: limited(reader), sign: byToken(fayPush) },
    { who: "administrator", is: administrator, sign: as(house.root) },
    { who: "administrator by cookie", is: administrator, sign: byCookie(house.root) },
    { who: "administrator by token", is: administrator, sign: byToken(rootToken) },
    { who: "robot that administers", is: administrator, sign: byToken(bot) },
    { who: "token of the administrator for pull", is: limited([...reader, "all"]), sign: byToken(rootPull) },
    { who: "the same as Basic", is: limited([...reader, "all"]), sign: as(rootPull) },
  ];
  const kim = await house.user("kim", ["admin *"]);
  const kimToken = await house.token("kim");
  const kimCookie = await signIn(kim);
  await house.members.update("user", "kim", { disabled: true }, atConsole);
  const revoked = await house.token("root");
  await house.tokens.revoke(revoked.id, undefined, atConsole);
  const jet = await house.robot("jet", ["admin *"], Date.now() + 3600_000);
  await house.members.update("robot", "jet", { expiresMs: Date.now() - 1 }, atConsole);
  const registryToken = await house.registryToken(house.root, "repository:team/app:pull,push,delete", "registry:catalog:*");
  outcasts = [
    { who: "disabled", sign: as(kim) },
    { who: "disabled by token", sign: byToken(kimToken) },
    { who: "revoked token", sign: byToken(revoked) },
    { who: "revoked token as Basic", sign: as(revoked) },
    { who: "expired robot", sign: byToken(jet) },
    { who: "wrong password", sign: as({ name: "root", secret: "wrong horse of root" }) },
    { who: "password of a robot", sign: as({ name: "ci", secret: "correct horse of ci" }) },
    { who: "token under another name", sign: as({ ...rootToken, name: "ann" }) },
    { who: "registry token", sign: async () => ({ authorization: bearer(registryToken) }) },
    { who: "scheme of nobody", sign: async () => ({ authorization: `Negotiate ${Buffer.from("root").toString("base64")}` }) },
  ];
  guests = [...guests, { who: "cookie of a disabled user", is: nobody, sign: async () => kimCookie }];
});
afterAll(() => house[Symbol.asyncDispose]());

async function signIn({ name, secret }: Credentials): Promise<Record<string, string>> {
  const reply = await send({ method: "POST", path: "/api/v1/session" }, { name, password: secret });
  if (reply.status !== 200) throw new Error(`${name} cannot sign in: ${reply.status} ${reply.body}`);
  const { csrf } = JSON.parse(reply.body) as { csrf: string };
  return { cookie: reply.header("set-cookie")!.split(";", 1)[0]!, "x-csrf-token": csrf };
}

function send(question: Question, body?: object): Promise<Reply> {
  if (body === undefined) return house.asker.ask(question);
  const headers = { "content-type": "application/json", ...question.headers };
  return house.asker.ask({ ...question, headers, body: JSON.stringify(body) });
}

async function askRow({ target, body }: Row, { sign }: Pick<Guest, "sign">, more: Record<string, string> = {}): Promise<Reply> {
  const [method, path] = target.split(" ") as [string, string];
  return send({ method, path, headers: { ...(await sign()), ...more } }, body);
}

function expectedStatus(one: Row, { who, is }: Guest): number {
  if (is.includes(one.for)) return one.status;
  if (who.startsWith("anonymous") || who.startsWith("cookie of")) return 401;
  // Hidden is missing.
  return one.for === "readers" ? 404 : 403;
}

describe("the matrix of /api/v1", () => {
  test("asks every route and method that there is", () => {
    const known = new Set(table.map(({ target }) => target.split("?", 1)[0]!));
    const missing = routes
      .filter(({ path }) => !elsewhere.test(path))
      .filter(({ method, path }) => {
        const form = new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
        return ![...known].some((target) => form.test(target));
      });
    expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  test("admits those that the table names, and refuses all others in the way that suits them", async () => {
    const cases = guests.flatMap((guest) => table.map((one) => ({ guest, one })));
    const wrong = await each(cases, 1, async ({ guest, one }) => {
      const { status, body } = await askRow(one, guest);
      const expected = expectedStatus(one, guest);
      return status === expected
        ? []
        : [`${guest.who}: ${one.target} ${JSON.stringify(one.body ?? "")}: ${status}, not ${expected} ${body}`];
    });
    expect(wrong.flat()).toEqual([]);
    process.stdout.write(`access matrix of /api/v1: ${cases.length} questions\n`);
  });

  test("takes wrong and void credentials for no others, on every route that looks at them", async () => {
    const open = /^GET (?:\/api\/v1\/openapi.json|\/docs|\/healthz|\/readyz|\/|\/setup\?token=x)$/;
    const cases = outcasts.flatMap((guest) => table.filter(({ target }) => !open.test(target)).map((one) => ({ guest, one })));
    let address = 0;
    const wrong = await each(cases, 1, async ({ guest, one }) => {
      // Each from an address of its own: how often one may guess is another test.
      const from = { "x-forwarded-for": `192.0.2.${++address % 250}` };
      const { status, rawHeaders } = await askRow(one, guest, from);
      // Who guesses too often is told to wait, which is as good.
      const right = status === 401 || (guest.who.includes("password") && status === 429);
      return right && !/basic/i.test(rawHeaders.join(" ")) ? [] : [`${guest.who}: ${one.target}: ${status}`];
    });
    expect(wrong.flat()).toEqual([]);
  });

  test("asks a cookie for its CSRF token with every method that changes something, and before anything else", async () => {
    const unsafe = table.filter(({ target }) => !target.startsWith("GET"));
    for (const one of unsafe) {
      for (const token of [{ "x-csrf-token": "" }, { "x-csrf-token": "x".repeat(43) }]) {
        const guest = { sign: async () => ({ ...(await signIn(house.root)), ...token }) };
        expect([one.target, (await askRow(one, guest)).status]).toEqual([one.target, 403]);
      }
    }
  });

  test("HEAD tells no more than GET", async () => {
    for (const guest of guests.slice(0, 3)) {
      const rows = table.filter(({ target }) => target.startsWith("GET /api/v1"));
      for (const one of rows) {
        const { status } = await askRow({ ...one, target: one.target.replace("GET", "HEAD") }, guest);
        expect([guest.who, one.target, status]).toEqual([guest.who, one.target, expectedStatus(one, guest)]);
      }
    }
  });

  test("another method is nothing here, whoever asks", async () => {
    for (const path of ["/api/v1/users", "/api/v1/audit", "/api/v1/grants/1", "/metrics"]) {
      for (const method of ["PATCH", "PUT", "OPTIONS", "TRACE", "PROPFIND"]) {
        const reply = await house.asker.ask({ method, path, headers: { authorization: basic(house.root) } });
        expect([method, path, reply.status]).toEqual([
          method,
          path,
          expect.toSatisfy((status) => status === 404 || status === 405 || status === 400),
        ]);
      }
    }
  });
});

describe("a closed registry in which everybody may do nothing", () => {
  test("shows who has not signed in no list, no number, no name", async () => {
    await using closed = await openHouse();
    await closed.push("team/app", image(), "v1");
    const seers = table.filter((one) => one.for === "seers" || one.for === "readers" || one.for === "all");
    for (const { target } of seers.filter((one) => one.target.startsWith("GET"))) {
      const reply = await closed.asker.ask({ method: "GET", path: target.split(" ")[1]! });
      expect([target, reply.status]).toEqual([target, 401]);
    }
    const session = await closed.asker.ask({ method: "GET", path: "/api/v1/session" });
    expect(JSON.parse(session.body)).toMatchObject({ kind: "anonymous", open: false, visible: [] });
    const anywhere = ["/v2/_catalog", "/v2/team/app/tags/list", "/v2/"];
    for (const path of anywhere) expect((await closed.asker.ask({ method: "GET", path })).status).toBe(401);
  });
});

describe("what is hidden", () => {
  const shown = image({ layers: ["base", "shown"], created: "2026-01-01T00:00:00Z" });
  const multi = index([shown]);
  /** Of what is seen nothing else uses its layer. */
  const alone = image({ layers: ["alone"] });
  const hidden = image({ layers: ["base", "shown", "hidden"] });
  const signature = image({ layers: ["signature"], subject: shown, artifactType: "application/signature" });
  const beginning = hidden.digest.slice(7, 19);
  const questions = [
    "status",
    "overview",
    "registries",
    ...["name", "-pulls", "-bytes", "-updatedAt"].map((sort) => `repositories?sort=${sort}&detail=true&total=true`),
    "repositories?limit=1&offset=1&total=true",
    "repositories?search=app&total=true",
    "repositories?usage=new,used&total=true",
    "repositories?under=other/&total=true",
    "repositories?name=other/app&total=true",
    "repositories?direct=true&total=true",
    "folders",
    "folders?under=other/",
    ...["app", "other/app", "other/app:v1", "v1", "solo", hidden.digest, beginning].map((q) => `search?q=${q}`),
    ...["name", "-pulls", "-imagePulls", "-pushedAt", "-version"].map((sort) => `tags?sort=${sort}&detail=true&total=true`),
    "tags?limit=1&offset=2&total=true",
    "tags?search=v&total=true",
    "tags?usage=new&total=true",
    "tags?usage=used&total=true",
    "tags?platform=linux/arm64&total=true",
    "tags?type=image&total=true",
    `tags?search=${beginning}&total=true`,
    `tags?digest=${beginning}&total=true`,
    "tags?repository=team/app&detail=true&total=true",
    "tags/v1/history?repository=team/app",
    "manifests?repository=team/app&total=true",
    "manifests/v1?repository=team/app",
    "manifests/multi?repository=team/app",
    "manifests/alone?repository=team/app",
    `manifests/${shown.digest}?repository=team/app`,
    `manifests/${hidden.digest}?repository=team/app`,
    `manifests/${beginning}?repository=team/app`,
    `manifests/${hidden.digest}/raw?repository=team/app`,
    "pulls",
    "pulls?interval=auto&all=true",
    "pulls?repository=team/app",
    ...["repository", "tag", "digest"].map((kind) => `pulls/top?kind=${kind}`),
    "pulls/top?repository=team/app",
  ].map((path) => `/api/v1/${path}`);
  const ofTheMoment = /"(?:asOf|now|to|requestId)":"[^"]*",?/g;

  test("changes no list, no number, no search and no order, however much of it is pushed and pulled", async () => {
    const start = Date.UTC(2026, 4, 5, 12);
    const began = Date.now();
    let ahead = 0;
    // Within an hour, so that no bucket ends meanwhile; what is kept for a while is forgotten between the looks.
    await using own = await openHouse({}, { now: () => start + Date.now() - began + ahead });
    await own.grant({ kind: "everyone" }, "pull open/*");
    const ann = await own.user("ann", ["delete team/*"]);
    const hugo = await own.user("hugo");
    const asking = [{ authorization: basic(ann) }, { authorization: basic(hugo) }, {}] as Record<string, string>[];
    const pull = (path: string) =>
      own.asker.ask({ method: "GET", path: `/v2/${path}`, headers: { authorization: basic(own.root) } });
    await own.push("team/app", shown, "v1", "v2");
    await own.push("team/app", multi, "multi");
    await own.push("team/app", alone, "alone");
    await own.push("open/app", shown, "v1");
    for (const path of ["team/app/manifests/v1", "open/app/manifests/v1"]) await pull(path);
    const planDeletion = async (): Promise<string> => {
      const headers = { authorization: basic(ann), "content-type": "application/json" };
      const body = JSON.stringify({ repository: "team/app", filter: {}, dryRun: true });
      return (await own.asker.ask({ method: "POST", path: "/api/v1/tags/delete", headers, body })).body;
    };
    const look = async (): Promise<string[]> => {
      ahead += 5 * 60_000;
      const answers = await each(
        asking.flatMap((headers) => questions.map((path) => ({ headers, path }))),
        1,
        async ({ headers, path }) => {
          const { status, body } = await own.asker.ask({ method: "GET", path, headers });
          return `${Object.values(headers).join("")} ${path} ${status} ${body.replaceAll(ofTheMoment, "")}`;
        },
      );
      return [...answers, await planDeletion()];
    };
    // Whether an earlier process has left a journal is found out a moment after the start, and answers say so until then.
    await replayed(own.url);
    const before = await look();
    expect(before.filter((one) => /"usage":null/.test(one))).toEqual([]);
    for (const name of ["other/app", "other/more", "solo", "team", "teams/app"]) {
      await own.push(name, shown, "v1", "v2");
      await own.push(name, multi, "multi");
      await own.push(name, alone, "v3");
      await own.push(name, hidden, "v1", "hidden");
      await own.push(name, signature, "signature");
      for (let pulls = 0; pulls < 5; pulls++) await pull(`${name}/manifests/hidden`);
      await pull(`${name}/manifests/${shown.digest}`);
    }
    const after = await look();
    expect(before.flatMap((answer, at) => (answer === after[at] ? [] : [[answer, after[at]]]))).toEqual([]);
  });

  test("answers every question as what is missing does, also to who would change it", async () => {
    await house.push("other/hidden", image(), "v1");
    const ann = { sign: async () => ({ authorization: basic({ name: "ann", secret: "correct horse of ann" }) }) };
    const asked = (target: string, body?: object) => askRow(row(target, "readers", 404, body), ann);
    const plain = ({ status, body }: Reply, name: string): string =>
      `${status} ${body.replaceAll(name, "NAME").replaceAll(/"requestId":"[^"]*"/g, "")}`;
    const targets = [
      ...table.filter(({ target }) => target.includes("repository=team/app")),
      row("POST /api/v1/tags/v1/restore?repository=team/app", "readers", 404),
      ...[{ tags: [{ name: "v1" }] }, { filter: {} }, { filter: { usage: "never" }, dryRun: true }].map((what) =>
        row("POST /api/v1/tags/delete", "readers", 404, { repository: "team/app", ...what }),
      ),
    ];
    for (const { target, body } of targets) {
      const [there, missing] = await Promise.all(
        ["other/hidden", "other/nobody"].map(async (name) =>
          plain(await asked(target.replace("team/app", name), body && { ...body, repository: name }), name),
        ),
      );
      expect([target, there]).toEqual([target, missing]);
    }
  });
});

describe("who administers team/*", () => {
  const ask = (target: string, body?: object): Promise<Reply> =>
    askRow(
      { target, for: "managers", status: 0, ...(body && { body }) },
      { sign: async () => ({ authorization: basic({ name: "fay", secret: "correct horse of fay" }) }) },
    );

  test.each(["*", "team*", "tea*", "*/app", "team", "other/app", "t*", "*team/*", "teams/*", "team-evil/*", "**", "te*m/*"])(
    "gives no right and makes no rule on %s",
    async (pattern) => {
      for (const role of ["pull", "push", "delete", "admin"]) {
        const reply = await ask("POST /api/v1/grants", { to: { account: "fay" }, role, pattern });
        expect([role, reply.status]).toEqual([role, expect.toSatisfy((status) => status === 403 || status === 400)]);
      }
      expect((await ask("POST /api/v1/rules", { repositoryPattern: pattern, tagPattern: "*" })).status).toSatisfy(
        (status) => status === 403 || status === 400,
      );
    },
  );

  test("gives and takes what lies within, and neither sees nor takes anything else", async () => {
    const given = await ask("POST /api/v1/grants", { to: { account: "hugo" }, role: "pull", pattern: "team/sub/*" });
    expect(given.status).toBe(200);
    const foreign = await house.grant({ kind: "principal", name: "hugo" }, "pull other/*");
    const rule = await house.grants.addRule({ repositoryPattern: "other/*", tagPattern: "v*" }, atConsole);
    const list = await ask("GET /api/v1/grants?limit=1000");
    expect(list.body).toContain("team/sub/*");
    expect(list.body).not.toContain("other/");
    expect(list.body).not.toContain('"pattern":"*"');
    expect((await ask("GET /api/v1/grants?limit=1000&account=root")).body).not.toContain("admin");
    expect((await ask("GET /api/v1/rules?limit=1000")).body).not.toContain("other/");
    const total = JSON.parse((await ask("GET /api/v1/grants?limit=1000&total=true")).body) as { items: unknown[]; total: number };
    expect(total.total).toBe(total.items.length);
    const [hidden, missing] = [await ask(`DELETE /api/v1/grants/${foreign}`), await ask("DELETE /api/v1/grants/999999")];
    const plain = ({ status, body }: Reply): string =>
      `${status} ${body.replaceAll(/\d{1,6}'?"|"requestId":"[^"]*"/g, "")}`.replaceAll(/grant \d+/g, "grant N");
    expect(plain(hidden)).toBe(plain(missing));
    expect((await ask(`DELETE /api/v1/rules/${rule}`)).status).toBe(404);
    expect((await ask(`DELETE /api/v1/grants/${(JSON.parse(given.body) as { id: number }).id}`)).status).toBe(204);
  });
});

describe("tokens make no more of themselves", () => {
  const asToken = async (credentials: Credentials, target: string, body?: object): Promise<Reply> =>
    askRow(
      { target, for: "accounts", status: 0, ...(body && { body }) },
      { sign: async () => ({ authorization: bearer(credentials.secret) }) },
    );

  test("a token makes no other one, for itself or for somebody else", async () => {
    for (const credentials of [await house.token("ann"), await house.token("ann", "pull"), await house.token("root", "push")]) {
      for (const of of [undefined, "ann", "victim", "ci"]) {
        const reply = await asToken(credentials, "POST /api/v1/tokens", { name: "more", ...(of && { of }) });
        expect([of, reply.status]).toEqual([of, 403]);
      }
      expect((await asToken(credentials, "POST /api/v1/tokens", { name: "more", replace: true })).status).toBe(403);
    }
  });

  test("a token for one role changes no password, begins no session, and ends no other token", async () => {
    const limited = await house.token("root", "admin");
    const other = await house.token("root");
    const pull = await house.token("root", "pull");
    expect((await asToken(pull, `DELETE /api/v1/tokens/${other.id}`)).status).toBe(403);
    expect((await asToken(pull, "DELETE /api/v1/sessions")).status).toBe(403);
    const wrong = { current: pull.secret, password: "a new horse of root" };
    expect((await asToken(pull, "PUT /api/v1/session/password", wrong)).status).toSatisfy(
      (status) => status === 401 || status === 403,
    );
    for (const { secret } of [limited, pull]) {
      expect((await send({ method: "POST", path: "/api/v1/session" }, { name: "root", password: secret })).status).toBe(401);
    }
    expect((await asToken(pull, `DELETE /api/v1/tokens/${pull.id}`)).status).toBe(204);
  });

  test("nobody revokes what is not theirs, and what is not theirs looks like what is not there", async () => {
    const roots = await house.token("root");
    const sign = async (): Promise<Record<string, string>> => ({
      authorization: basic({ name: "ann", secret: "correct horse of ann" }),
    });
    const [hidden, missing] = await Promise.all(
      [roots.id, 999_999].map((id) => askRow(row(`DELETE /api/v1/tokens/${id}`, "accounts", 404), { sign })),
    );
    expect([hidden!.status, missing!.status]).toEqual([404, 404]);
    expect((await asToken(roots, "GET /api/v1/users")).status).toBe(200);
  });

  test("unknown fields are refused, so that nothing is set that was not meant to be", async () => {
    const sign = async (): Promise<Record<string, string>> => ({ authorization: basic(house.root) });
    for (const more of [{ id: 1 }, { kind: "system" }, { rights: "*" }, { passwordHash: "x" }, { __proto__x: 1 }]) {
      const reply = await askRow(row("POST /api/v1/users", "administrators", 400, { name: `u-${randomUUID()}`, ...more }), {
        sign,
      });
      expect([more, reply.status]).toEqual([more, 400]);
    }
    for (const name of ["anonymous", "everyone", "system", "console", "me", "Root", "root ", "ro\u200bot", "../x", ""]) {
      const reply = await askRow(row("POST /api/v1/users", "administrators", 400, { name }), { sign });
      expect([name, reply.status]).toEqual([name, 400]);
    }
  });
});
