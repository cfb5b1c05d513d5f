// Nobody makes more of what they were given: who administers a part of the names, who holds a token, and who sends fields of their own.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { atConsole, basic, bearer, openHouse, type Credentials, type House } from "../access-house.ts";
import type { Reply } from "../asker.ts";

let house: House;
let ann: Credentials;
let fay: Credentials;
beforeAll(async () => {
  house = await openHouse();
  ann = await house.user("ann", ["pull team/*"]);
  fay = await house.user("fay", ["admin team/*"]);
  await house.user("hugo");
  await house.user("victim");
  await house.robot("ci", ["push team/*"]);
});
afterAll(() => house[Symbol.asyncDispose]());

describe("who administers team/*", () => {
  const ask = (target: string, body?: object): Promise<Reply> => house.ask(target, { authorization: basic(fay) }, body);

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
  const asToken = (credentials: Credentials, target: string, body?: object): Promise<Reply> =>
    house.ask(target, { authorization: bearer(credentials.secret) }, body);

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
      expect((await house.ask("POST /api/v1/session", {}, { name: "root", password: secret })).status).toBe(401);
    }
    expect((await asToken(pull, `DELETE /api/v1/tokens/${pull.id}`)).status).toBe(204);
  });

  test("nobody revokes what is not theirs, and what is not theirs looks like what is not there", async () => {
    const roots = await house.token("root");
    const [hidden, missing] = await Promise.all(
      [roots.id, 999_999].map((id) => house.ask(`DELETE /api/v1/tokens/${id}`, { authorization: basic(ann) })),
    );
    expect([hidden!.status, missing!.status]).toEqual([404, 404]);
    expect((await asToken(roots, "GET /api/v1/users")).status).toBe(200);
  });

  test("unknown fields are refused, so that nothing is set that was not meant to be", async () => {
    const create = (body: object) => house.ask("POST /api/v1/users", { authorization: basic(house.root) }, body);
    for (const more of [{ id: 1 }, { kind: "system" }, { rights: "*" }, { passwordHash: "x" }, { __proto__x: 1 }]) {
      const reply = await create({ name: `u-${randomUUID()}`, ...more });
      expect([more, reply.status]).toEqual([more, 400]);
    }
    for (const name of ["anonymous", "everyone", "system", "console", "me", "Root", "root ", "ro\u200bot", "../x", ""]) {
      const reply = await create({ name });
      expect([name, reply.status]).toEqual([name, 400]);
    }
  });
});
