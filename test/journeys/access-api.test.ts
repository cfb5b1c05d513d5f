// Every route of /api/v1 x who asks x how they sign in: admitted exactly as the table of access-routes.ts says.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../src/api/routes.ts";
import { atConsole, basic, bearer, openHouse, type Credentials, type House } from "../access-house.ts";
import { routeTable, type For, type Row } from "../access-routes.ts";
import { each, type Reply } from "../asker.ts";
import { image } from "../image.ts";

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
  const reply = await house.ask("POST /api/v1/session", {}, { name, password: secret });
  if (reply.status !== 200) throw new Error(`${name} cannot sign in: ${reply.status} ${reply.body}`);
  const { csrf } = JSON.parse(reply.body) as { csrf: string };
  return { cookie: reply.header("set-cookie")!.split(";", 1)[0]!, "x-csrf-token": csrf };
}

async function askRow({ target, body }: Row, { sign }: Pick<Guest, "sign">, more: Record<string, string> = {}): Promise<Reply> {
  return house.ask(target, { ...(await sign()), ...more }, body);
}

function expectedStatus(one: Row, { who, is }: Guest): number {
  if (is.includes(one.for)) return one.status;
  if (who.startsWith("anonymous") || who.startsWith("cookie of")) return 401;
  // Hidden is missing.
  return one.for === "readers" ? 404 : 403;
}

describe("the matrix of /api/v1", () => {
  test("asks every route and method that there is", () => {
    const known = new Set(routeTable.map(({ target }) => target.split("?", 1)[0]!));
    const missing = routes
      .filter(({ path }) => !elsewhere.test(path))
      .filter(({ method, path }) => {
        const form = new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
        return ![...known].some((target) => form.test(target));
      });
    expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  test("admits those that the table names, and refuses all others in the way that suits them", async () => {
    const cases = guests.flatMap((guest) => routeTable.map((one) => ({ guest, one })));
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
    const cases = outcasts.flatMap((guest) =>
      routeTable.filter(({ target }) => !open.test(target)).map((one) => ({ guest, one })),
    );
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
    const unsafe = routeTable.filter(({ target }) => !target.startsWith("GET"));
    for (const one of unsafe) {
      for (const token of [{ "x-csrf-token": "" }, { "x-csrf-token": "x".repeat(43) }]) {
        const guest = { sign: async () => ({ ...(await signIn(house.root)), ...token }) };
        expect([one.target, (await askRow(one, guest)).status]).toEqual([one.target, 403]);
      }
    }
  });

  test("HEAD tells no more than GET", async () => {
    for (const guest of guests.slice(0, 3)) {
      const rows = routeTable.filter(({ target }) => target.startsWith("GET /api/v1"));
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
