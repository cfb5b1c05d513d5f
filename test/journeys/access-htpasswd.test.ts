// Coming from another registry with its htpasswd file: the users are there, with the passwords that they have, on every door.

import { hashSync } from "bcryptjs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { basic, openHouse, type House } from "../access-house.ts";
import { image } from "../image.ts";

/** As `htpasswd -B` writes it. */
const bcrypt = (password: string): string => hashSync(password, 5).replace("$2b$", "$2y$");

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await house.push("team/app", image(), "v1");
});
afterAll(() => house[Symbol.asyncDispose]());

async function importUsers(body: object, by = house.root): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await house.asker.ask({
    method: "POST",
    path: "/api/v1/users/import",
    headers: { authorization: basic(by), "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: JSON.parse(reply.body) as Record<string, unknown> };
}
const pull = async (name: string, secret: string): Promise<number> =>
  (
    await house.asker.ask({
      method: "GET",
      path: "/v2/team/app/manifests/v1",
      headers: { authorization: basic({ name, secret }) },
    })
  ).status;

it("imported users come in as docker and the pages do, with the rights of the groups that they were put into", async () => {
  await house.grant({ kind: "group", name: "dev" }, "pull team/*");
  const htpasswd = `# of the old registry\nann:${bcrypt("ann's own")}\nben:${bcrypt("ben's own")}\n`;
  expect(await importUsers({ htpasswd, groups: ["dev"] })).toEqual({ status: 200, body: { added: ["ann", "ben"], present: [] } });
  expect(await pull("ann", "ben's own")).toBe(401);
  // Twice: with the hash that came, and with the one that took its place.
  for (let time = 0; time < 2; time++) expect(await pull("ann", "ann's own")).toBe(200);
  const session = await house.asker.ask({
    method: "POST",
    path: "/api/v1/session",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "ben", password: "ben's own" }),
  });
  expect(JSON.parse(session.body)).toMatchObject({ name: "ben", groups: ["dev"], mustChange: false });
});

it("a line that cannot be taken is named, and nobody is there afterwards", async () => {
  const { status, body } = await importUsers({ htpasswd: `carl:${bcrypt("carl's own")}\ndora:$apr1$s3cr3t$s3cr3t` });
  expect({ status, code: body["code"] }).toEqual({ status: 400, code: "REQUEST_INVALID" });
  expect(body["detail"]).toMatch(/line 2 has an MD5 hash, and only bcrypt/);
  expect(JSON.stringify(body)).not.toContain("s3cr3t");
  expect(await pull("carl", "carl's own")).toBe(401);
});

it("takes a file of a large team, and nothing beyond a megabyte", async () => {
  const hash = bcrypt("the same for all");
  const lines = Array.from({ length: 1500 }, (_, i) => `member-${i}:${hash}`);
  const tooMany = await importUsers({ htpasswd: "x".repeat(1024 * 1024 + 1) });
  expect(tooMany.status).toBe(400);
  expect((await importUsers({ htpasswd: "x".repeat(3 * 1024 * 1024) })).status).toBe(413);
  const { status, body } = await importUsers({ htpasswd: [...lines, "last:no hash"].join("\n") });
  expect({ status, detail: body["detail"] }).toEqual({
    status: 400,
    detail: expect.stringContaining("line 1501 has no known hash"),
  });
});

it("is for administrators", async () => {
  const user = await house.user("eve", ["admin team/*"]);
  expect((await importUsers({ htpasswd: `mallory:${bcrypt("m")}` }, user)).status).toBe(403);
  expect(await pull("mallory", "m")).toBe(401);
});
