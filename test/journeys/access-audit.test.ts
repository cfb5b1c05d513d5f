// What clients change is in the audit log when they are answered; what they pull is not.

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ociIndex } from "../../src/oci/media-types.ts";
import { basic, openHouse, type Credentials, type House } from "../access-house.ts";
import type { Reply } from "../asker.ts";

let house: House;
let carl: Credentials;
beforeAll(async () => {
  house = await openHouse();
  carl = await house.user("carl", ["push team/*", "delete team/*"]);
});
afterAll(() => house[Symbol.asyncDispose]());

const ask = (method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Reply> =>
  house.asker.ask({
    method,
    path,
    headers: { authorization: basic(carl), "user-agent": "crane/1", ...headers },
    ...(body !== undefined && { body }),
  });
const put = (path: string, note: string): Promise<Reply> =>
  ask("PUT", path, JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [], annotations: { note } }), {
    "content-type": ociIndex,
  });
const events = z.object({
  items: z.array(
    z.object({ action: z.string(), object: z.string(), principal: z.string(), address: z.string(), userAgent: z.string() }),
  ),
});

async function logged(): Promise<string[]> {
  const reply = await house.asker.ask({
    method: "GET",
    path: "/api/v1/audit?principal=carl&limit=100",
    headers: { authorization: basic(house.root) },
  });
  return events
    .parse(JSON.parse(reply.body))
    .items.map(({ action, object, principal, address, userAgent }) => `${principal} ${address} ${userAgent} ${action} ${object}`);
}

test("pushes and deletions are there with who, from where and what; pulls and failures are not", async () => {
  const first = await put("/v2/team/app/manifests/v1", "one");
  const digest = first.header("docker-content-digest")!;
  expect((await ask("GET", "/v2/team/app/manifests/v1")).status).toBe(200);
  expect((await put("/v2/team/app/manifests/sha256:" + "0".repeat(64), "wrong")).status).toBe(400);
  expect((await put("/v2/team/app/manifests/v2", "two")).status).toBe(201);
  expect((await ask("DELETE", "/v2/team/app/manifests/v2")).status).toBe(202);
  expect((await ask("DELETE", `/v2/team/app/manifests/${digest}`)).status).toBe(202);
  const who = `carl 127.0.0.1 crane/1`;
  expect((await logged()).toSorted()).toEqual(
    [
      `${who} tag.push team/app:v1`,
      `${who} tag.push team/app:v2`,
      `${who} tag.delete team/app:v2`,
      `${who} manifest.delete team/app@${digest}`,
    ].toSorted(),
  );
});

test("a page in a browser changes nothing, whoever it says it is", async () => {
  const origin = { origin: house.url };
  const pushed = await ask("POST", "/v2/team/app/blobs/uploads/", undefined, origin);
  expect([pushed.status, JSON.parse(pushed.body).errors[0].code]).toEqual([403, "DENIED"]);
  expect((await ask("DELETE", "/v2/team/app/manifests/v1", undefined, origin)).status).toBe(403);
  expect((await ask("GET", "/v2/", undefined, origin)).status).toBe(200);
});
