import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { operator } from "../access/principal.ts";
import { openAccess, type OpenedAccess } from "../app-access.ts";
import { createTraffic } from "../http/traffic.ts";
import { createCatalogue } from "../store/catalogue.ts";
import { createJobs } from "../jobs/jobs.ts";
import { createdAnswer } from "../wire/access.ts";
import { auditAnswer } from "../wire/audit.ts";
import { grantsAnswer, rulesAnswer } from "../wire/grants.ts";
import { settingsAnswer } from "../wire/settings.ts";
import { newRobotAnswer } from "../wire/robots.ts";
import { sessionAnswer } from "../wire/session.ts";
import { tokenAnswer, tokensAnswer } from "../wire/tokens.ts";
import { groupsAnswer, userItem, usersAnswer } from "../wire/users.ts";
import { createApi, type ApiOptions } from "./api.ts";
import { createIdentify } from "./identity.ts";

const config = { externalUrl: undefined, trustedProxies: [], "audit.keep": 1000, "limits.requestsPerSecond": 0 };

const sentence = "What it does.";
const shown = [
  { key: "data", value: "/srv/hythe", origin: "file hythe.yaml", sentence },
  { key: "database", value: "(secret)", origin: "environment HYTHE_DATABASE -> /run/secret", sentence },
  { key: "listen", value: "127.0.0.1:0", origin: "flag --listen", sentence },
  { key: "pulls.log", value: "off", origin: "default", sentence },
  { key: "tls.key", value: "", origin: "not set", sentence },
];

