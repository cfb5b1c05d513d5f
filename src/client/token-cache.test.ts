import { describe, expect, it } from "vitest";
import { tokenScript, type Answer, type Asked, type TokenScript } from "../../test/token-script.ts";
import { createTokens, type BearerChallenge, type Tokens } from "./token-cache.ts";
import type { TokenQuestion } from "./token.ts";

const ann = { username: "ann", password: "secret" };

interface Kept extends AsyncDisposable {
  readonly tokens: Tokens;
  readonly script: TokenScript;
  /** A question about `repository:a:pull` by ann. */
  question(more?: Partial<TokenQuestion>): TokenQuestion;
  get(more?: Partial<TokenQuestion>, signal?: AbortSignal): Promise<string>;
  refused(sent: string | undefined, challenge: BearerChallenge, more?: Partial<TokenQuestion>): boolean;
  pass(seconds: number): Promise<void>;
}

/** Tokens are called t1, t2 …, and live five minutes. */
async function kept(answer?: (asked: Asked, count: number) => Answer | Promise<Answer>): Promise<Kept> {
  const script = await tokenScript(answer ?? ((_asked, count) => ({ body: { token: `t${count}`, expires_in: 300 } })));
  const { ask, clock, realm } = script;
  const tokens = createTokens(ask, clock.now);
  const question = (more: Partial<TokenQuestion> = {}): TokenQuestion => {
    return { realm, service: "r", scopes: ["repository:a:pull"], credential: ann, ...more };
  };
  return {
    tokens,
    script,
    question,
    get: (more, signal) => tokens.get(question(more), signal),
    refused: (sent, challenge, more) => tokens.refused(question(more), sent, challenge),
    pass: (seconds) => clock.sleep(seconds * 1000, undefined),
    [Symbol.asyncDispose]: () => script[Symbol.asyncDispose](),
  };
}

const scopesOf = ({ query }: Asked): string[] => query.getAll("scope");

describe("a token is kept", () => {
  it("and used again until five seconds before its end", async () => {
    await using cache = await kept();
    expect([await cache.get(), await cache.get()]).toEqual(["t1", "t1"]);
    await cache.pass(294);
    expect(await cache.get()).toBe("t1");
    await cache.pass(1);
    expect(await cache.get()).toBe("t2");
    expect(cache.script.asked).toHaveLength(2);
  });

  it("for one realm, service, credential and set of scopes each", async () => {
    await using cache = await kept();
    const questions: Partial<TokenQuestion>[] = [
      {},
      { realm: new URL("/other", cache.script.realm) },
      { service: "s" },
      { credential: undefined },
      { credential: { ...ann, password: "other" } },
      { credential: { identityToken: "secret" } },
      { scopes: ["repository:b:pull"] },
      { scopes: ["repository:a:pull,push"] },
    ];
    for (const question of questions) await cache.get(question);
    expect(cache.script.asked).toHaveLength(questions.length);
    for (const [index, question] of questions.entries()) expect(await cache.get(question)).toBe(`t${index + 1}`);
  });

  it("for no more scopes than fit into a request, however many a registry asks for", async () => {
    await using cache = await kept();
    for (let n = 0; n < 100; n++) cache.refused(undefined, { scope: `repository:${"x".repeat(200)}${n}:pull` });
    await cache.get();
    expect(scopesOf(cache.script.asked[0]!).join(" ").length).toBeLessThan(5000);
  });

  it("a thousand at most, the one that was not used for longest goes", async () => {
    await using cache = await kept();
    const scopes = (n: number): Partial<TokenQuestion> => ({ scopes: [`repository:r${n}:pull`] });
    for (let n = 1; n <= 1000; n++) await cache.get(scopes(n));
    expect(await cache.get(scopes(1))).toBe("t1");
    await cache.get(scopes(1001));
    expect(await cache.get(scopes(1))).toBe("t1");
    expect(await cache.get(scopes(2))).toBe("t1002");
  });

  it("not when asking for it failed", async () => {
    await using cache = await kept((_asked, count) => (count === 1 ? { status: 401, body: "" } : { body: { token: "t" } }));
    await expect(cache.get()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(await cache.get()).toBe("t");
  });
});

describe("a token is asked for once", () => {
  it("however many requests want it at the same time", async () => {
    await using cache = await kept();
    const all = await Promise.all(Array.from({ length: 50 }, () => cache.get()));
    expect(new Set(all)).toEqual(new Set(["t1"]));
    expect(cache.script.asked).toHaveLength(1);
  });

  it("and one request that gives up does not take it from the others", async () => {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<Answer>();
    await using cache = await kept(() => {
      asked.resolve();
      return answered.promise;
    });
    const stop = new AbortController();
    const [first, second] = [cache.get({}, stop.signal), cache.get()];
    await asked.promise;
    stop.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    answered.resolve({ body: { token: "t" } });
    expect(await second).toBe("t");
    expect(cache.script.asked).toHaveLength(1);
  });

  it("also when it failed: all learn of it", async () => {
    await using cache = await kept(() => ({ status: 403, body: "" }));
    const all = await Promise.allSettled([cache.get(), cache.get(), cache.get()]);
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(cache.script.asked).toHaveLength(1);
  });
});

describe("a refresh token that came with a token", () => {
  it("is asked with the next time, for other scopes too, and the newest one counts", async () => {
    await using cache = await kept((_asked, count) => ({ body: { token: `t${count}`, refresh_token: `r${count}` } }));
    await cache.get();
    await cache.get({ scopes: ["repository:b:pull"] });
    await cache.get({ scopes: ["repository:c:pull"] });
    expect(cache.script.asked.map(({ method, form }) => [method, form.get("refresh_token")])).toEqual([
      ["GET", null],
      ["POST", "r1"],
      ["POST", "r2"],
    ]);
  });

  it("is never used for another credential, service or realm, nor for nobody", async () => {
    await using cache = await kept(() => ({ body: { token: "t", refresh_token: "r" } }));
    await cache.get();
    await cache.get({ credential: { ...ann, password: "other" } });
    await cache.get({ service: "s" });
    await cache.get({ realm: new URL("/other", cache.script.realm) });
    await cache.get({ credential: undefined });
    await cache.get({ credential: undefined, scopes: [] });
    expect(cache.script.asked.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "GET", "GET", "GET"]);
  });

  it("is forgotten when the password had to be used instead", async () => {
    await using cache = await kept(({ method }, count) => {
      if (method === "POST") return { status: 401, body: "" };
      return { body: count === 1 ? { token: "t", refresh_token: "r" } : { token: "t" } };
    });
    for (const name of ["a", "b", "c"]) await cache.get({ scopes: [`repository:${name}:pull`] });
    expect(cache.script.asked.map(({ method }) => method)).toEqual(["GET", "POST", "GET", "GET"]);
  });
});

