// Tags are deleted and restored over /api/v1, by those who may, and their numbers come back with them.

import { afterAll, beforeAll, expect, test } from "vitest";
import { replayed } from "../api.ts";
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
  await replayed(house.url, { authorization: basic(house.root) });
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

/** What the list of tags and the history say of one. */
async function tagOf(name: string): Promise<{ listed: object | undefined; history: object[] }> {
  const read = async (path: string) => ((await ask(carl, "GET", path)).body as { items: { name: string }[] }).items;
  const listed = await read("/api/v1/tags?repository=team/app");
  return {
    listed: listed.find((tag) => tag.name === name),
    history: await read(`/api/v1/tags/${name}/history?repository=team/app`),
  };
}

async function counts(): Promise<Record<string, number>> {
  const { body } = await ask(carl, "GET", "/api/v1/tags?repository=team/app");
  const { items } = body as { items: { name: string; pulls: { count: number } }[] };
  return Object.fromEntries(items.map(({ name, pulls }) => [name, pulls.count]));
}

test("what would happen is what happens: gone, moved meanwhile, not there, kept by a rule", async () => {
  for (let pulls = 0; pulls < 3; pulls++) await ask(carl, "GET", "/v2/team/app/manifests/v1");
  expect(await counts()).toEqual({ v1: 3, v2: 0, v3: 0, fixed: 0 });
  const wanted = [{ name: "v1", digest: a.digest }, { name: "v3", digest: a.digest }, { name: "never" }, { name: "fixed" }];
  const stays = { siblings: null, referrers: null };
  const items = [
    { name: "v1", digest: a.digest, outcome: "deleted", reason: null, siblings: ["v2"], referrers: 0 },
    { name: "v3", digest: b.digest, outcome: "moved", reason: `it is ${b.digest} by now`, ...stays },
    { name: "never", digest: null, outcome: "missing", reason: expect.stringContaining("not known"), ...stays },
    { name: "fixed", digest: b.digest, outcome: "kept", reason: expect.stringContaining("immutable"), ...stays },
  ];
  // What other repositories use is not for dora to know.
  const body = { items, matched: null, freesBytes: null, undoUntil: null };
  expect(await remove(dora, wanted, { dryRun: true })).toEqual({ status: 200, body });
  expect(Object.keys(await counts())).toEqual(["fixed", "v1", "v2", "v3"]);
  expect(await remove(dora, wanted)).toEqual({ status: 200, body });
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

test("a tag that comes back is as old as it was, pushed by who pushed it; what its image counted meanwhile stays the image's", async () => {
  const before = await tagOf("v2");
  expect(before.history).toMatchObject([{ by: expect.any(String), endedAt: null }]);
  await remove(dora, [{ name: "v2" }]);
  expect((await tagOf("v2")).history).toMatchObject([{ endReason: "deleted" }]);
  await ask(carl, "GET", `/v2/team/app/manifests/${a.digest}`);
  // A rule that came since keeps what is there; it keeps nothing away.
  const administrator = { principal: { id: -1, name: "console" } };
  const rule = await house.grants.addRule({ repositoryPattern: "team/app", tagPattern: "v2" }, administrator);
  expect(await restore(dora, "v2")).toMatchObject({ status: 200 });
  const after = await tagOf("v2");
  expect(after.history).toEqual(before.history);
  const { pushedAt, pulls } = before.listed as { pushedAt: string; pulls: object };
  expect(after.listed).toMatchObject({ pushedAt, pulls });
  expect(await remove(dora, [{ name: "v2" }])).toMatchObject({ body: { items: [{ outcome: "kept" }] } });
  await house.grants.removeRule(rule, administrator);
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

test("by a filter: what the same words let through a list, told as it is done, with what only those images use", async () => {
  const [first, second] = [image({ layers: ["base", "one"] }), image({ layers: ["base", "two"] })];
  const signature = image({ layers: ["sig"], artifactType: "application/vnd.example.signature", subject: first });
  for (const tag of ["dev-1", "dev-1-again"]) await house.push("team/dev", first, tag);
  await house.push("team/dev", second, "dev-2", "main");
  await house.push("team/dev", signature);
  await house.push("other/app", image({ layers: ["two"] }), "v1");
  const byFilter = (filter: object, more: object = {}, who = dora) =>
    ask(who, "POST", "/api/v1/tags/delete", { repository: "team/dev", filter, ...more });
  // Its layer and config are in no other image; the base is in the second one, too.
  const own = first.blobs.filter(({ digest }) => !second.blobs.some((other) => other.digest === digest));
  expect(own).toHaveLength(first.blobs.length - 1);
  const freesBytes = [first, ...own].reduce((sum, { bytes }) => sum + bytes.length, 0);
  const expected = {
    items: [
      { name: "dev-1", outcome: "deleted", siblings: [], referrers: 1 },
      { name: "dev-1-again", outcome: "deleted", siblings: [], referrers: 1 },
      { name: "dev-2", outcome: "deleted", siblings: ["main"], referrers: 0 },
    ],
    matched: 3,
    freesBytes: null as number | null,
    undoUntil: null,
  };
  expect((await byFilter({ search: "DEV" }, { dryRun: true })).body).toMatchObject(expected);
  expect((await byFilter({ search: "DEV" }, { dryRun: true }, house.root)).body).toMatchObject({ ...expected, freesBytes });
  expect((await byFilter({ search: "dev-1-" }, { dryRun: true }, house.root)).body).toMatchObject({
    freesBytes: 0,
    items: [{ siblings: ["dev-1"] }],
  });
  expect((await byFilter({ usage: "new,used", digest: second.digest }, { dryRun: true })).body).toMatchObject({ matched: 2 });
  expect((await byFilter({ usage: "idle" }, { dryRun: true })).body).toMatchObject({ items: [], matched: 0 });
  expect((await byFilter({ search: "dev" })).body).toMatchObject(expected);
  expect((await byFilter({}, { dryRun: true })).body).toMatchObject({ items: [{ name: "main" }], matched: 1 });
  expect(await remove(dora, [{ name: "v2" }], { filter: {} })).toMatchObject({ status: 400 });
  expect((await ask(dora, "POST", "/api/v1/tags/delete", { repository: "team/dev" })).status).toBe(400);
  expect(await byFilter({ registry: "hub" })).toMatchObject({ status: 400 });
});

test("a filter that lets through more than one call takes goes on behind the last, past what a rule keeps", async () => {
  const whole = image({ layers: ["many"] });
  await house.push("team/many", whole, ...Array.from({ length: 1003 }, (_, n) => `fixed-${n}`));
  const remove1000 = async (cursor?: string) => {
    const reply = await ask(dora, "POST", "/api/v1/tags/delete", {
      repository: "team/many",
      filter: { search: "fixed" },
      cursor,
    });
    return reply.body as { items: { outcome: string }[]; matched: number; nextCursor?: string };
  };
  const first = await remove1000();
  expect(first).toMatchObject({ matched: 1003 });
  expect(first.items).toHaveLength(1000);
  const second = await remove1000(first.nextCursor);
  expect(second.items.map(({ outcome }) => outcome)).toEqual(["kept", "kept", "kept"]);
  expect(second.nextCursor).toBeUndefined();
});
