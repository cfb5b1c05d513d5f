// Guessing, dripping and smuggling at the door of a closed registry: limits hold, and nobody else notices.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { basic, bearer, openHouse, type Credentials, type House } from "../access-house.ts";
import { each, type Reply } from "../asker.ts";
import { threadShare } from "../cpu-time.ts";
import { image } from "../image.ts";
import { openRaw, type RawConnection } from "../raw-http.ts";

let house: House;
let ann: Credentials;
let ci: Credentials;
beforeAll(async () => {
  // The clock stands still: a wait that ends in the middle of a test would let one more guess through.
  const nowMs = Date.now();
  house = await openHouse({ trustedProxies: ["127.0.0.1"] }, { now: () => nowMs });
  ann = await house.user("ann", ["push team/*"]);
  ci = await house.robot("ci", ["push team/*"]);
  await house.push("team/app", image(), "v1");
  await house.push("other/app", image(), "v1");
});
afterAll(() => house[Symbol.asyncDispose]());

const tags = "/v2/team/app/tags/list";
const get = (path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  house.asker.ask({ method: "GET", path, headers });
const from = (address: string): Record<string, string> => ({ "x-forwarded-for": address });
const signIn = (name: string, password: string, headers: Record<string, string>): Promise<Reply> =>
  house.asker.ask({
    method: "POST",
    path: "/api/v1/session",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ name, password }),
  });
const postToken = (name: string, password: string, headers: Record<string, string>): Promise<Reply> =>
  house.asker.ask({
    method: "POST",
    path: "/v2/token",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams({ grant_type: "password", username: name, password }).toString(),
  });

describe("who guesses passwords", () => {
  test("has to wait, at whichever door, and all doors count together", async () => {
    const at = from("198.51.100.1");
    const doors = [
      (i: number) => get(tags, { authorization: basic({ name: "ann", secret: `guess number ${i}` }), ...at }),
      (i: number) => get("/v2/token", { authorization: basic({ name: "ann", secret: `guess number ${i}` }), ...at }),
      (i: number) => postToken("ann", `guess number ${i}`, at),
      (i: number) => get("/api/v1/repositories", { authorization: basic({ name: "ann", secret: `guess number ${i}` }), ...at }),
      (i: number) => signIn("ann", `guess number ${i}`, at),
    ];
    const replies = await each(
      Array.from({ length: 20 }, (_, i) => i),
      1,
      (i) => doors[i % doors.length]!(i),
    );
    expect(replies.slice(0, 10).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 401));
    for (const reply of replies.slice(11)) {
      expect([reply.status, Number(reply.header("retry-after"))]).toEqual([
        429,
        expect.toSatisfy((seconds) => seconds > 0 && seconds < 120),
      ]);
    }
    // The right password is no way to find out that it is right.
    expect((await signIn(ann.name, ann.secret, at)).status).toBe(429);
  });

  test("keeps neither the user out elsewhere, nor others at the same address, nor tokens", async () => {
    expect((await signIn(ann.name, ann.secret, from("203.0.113.7"))).status).toBe(200);
    expect((await get(tags, { authorization: basic(ci), ...from("198.51.100.1") })).status).toBe(200);
    expect((await signIn(house.root.name, house.root.secret, from("198.51.100.1"))).status).toBe(200);
  });

  test("with many names from one address has to wait, and with one name from many addresses, too", async () => {
    const many = await each(
      Array.from({ length: 46 }, (_, i) => i),
      4,
      (i) => signIn(`user-${i}`, "password of many", from("198.51.100.2")),
    );
    expect(many.filter(({ status }) => status === 429).length).toBeGreaterThan(2);
    const places = await each(
      Array.from({ length: 106 }, (_, i) => i),
      4,
      (i) => signIn("root", `guess number ${i}`, from(`192.0.2.${i}`)),
    );
    expect(places.filter(({ status }) => status === 429).length).toBeGreaterThan(2);
    expect((await signIn(ann.name, ann.secret, from("203.0.113.7"))).status).toBe(200);
    // From where root signed in lately root still comes in.
    expect((await signIn(house.root.name, house.root.secret, from("198.51.100.1"))).status).toBe(200);
  });

  test("learns nothing from the answer: names that exist and names that do not are refused alike", async () => {
    const text = async (name: string): Promise<string> => {
      const { status, rawHeaders, body } = await signIn(name, "password of nobody", from("203.0.113.50"));
      const headers = rawHeaders.filter((_, i) => !/^(?:date|x-request-id)$/i.test(rawHeaders[i - (i % 2)]!));
      return `${status} ${headers.join(" ")} ${body.replaceAll(/"requestId":"[^"]*"/g, "")}`;
    };
    const texts = await each(["ann", "bob", "ci", "nob"], 1, text);
    expect(new Set(texts.map((one) => one.replace(/content-length \d+/i, ""))).size).toBe(1);
  });

  test("learns nothing from the clock: a name that does not exist costs a hash, too", async () => {
    // Time of all threads of this process, in which the server runs: what else the machine does is not in it.
    const times: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
    for (let i = 0; i < 9; i++) {
      for (const kind of i % 2 === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const)) {
        const start = process.cpuUsage();
        await signIn(kind === "known" ? "ann" : "nobody", `guess ${i} ${kind}`, from(`203.0.113.${100 + i}`));
        const { user, system } = process.cpuUsage(start);
        times[kind].push((user + system) / 1000);
      }
    }
    const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1]!;
    const [known, unknown] = [median(times.known), median(times.unknown)];
    process.stdout.write(`wrong password: ${known.toFixed(1)} ms, unknown name: ${unknown.toFixed(1)} ms\n`);
    // Without the hash it would be a hundredth.
    expect(unknown).toBeGreaterThan(known / 4);
    expect(unknown).toBeLessThan(known * 4);
  });

  test("does not hold up those who are signed in: hashes are computed beside the event loop", async () => {
    const token = await house.registryToken(ci, "repository:team/app:pull");
    const flood = each(
      Array.from({ length: 30 }, (_, i) => i),
      60,
      (i) => signIn("ann", `flood ${i}`, from(`10.9.${i}.1`)),
    );
    const onLoop = threadShare();
    for (let i = 0; i < 40; i++) expect((await get(tags, { authorization: bearer(token) })).status).toBe(200);
    for (const { status } of await flood) expect([401, 429]).toContain(status);
    // A hash takes some 50 ms of a core: on the event loop it would be nearly all.
    expect(onLoop()).toBeLessThan(0.5);
  });
});

