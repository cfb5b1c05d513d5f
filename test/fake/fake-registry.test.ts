// The fake registry without any client of ours: what it does when nothing is switched on, and its logins.

import { describe, expect, test } from "vitest";
import { image } from "../image.ts";
import { pushImage } from "../push.ts";
import { startFakeRegistry } from "./fake-registry.ts";

const basic = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`;

test("what is pushed over HTTP is in its registry, and every request is noted", async () => {
  await using fake = await startFakeRegistry();
  const whole = image({ layers: ["a"] });
  await pushImage(fake.url, "team/app", whole, "v1");
  const answer = await fetch(`${fake.url}/v2/team/app/manifests/v1`);
  expect(await answer.bytes()).toEqual(new Uint8Array(whole.bytes));
  expect(fake.requests.at(-1)).toMatchObject({
    method: "GET",
    path: "/v2/team/app/manifests/v1",
    authorization: "none",
    status: 200,
  });
});

describe("logins", () => {
  test("Basic lets a user in and nobody else", async () => {
    await using fake = await startFakeRegistry({ login: "basic" });
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${fake.url}/v2/_catalog`, { headers })).status;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ authorization: basic("robot", "wrong") })).toBe(401);
    expect(await statusOf({ authorization: basic("robot", "secret") })).toBe(200);
    expect(fake.requests.map(({ authorization }) => authorization)).toEqual(["none", "basic", "basic"]);
  });

  test("a bearer token allows what it was asked for and nothing else", async () => {
    await using fake = await startFakeRegistry({ login: "bearer" });
    const refused = await fetch(`${fake.url}/v2/team/app/tags/list`);
    const challenge = `Bearer realm="${fake.tokens.realm}",service="fake registry",scope="repository:team/app:pull"`;
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, challenge]);
    const asked = await fetch(`${fake.tokens.realm}?service=x&scope=repository:team/app:pull`, {
      headers: { authorization: basic("robot", "secret") },
    });
    const { token } = (await asked.json()) as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${fake.url}/v2/team/app/tags/list`, { headers })).status).toBe(404);
    const narrow = await fetch(`${fake.url}/v2/team/app/blobs/uploads/`, { method: "POST", headers });
    expect(narrow.status).toBe(401);
    expect(narrow.headers.get("www-authenticate")).toContain('scope="repository:team/app:pull,push",error="insufficient_scope"');
    expect(fake.tokens.requests).toMatchObject([
      { method: "GET", grant: "basic", scopes: ["repository:team/app:pull"], status: 200 },
    ]);
  });

  test("the token server takes POST with a password or a refresh token", async () => {
    await using fake = await startFakeRegistry({ login: "bearer" });
    const ask = async (form: Record<string, string>): Promise<number> => {
      const body = new URLSearchParams({ client_id: "test", service: "x", scope: "repository:a:pull", ...form });
      return (await fetch(fake.tokens.realm, { method: "POST", body })).status;
    };
    expect(await ask({ grant_type: "password", username: "robot", password: "secret" })).toBe(200);
    expect(await ask({ grant_type: "password", username: "robot", password: "wrong" })).toBe(401);
    expect(await ask({ grant_type: "refresh_token", refresh_token: fake.tokens.identityToken("robot") })).toBe(200);
    expect(await ask({ grant_type: "refresh_token", refresh_token: "made up" })).toBe(401);
  });
});
