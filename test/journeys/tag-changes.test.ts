// Tags are deleted and restored over /api/v1, by those who may, and their numbers come back with them.

import { afterAll, beforeAll, expect, test } from "vitest";
import { image } from "../image.ts";
import { basic, openHouse, type Credentials, type House } from "../access-house.ts";

let house: House;
let dora: Credentials;
let carl: Credentials;
const [a, b] = [image({ layers: ["a"] }), image({ layers: ["b"] })];
beforeAll(async () => {
  house = await openHouse();
  dora = await house.user("dora", ["delete team/*"]);
  carl = await house.user("carl", ["push team/*"]);
  await house.grants.addRule({ repositoryPattern: "team/*", tagPattern: "fixed*" }, { principal: { id: -1, name: "console" } });
  await house.push("team/app", a, "v1");
  await house.push("team/app", a, "v2");
  await house.push("team/app", b, "v3");
  await house.push("team/app", b, "fixed");
});
afterAll(() => house[Symbol.asyncDispose]());

async function ask(who: Credentials, method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: basic(who), ...(body && { "content-type": "application/json" }) };
  const reply = await house.asker.ask({ method, path, headers, ...(body && { body: JSON.stringify(body) }) });
  return { status: reply.status, body: reply.body === "" ? undefined : (JSON.parse(reply.body) as unknown) };
}
const remove = (who: Credentials, tags: readonly object[], more: object = {}): ReturnType<typeof ask> =>
  ask(who, "POST", "/api/v1/tags/delete", { repository: "team/app", tags, ...more });
const restore = (who: Credentials, tag: string): ReturnType<typeof ask> =>
  ask(who, "POST", `/api/v1/tags/${tag}/restore?repository=team/app`);

async function counts(): Promise<Record<string, number>> {
  const { body } = await ask(carl, "GET", "/api/v1/tags?repository=team/app");
  const { items } = body as { items: { name: string; pulls: { count: number } }[] };
  return Object.fromEntries(items.map(({ name, pulls }) => [name, pulls.count]));
}

test("what would happen is what happens: gone, moved meanwhile, not there, kept by a rule", async () => {
  for (let pulls = 0; pulls < 3; pulls++) await ask(carl, "GET", "/v2/team/app/manifests/v1");
  expect(await counts()).toEqual({ v1: 3, v2: 0, v3: 0, fixed: 0 });
  const wanted = [{ name: "v1", digest: a.digest }, { name: "v3", digest: a.digest }, { name: "never" }, { name: "fixed" }];
  const items = [
    { name: "v1", digest: a.digest, outcome: "deleted", reason: null },
    { name: "v3", digest: b.digest, outcome: "moved", reason: `it is ${b.digest} by now` },
    { name: "never", digest: null, outcome: "missing", reason: expect.stringContaining("not known") },
    { name: "fixed", digest: b.digest, outcome: "kept", reason: expect.stringContaining("immutable") },
  ];
  expect(await remove(dora, wanted, { dryRun: true })).toEqual({ status: 200, body: { items } });
  expect(Object.keys(await counts())).toEqual(["fixed", "v1", "v2", "v3"]);
  expect(await remove(dora, wanted)).toEqual({ status: 200, body: { items } });
  expect(await counts()).toEqual({ v2: 0, v3: 0, fixed: 0 });
  // The image stays, by its digest and its other tag.
  expect(
    (
      await house.asker.ask({
        method: "GET",
        path: `/v2/team/app/manifests/${a.digest}`,
        headers: { authorization: basic(carl) },
      })
    ).status,
  ).toBe(200);
});

test("a tag comes back where it stood, with the pulls that it had, and goes on counting", async () => {
  expect(await restore(dora, "v1")).toEqual({ status: 200, body: { name: "v1", digest: a.digest } });
  await ask(carl, "GET", "/v2/team/app/manifests/v1");
  expect((await counts())["v1"]).toBe(4);
  expect(await restore(dora, "v1")).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
  expect(await restore(dora, "never")).toMatchObject({ status: 404, body: { code: "MANIFEST_UNKNOWN" } });
});

test("deleting and undoing it want the right to delete, and strangers see nothing there", async () => {
  const gus = await house.user("gus", ["admin other/*"]);
  expect(await remove(carl, [{ name: "v1" }])).toMatchObject({ status: 403, body: { code: "DENIED" } });
  expect(await restore(carl, "v1")).toMatchObject({ status: 403, body: { code: "DENIED" } });
  expect(await remove(gus, [{ name: "v1" }])).toMatchObject({ status: 404, body: { code: "NAME_UNKNOWN" } });
  expect(await restore(gus, "v1")).toMatchObject({ status: 404, body: { code: "NAME_UNKNOWN" } });
  const { body } = await ask(house.root, "GET", "/api/v1/audit?repository=team/app&limit=100");
  const { items } = body as { items: { action: string; object: string; principal: string }[] };
  const changes = items.map(({ action, object, principal }) => `${principal} ${action} ${object}`);
  expect(changes.filter((change) => !change.includes("push"))).toEqual(
    expect.arrayContaining(["dora tag.delete team/app:v1", "dora tag.restore team/app:v1"]),
  );
});