/** Until the server ends the connection. */
async function endedBy(connection: RawConnection, drip: () => void): Promise<string> {
  const timer = setInterval(() => {
    if (!connection.socket.destroyed && connection.socket.writable) drip();
  }, 100);
  try {
    return (await connection.ended()).toString("latin1");
  } finally {
    clearInterval(timer);
    connection.socket.destroy();
  }
}

describe("who sends as slowly as they can", () => {
  test("a body that drips is cut, before and after signing in, and nothing of it stays", async () => {
    await using hasty = await openHouse({ "http.idleTimeout": 1500 });
    const own = await hasty.robot("ci", ["push team/*"]);
    const authorization = basic(own);
    const begun = await hasty.asker.ask({ method: "POST", path: "/v2/team/app/blobs/uploads/", headers: { authorization } });
    await hasty.push("team/app", image(), "v1");
    const heads = [
      `PATCH ${begun.header("location")} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: 1000000\r\n\r\n`,
      `PUT /v2/team/app/manifests/slow HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: 100000\r\n\r\n`,
      `POST /v2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000\r\n\r\n`,
      `POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n`,
    ];
    await each(heads, heads.length, async (head) => {
      const connection = await openRaw(hasty.port);
      connection.send(head);
      const received = await endedBy(connection, () => connection.send("x"));
      expect(received).not.toContain("HTTP/1.1 2");
    });
    const read = (path: string): Promise<Reply> => hasty.asker.ask({ method: "GET", path, headers: { authorization } });
    expect((await read("/v2/team/app/manifests/slow")).status).toBe(404);
    expect((await read(tags)).status).toBe(200);
  });

  test("hundreds of open heads hold nobody else up", async () => {
    const open = await Promise.all(Array.from({ length: 300 }, () => openRaw(house.port)));
    for (const { send } of open) send("GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    expect((await get(tags, { authorization: basic(ci) })).status).toBe(200);
    expect(open.filter(({ socket }) => socket.readableEnded || socket.destroyed)).toEqual([]);
    for (const { socket } of open) socket.destroy();
  });

  test("a refusal is there before the body: nothing is read from who may not send it", async () => {
    for (const target of ["PUT /v2/other/app/manifests/x", "POST /v2/other/app/blobs/uploads/", "POST /api/v1/users"]) {
      const connection = await openRaw(house.port);
      connection.send(`${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(ci)}\r\nContent-Length: 50000000\r\n\r\n`);
      expect([target, (await connection.response()).status]).toEqual([target, 403]);
      connection.socket.destroy();
    }
  });
});

describe("headers", () => {
  const raw = async (...lines: readonly string[]): Promise<string> => {
    const connection = await openRaw(house.port);
    connection.send(`${lines.join("\r\n")}\r\n\r\n`);
    connection.socket.end();
    const text = (await connection.ended()).toString("latin1");
    connection.socket.destroy();
    return text;
  };

  test("two lines of Authorization are refused, however they are written", async () => {
    for (const name of ["Authorization", "authorization", "AUTHORIZATION"]) {
      const text = await raw(`GET ${tags} HTTP/1.1`, "Host: x", `Authorization: ${basic(ci)}`, `${name}: Basic Og==`);
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  test.each([
    ["a folded line", ["X-A: b", ` Authorization: BASIC`]],
    ["a space before the colon", ["Authorization : BASIC"]],
    ["a tab in the name", ["Authori\tzation: BASIC"]],
    ["a bare line feed", ["X-A: b\nAuthorization: BASIC"]],
    ["a bare carriage return", ["X-A: b\rAuthorization: BASIC"]],
    ["a NUL", ["X-A: \0", "Authorization: BASIC"]],
    ["an underscore", ["HTTP_AUTHORIZATION: BASIC"]],
    ["a header of proxies", ["Proxy-Authorization: BASIC", "X-Forwarded-User: root", "X-Remote-User: root", "Remote-User: root"]],
    ["a trailer", ["Transfer-Encoding: chunked", "Trailer: Authorization", "", "0", "Authorization: BASIC"]],
  ])("%s signs nobody in", async (_how, lines) => {
    const text = await raw(`GET ${tags} HTTP/1.1`, "Host: x", ...lines.map((line) => line.replace("BASIC", basic(ci))));
    expect(text).not.toContain("HTTP/1.1 200");
    expect(text).not.toContain("v1");
  });

  test("whoever signed in before on a connection has not signed in for the next request", async () => {
    const connection = await openRaw(house.port);
    connection.send(
      `GET ${tags} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(ci)}\r\n\r\nGET ${tags} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect([(await connection.response()).status, (await connection.response()).status]).toEqual([200, 401]);
    connection.socket.destroy();
  });

  test("a request hidden in the body of another one is only a body", async () => {
    const inner = `GET ${tags} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(ci)}\r\n\r\n`;
    const text = await raw(
      `POST /v2/token HTTP/1.1`,
      "Host: x",
      "Content-Type: application/x-www-form-urlencoded",
      `Content-Length: ${inner.length}`,
      "",
      inner,
    );
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
  });

  test("the realm and the links come from the configuration, whatever the request says of hosts", async () => {
    await using known = await openHouse({ externalUrl: new URL("https://registry.example") });
    const lies = {
      host: "evil.example",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "http",
      forwarded: "host=evil.example;proto=http",
      "x-original-host": "evil.example",
    };
    for (const path of ["/v2/", tags, "/v2/_catalog", "/v2/token?scope=x", "/api/v1/repositories", "/", "/setup"]) {
      const reply = await known.asker.ask({ method: "GET", path, headers: lies });
      expect([path, reply.rawHeaders.join("\n"), reply.body]).toEqual([
        path,
        expect.not.stringContaining("evil"),
        expect.not.stringContaining("evil"),
      ]);
    }
    const challenge = (await known.asker.ask({ method: "GET", path: "/v2/", headers: lies })).header("www-authenticate");
    expect(challenge).toContain('realm="https://registry.example/v2/token",service="registry.example"');
  });

  test("no path leads to another site, and no name of a repository breaks out of the challenge", async () => {
    for (const path of [
      "//evil.example",
      "//evil.example/v2/",
      "/\\evil.example",
      "/v2//evil.example/",
      "/%2f%2fevil.example",
      "/v2/x%22,realm=%22http://evil.example/tags/list",
      "/v2/x%0d%0aSet-Cookie:a/tags/list",
    ]) {
      const reply = await house.asker.ask({ method: "GET", path });
      expect([path, reply.status, reply.header("location"), reply.header("set-cookie")]).toEqual([
        path,
        expect.toSatisfy((status) => status === 400 || status === 404),
        undefined,
        undefined,
      ]);
      expect(reply.header("www-authenticate") ?? "").not.toContain("evil");
    }
  });

  test("no other site may read an answer: nothing is said of other origins", async () => {
    for (const path of ["/v2/", tags, "/v2/token", "/api/v1/session", "/metrics", "/"]) {
      const reply = await get(path, { origin: "https://evil.example", authorization: basic(ci) });
      expect([path, reply.rawHeaders.filter((name) => /^access-control/i.test(name))]).toEqual([path, []]);
      const preflight = await house.asker.ask({
        method: "OPTIONS",
        path,
        headers: { origin: "https://evil.example", "access-control-request-method": "PUT" },
      });
      expect([path, preflight.status >= 400]).toEqual([path, true]);
    }
  });
});