describe("a refused token", () => {
  it("is widened once with the scope that the registry names", async () => {
    await using cache = await kept();
    const sent = await cache.get();
    const challenge = { error: "insufficient_scope", scope: "repository:a:push repository:b:pull" };
    expect(cache.refused(sent, challenge)).toBe(true);
    expect(await cache.get()).toBe("t2");
    expect(scopesOf(cache.script.asked[1]!)).toEqual(["repository:a:pull,push", "repository:b:pull"]);
    expect(cache.refused("t2", challenge)).toBe(false);
    expect(cache.refused("t2", { error: "insufficient_scope", scope: "repository:c:push" })).toBe(false);
    await cache.get();
    expect(cache.script.asked).toHaveLength(2);
  });

  it("with insufficient_scope and nothing that it lacks stands", async () => {
    await using cache = await kept();
    const sent = await cache.get();
    expect(cache.refused(sent, { error: "insufficient_scope", scope: "repository:a:pull" })).toBe(false);
    expect(cache.refused(sent, { error: "insufficient_scope" })).toBe(false);
  });

  it("is renewed once with invalid_token, even a new one", async () => {
    await using cache = await kept();
    expect(cache.refused(await cache.get(), { error: "invalid_token" })).toBe(true);
    expect(await cache.get()).toBe("t2");
    expect(cache.refused("t2", { error: "invalid_token" })).toBe(false);
  });

  it("is renewed when it is not new any more, and again later on", async () => {
    await using cache = await kept();
    for (const [sent, next] of [
      ["t1", "t2"],
      ["t2", "t3"],
      ["t3", "t4"],
    ]) {
      expect(await cache.get()).toBe(sent);
      await cache.pass(60);
      expect(cache.refused(sent, {})).toBe(true);
      expect(await cache.get()).toBe(next);
    }
  });

  it("stands when it is new and the same challenge comes again: there is no loop", async () => {
    await using cache = await kept();
    const sent = await cache.get();
    expect(cache.refused(sent, { scope: "repository:a:pull" })).toBe(false);
    expect(cache.script.asked).toHaveLength(1);
  });

  it("that another request has replaced meanwhile is not renewed again", async () => {
    await using cache = await kept();
    const sent = await cache.get();
    await cache.pass(60);
    expect(cache.refused(sent, {})).toBe(true);
    expect(await cache.get()).toBe("t2");
    expect(cache.refused(sent, {})).toBe(true);
    expect(await cache.get()).toBe("t2");
  });

  it("is not narrowed again by an answer that was on its way", async () => {
    const answers = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()];
    const asked = Promise.withResolvers<void>();
    await using cache = await kept((_asked, count) => {
      asked.resolve();
      return answers[count - 1]!.promise;
    });
    const narrow = cache.get();
    await asked.promise;
    expect(cache.refused(undefined, { scope: "repository:a:pull,push" })).toBe(true);
    const wide = cache.get();
    answers[1]!.resolve({ body: { token: "wide" } });
    expect(await wide).toBe("wide");
    answers[0]!.resolve({ body: { token: "narrow" } });
    expect(await narrow).toBe("narrow");
    expect(await cache.get()).toBe("wide");
  });
});

describe("what a challenge asks for beyond the request's own scopes", () => {
  it("is asked for from the first token on", async () => {
    await using cache = await kept();
    expect(cache.refused(undefined, { scope: "*" })).toBe(true);
    await cache.get();
    expect(scopesOf(cache.script.asked[0]!)).toEqual(["repository:a:pull", "*"]);
  });

  it("is left out when it is longer than 4096 characters", async () => {
    await using cache = await kept();
    expect(cache.refused(undefined, { scope: "x".repeat(5000) })).toBe(true);
    await cache.get();
    expect(scopesOf(cache.script.asked[0]!)).toEqual(["repository:a:pull"]);
  });

  it("does not change what other questions ask for", async () => {
    await using cache = await kept();
    cache.refused(undefined, { scope: "repository:a:delete" });
    await cache.get({ scopes: ["repository:b:pull"] });
    expect(scopesOf(cache.script.asked[0]!)).toEqual(["repository:b:pull"]);
  });
});