// What people may and may not is tested over a port (test/journeys/access-*); here: that every statement is one of both databases.
describe.each(databases)("administration on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let access: OpenedAccess;
    /** Asked by the console of the machine, and by whoever comes. */
    let console: FastifyInstance;
    let door: FastifyInstance;
    beforeAll(async () => {
      opened = await open();
      const { db } = opened;
      const now = Date.now;
      access = await openAccess(config, { db, now, log: (_, error) => expect.fail(String(error)) });
      const options: Omit<ApiOptions, "identify"> = {
        db,
        content: createCatalogue(db, now).manifests,
        access,
        pulls: undefined,
        now,
        settings: shown,
        facts: { version: "1.2.3", startedMs: 0, blobs: "disk", idleAfterMs: 30 * 86_400_000 },
        metrics: { traffic: createTraffic(), jobs: createJobs({ db, now, handlers: {} }) },
        report: (error) => expect.fail(String(error)),
      };
      console = await createApi({ ...options, identify: async () => ({ principal: operator }) });
      door = await createApi({ ...options, identify: createIdentify(access) });
    });
    afterAll(async () => {
      await console?.close();
      await door?.close();
      await access?.close();
      await opened?.close();
    });

    type Method = "GET" | "POST" | "PATCH" | "DELETE";
    async function ask<Answer extends z.ZodType>(question: string, answer: Answer, payload?: object): Promise<z.output<Answer>> {
      const [method, url] = question.split(" ") as [Method, string];
      const response = await console.inject({ method, url, ...(payload && { payload }) });
      expect(response.statusCode, response.body).toBe(200);
      return answer.parse(response.json());
    }
    async function remove(url: string): Promise<void> {
      expect((await console.inject({ method: "DELETE", url })).statusCode, url).toBe(204);
    }

    test("settings come with where each was given, and one that was not is null", async () => {
      const { items } = await ask("GET /api/v1/settings", settingsAnswer);
      expect(items.map(({ key, value, source }) => [key, value, source])).toEqual([
        ["data", "/srv/hythe", "file"],
        ["database", "(secret)", "environment"],
        ["listen", "127.0.0.1:0", "flag"],
        ["pulls.log", "off", "default"],
        ["tls.key", null, "default"],
      ]);
      expect(items[1]).toMatchObject({ origin: "environment HYTHE_DATABASE -> /run/secret", sentence });
    });

    test("everything is made, listed in pages, and removed, each with its row in the audit log", async () => {
      const password = "correct horse battery";
      for (const name of ["ann", "bob"]) await ask("POST /api/v1/users", userItem, { name, password, groups: ["dev", name] });
      const { secret } = await ask("POST /api/v1/robots", newRobotAnswer, {
        name: "ci",
        grants: [{ role: "push", pattern: "ci/*" }],
      });
      const group = { to: { group: "dev" }, role: "pull", pattern: "team/*" };
      const { id: grant } = await ask("POST /api/v1/grants", createdAnswer, group);
      await ask("POST /api/v1/grants", createdAnswer, { ...group, to: { account: "ann" }, role: "admin" });
      const rule = await ask("POST /api/v1/rules", createdAnswer, { repositoryPattern: "team/*", tagPattern: "v*" });
      const token = await ask("POST /api/v1/tokens", tokenAnswer, { of: "bob", name: "laptop", role: "pull" });

      const first = await ask("GET /api/v1/users?limit=1&total=true&sort=-name", usersAnswer);
      const second = await ask(`GET /api/v1/users?limit=1&sort=-name&cursor=${first.nextCursor}`, usersAnswer);
      expect([first.total, first.items[0]!.name, second.items[0]!.name, second.nextCursor]).toEqual([2, "bob", "ann", undefined]);
      expect((await ask("GET /api/v1/groups", groupsAnswer)).items).toEqual([
        { name: "ann", members: 1, grants: 0 },
        { name: "bob", members: 1, grants: 0 },
        { name: "dev", members: 2, grants: 1 },
      ]);
      const grants = await ask("GET /api/v1/grants?total=true", grantsAnswer);
      expect([grants.total, grants.items.map(({ to }) => to)]).toEqual([
        3,
        [{ account: "ci" }, { group: "dev" }, { account: "ann" }],
      ]);
      expect((await ask("GET /api/v1/grants?group=dev", grantsAnswer)).items.map(({ id }) => id)).toEqual([grant]);
      expect((await ask("GET /api/v1/tokens?of=bob", tokensAnswer)).items.map(({ id }) => id)).toEqual([token.id]);

      const within = await door.inject({ url: "/api/v1/grants", headers: { authorization: basic("ann", password) } });
      expect(grantsAnswer.parse(within.json()).items.map(({ pattern }) => pattern)).toEqual(["team/*", "team/*"]);
      const rules = await door.inject({ url: "/api/v1/rules", headers: { authorization: basic("ann", password) } });
      expect(rulesAnswer.parse(rules.json()).items.map(({ id }) => id)).toEqual([rule.id]);
      const robot = await door.inject({ url: "/api/v1/session", headers: { authorization: `Bearer ${secret}` } });
      expect(sessionAnswer.parse(robot.json())).toMatchObject({ name: "ci", kind: "robot", visible: ["ci/*"] });

      await remove(`/api/v1/grants/${grant}`);
      await remove(`/api/v1/rules/${rule.id}`);
      await remove(`/api/v1/tokens/${token.id}`);
      await remove("/api/v1/users/bob");
      await remove("/api/v1/robots/ci");
      const { items } = await ask("GET /api/v1/audit?limit=5", auditAnswer);
      expect(items.map(({ action }) => action)).toEqual([
        "robot.delete",
        "user.delete",
        "token.revoke",
        "rule.remove",
        "grant.remove",
      ]);
      expect(items[0]).toMatchObject({ principal: operator.name, address: null, outcome: "done" });
    });

    test("a browser signs in, goes on, and signs out", async () => {
      const headers = { host: "registry.example" };
      const payload = { name: "ann", password: "correct horse battery" };
      const signedIn = await door.inject({ method: "POST", url: "/api/v1/session", headers, payload });
      const { csrf } = sessionAnswer.parse(signedIn.json());
      const cookie = String(signedIn.headers["set-cookie"]).split(";")[0]!;
      const again = await door.inject({ url: "/api/v1/session", headers: { ...headers, cookie } });
      expect(again.json()).toMatchObject({ name: "ann", csrf });
      const out = { method: "DELETE", url: "/api/v1/session", headers: { ...headers, cookie, "x-csrf-token": csrf! } } as const;
      expect((await door.inject(out)).statusCode).toBe(204);
      expect((await door.inject({ url: "/api/v1/session", headers: { ...headers, cookie } })).json()).toMatchObject({
        kind: "anonymous",
      });
    });
  });
});

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}
