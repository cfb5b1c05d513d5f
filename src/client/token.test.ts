import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenScript, type Answer, type Asked } from "../../test/token-script.ts";
import { askForToken, type Token, type TokenQuestion } from "./token.ts";

const login = { username: "ann", password: "pa:ss wörd" };
const refused: Answer = { status: 401, body: { details: "incorrect username or password" } };

interface Outcome {
  readonly token: Token | undefined;
  readonly error: unknown;
  readonly asked: readonly Asked[];
  readonly nowMs: number;
  readonly host: string;
}

async function outcome(question: Partial<TokenQuestion>, answer: (asked: Asked, count: number) => Answer): Promise<Outcome> {
  await using script = await tokenScript(answer);
  const { ask, asked, clock, realm } = script;
  const nowMs = clock.now();
  const whole = { realm, service: "registry.example.org", scopes: ["repository:a/b:pull"], credential: undefined, ...question };
  const common = { asked, nowMs, host: realm.host };
  try {
    return { ...common, token: await askForToken(ask, whole, () => nowMs, new AbortController().signal), error: undefined };
  } catch (error) {
    return { ...common, token: undefined, error };
  }
}

const granted = (more: object = {}): Answer => ({ body: { token: "t0", ...more } });

describe("a token is asked for", () => {
  it("by GET with service, client_id and one scope parameter for each scope, and nothing secret for anybody", async () => {
    const { asked, token } = await outcome({ scopes: ["repository:a/b:pull,push", "repository:c:pull"] }, () => granted());
    expect(token?.value).toBe("t0");
    expect(asked).toHaveLength(1);
    expect([asked[0]!.method, asked[0]!.authorization]).toEqual(["GET", undefined]);
    expect([...asked[0]!.query]).toEqual([
      ["service", "registry.example.org"],
      ["scope", "repository:a/b:pull,push"],
      ["scope", "repository:c:pull"],
      ["client_id", "hythe"],
    ]);
  });

  it("by GET with Basic and the account for a user name and password, of any characters", async () => {
    const { asked } = await outcome({ credential: login }, () => granted());
    expect(asked[0]!.authorization).toBe(`Basic ${Buffer.from("ann:pa:ss wörd").toString("base64")}`);
    expect(asked[0]!.query.get("account")).toBe("ann");
    expect([...asked[0]!.query.values()].join(" ")).not.toContain("pa:ss");
  });

  it("with the query that the realm brings along, which is kept and never said twice", async () => {
    await using script = await tokenScript(() => granted());
    const realm = new URL("?account_type=cloud&service=other&scope=repository%3Aa%3Apull", script.realm);
    const question = { realm, service: "mine", scopes: ["repository:a:pull", "repository:b:pull"], credential: undefined };
    await askForToken(script.ask, question, () => 0, new AbortController().signal);
    expect(script.asked[0]!.query.toString()).toBe(
      "account_type=cloud&service=other&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull&client_id=hythe",
    );
  });

  it("without a service or scopes where the registry names none", async () => {
    const { asked } = await outcome({ service: undefined, scopes: [] }, () => granted());
    expect([...asked[0]!.query.keys()]).toEqual(["client_id"]);
  });

  it("by POST with a form for an identity token: grant_type, service, client_id, and scopes joined by spaces", async () => {
    const question = { credential: { identityToken: "id-1" }, scopes: ["repository:a:pull,push", "repository:b:pull"] };
    const { asked, token } = await outcome(question, () => granted({ access_token: "t1", token: undefined }));
    expect(token?.value).toBe("t1");
    expect([asked[0]!.method, asked[0]!.authorization, asked[0]!.query.size]).toEqual(["POST", undefined, 0]);
    expect(Object.fromEntries(asked[0]!.form)).toEqual({
      grant_type: "refresh_token",
      refresh_token: "id-1",
      client_id: "hythe",
      access_type: "online",
      service: "registry.example.org",
      scope: "repository:a:pull,push repository:b:pull",
    });
  });

  it.each([404, 405])("by POST with the password when GET is %i there", async (status) => {
    const answer = ({ method }: Asked): Answer => (method === "GET" ? { status, body: "" } : granted());
    const { asked, token } = await outcome({ credential: login }, answer);
    expect(token?.value).toBe("t0");
    expect(asked.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect(asked[1]!.form.get("grant_type")).toBe("password");
    expect([asked[1]!.form.get("username"), asked[1]!.form.get("password")]).toEqual(["ann", "pa:ss wörd"]);
  });

  it.each([400, 401, 404, 405])(
    "by GET when a POST with a refresh token is answered %i and a password is there",
    async (status) => {
      const answer = ({ method }: Asked): Answer => (method === "POST" ? { status, body: "" } : granted());
      const { asked, token } = await outcome({ credential: login, refreshToken: "old" }, answer);
      expect(token?.value).toBe("t0");
      expect(asked.map(({ method }) => method)).toEqual(["POST", "GET"]);
      expect(asked[0]!.form.get("refresh_token")).toBe("old");
    },
  );

  it("with the identity token again when the refresh token that came of it is over", async () => {
    const answer = ({ form }: Asked): Answer => (form.get("refresh_token") === "old" ? refused : granted());
    const { asked, token } = await outcome({ credential: { identityToken: "id-1" }, refreshToken: "old" }, answer);
    expect(token?.value).toBe("t0");
    expect(asked.map(({ form }) => form.get("refresh_token"))).toEqual(["old", "id-1"]);
  });

  it("once with a password that is refused: there is no second try that could lock the account", async () => {
    const { asked, error } = await outcome({ credential: login }, () => refused);
    expect(asked).toHaveLength(1);
    expect(error).toMatchObject({ code: "UNAUTHORIZED" });
  });
});

describe("of the answer", () => {
  it.each([
    ["token", { token: "a" }, "a"],
    ["access_token", { access_token: "b" }, "b"],
    ["access_token before token", { token: "a", access_token: "b" }, "b"],
    ["token when access_token is empty", { token: "a", access_token: "" }, "a"],
  ])("%s is taken", async (_name, body, value) => {
    expect((await outcome({}, () => ({ body }))).token?.value).toBe(value);
  });

  it.each([
    ["no token", {}],
    ["a list", []],
    ["a page", "<html><title>Welcome</title></html>"],
    ["an empty body", ""],
    ["a token of another type", { token: 17 }],
    ["a token with a line end, which would be a header of its own", { token: "a\r\nX-Evil: 1" }],
    ["a token with a space", { token: "a b" }],
  ])("%s is an error that names the token server", async (_name, body) => {
    const { error, host } = await outcome({}, () => ({ body }));
    expect(error).toMatchObject({
      code: "PROTOCOL_VIOLATED",
      message: `the token server ${host} answered without a token`,
    });
  });

  it("a refresh token is kept for the next question, and the one that worked stays", async () => {
    expect((await outcome({ credential: login }, () => granted({ refresh_token: "r1" }))).token?.refreshToken).toBe("r1");
    const identity = { credential: { identityToken: "id-1" } };
    expect((await outcome(identity, () => granted({ refresh_token: "r2" }))).token?.refreshToken).toBe("r2");
    expect((await outcome(identity, () => granted())).token?.refreshToken).toBe("id-1");
    expect((await outcome({ credential: login }, () => granted())).token?.refreshToken).toBeUndefined();
  });
});

describe("a token lives", () => {
  async function lifetime(more: object): Promise<number> {
    const { nowMs, token } = await outcome({}, () => granted(more));
    return (token!.expiresAt - nowMs) / 1000;
  }
  const now = Date.UTC(2026, 0, 1);
  const at = (seconds: number): string => new Date(now + seconds * 1000).toISOString();

  it("as long as expires_in says, as a number or as text", async () => {
    expect(await lifetime({ expires_in: 300 })).toBe(300);
    expect(await lifetime({ expires_in: "300" })).toBe(300);
  });

  it.each([undefined, 0, 1, 59, -5, null, "soon", {}])("60 seconds when expires_in is %j", async (seconds) => {
    expect(await lifetime({ expires_in: seconds })).toBe(60);
  });

  it("from issued_at, when that can be", async () => {
    expect(await lifetime({ expires_in: 300, issued_at: at(-100) })).toBe(200);
  });

  it("from now on when issued_at is missing, in the future, long ago or no date: clocks differ", async () => {
    expect(await lifetime({ expires_in: 300, issued_at: at(3600) })).toBe(300);
    expect(await lifetime({ expires_in: 300, issued_at: at(-3600) })).toBe(300);
    expect(await lifetime({ expires_in: 300, issued_at: "yesterday" })).toBe(300);
    expect(await lifetime({ expires_in: 300, issued_at: 17 })).toBe(300);
  });

  it("into the future, whatever a server says", async () => {
    await using script = await tokenScript(() => granted(body));
    let body: object = {};
    const question = { realm: script.realm, service: undefined, scopes: [], credential: undefined };
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (expires, issued) => {
        body = { expires_in: expires, issued_at: issued };
        const token = await askForToken(script.ask, question, () => now, new AbortController().signal);
        expect(token.expiresAt).toBeGreaterThan(now);
        expect(Number.isFinite(token.expiresAt)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a refusal", () => {
  it.each([
    [{ errors: [{ code: "UNAUTHORIZED", message: "no such user" }] }, ": no such user"],
    [{ details: "no such user" }, ": no such user"],
    [{ message: "no such user" }, ": no such user"],
    [{ error: "invalid_grant", error_description: "no such user" }, ": no such user"],
    ["<html><title>no such user</title></html>", ": no such user"],
    ["", ""],
  ])("says what the server says in %j", async (body, said) => {
    const { error, host } = await outcome({ credential: login }, () => ({ status: 401, body }));
    expect(error).toMatchObject({
      code: "UNAUTHORIZED",
      message: `the token server ${host} refused the credentials (401)${said}`,
      request: { host, method: "GET", path: "/token", attempts: 1, status: 401 },
    });
  });

  it("of somebody who is not logged in says so", async () => {
    const { error, host } = await outcome({}, () => ({ status: 401, body: "" }));
    expect(error).toMatchObject({
      message: `the token server ${host} gave no token to somebody who is not logged in (401)`,
    });
  });

  it.each([
    [403, "DENIED"],
    [418, "PROTOCOL_VIOLATED"],
    [500, "UNAVAILABLE"],
  ])("with %i is %s", async (status, code) => {
    expect((await outcome({}, () => ({ status, body: "" }))).error).toMatchObject({ code });
  });

  it("with 429 says when to ask again", async () => {
    const answer = { status: 429, body: "", headers: { "retry-after": "3600" } };
    const { error, nowMs } = await outcome({}, () => answer);
    expect(error).toMatchObject({ code: "TOOMANYREQUESTS", retryAt: new Date(nowMs + 3_600_000) });
  });

  it.each([
    ["password", { credential: login }, "pa:ss wörd"],
    ["Authorization", { credential: login }, Buffer.from("ann:pa:ss wörd").toString("base64")],
    ["identity token", { credential: { identityToken: "id-secret" } }, "id-secret"],
    ["password in a form", { credential: login }, "pa%3Ass+w%C3%B6rd"],
    ["refresh token", { refreshToken: "old-secret", credential: { identityToken: "id-secret" } }, "old-secret"],
    ["secret of another try", { refreshToken: "old-secret", credential: { identityToken: "id-secret" } }, "id-secret"],
  ])("never repeats the %s, though the server does", async (_name, question, secret) => {
    const { error } = await outcome(question, () => ({ status: 403, body: { message: `got ${secret}, no!` } }));
    expect((error as Error).message).toContain("got …, no!");
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(secret);
  });
});
