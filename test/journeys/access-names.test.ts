// Who has pushed what: for everybody who has said who they are, and for nobody else.

import { afterAll, beforeAll, expect, test } from "vitest";
import { basic, openHouse, type Credentials, type House } from "../access-house.ts";
import { image } from "../image.ts";

const questions = [
  "overview",
  "tags",
  "tags?repository=team/app&detail=true",
  "tags/v1/history?repository=team/app",
  "manifests/v1?repository=team/app",
];

let house: House;
let reader: Credentials;
beforeAll(async () => {
  house = await openHouse();
  await house.grant({ kind: "everyone" }, "pull *");
  reader = await house.user("reader");
  await house.push("team/app", image(), "v1");
});
afterAll(() => house?.[Symbol.asyncDispose]());

async function namesIn(path: string, who?: Credentials): Promise<boolean> {
  const headers: Record<string, string> = who === undefined ? {} : { authorization: basic(who) };
  const { status, body } = await house.asker.ask({ method: "GET", path: `/api/v1/${path}`, headers });
  expect(status, path).toBe(200);
  expect(body, path).toMatch(/"(?:pushed|started)At":"/);
  return body.includes(`"${house.root.name}"`);
}

// In both orders: answers that are kept for a while are kept apart.
test("a visitor sees the push, not whose it was, and a reader sees both", async () => {
  for (const path of questions) {
    expect([path, await namesIn(path, reader), await namesIn(path)]).toEqual([path, true, false]);
    expect([path, await namesIn(path), await namesIn(path, reader)]).toEqual([path, false, true]);
  }
});
