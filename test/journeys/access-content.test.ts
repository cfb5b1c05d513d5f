// What somebody gets to see or change of the content of others: uploads, mounts, tags that stay, lists, referrers, counts.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { ociIndex } from "../../src/oci/media-types.ts";
import { atConsole, basic, bearer, openHouse, type Credentials, type House } from "../access-house.ts";
import type { Question, Reply } from "../asker.ts";
import { image } from "../image.ts";
import { openRaw } from "../raw-http.ts";

let house: House;
let ann: Credentials;
let bob: Credentials;
let dora: Credentials;
let gus: Credentials;
const shown = image({ layers: ["shown"] });
const secret = image({ layers: ["secret"] });
const secretLayer = secret.blobs[1]!;

beforeAll(async () => {
  house = await openHouse();
  ann = await house.user("ann", ["push team/*"]);
  bob = await house.user("bob", ["push team/*", "delete team/*"]);
  dora = await house.user("dora", ["create team/*"]);
  gus = await house.user("gus", ["admin other/*"]);
  await house.grant({ kind: "everyone" }, "pull open/*");
  await house.push("team/app", shown, "v1");
  await house.push("open/app", shown, "v1");
  await house.push("other/app", secret, "v1");
  await house.push("other/app", image({ layers: ["signature"], subject: secret, artifactType: "application/signature" }));
});
afterAll(() => house[Symbol.asyncDispose]());

const ask = (who: Credentials | undefined, target: string, more: Partial<Question> = {}): Promise<Reply> => {
  const [method = "", path = ""] = target.split(" ");
  const headers = { ...(who && { authorization: basic(who) }), ...more.headers };
  return house.asker.ask({ ...more, method, path, headers });
};
const withoutDate = ({ rawHeaders }: Reply): string =>
  rawHeaders.filter((_, i) => !/^(?:date|location|docker-upload-uuid|x-request-id)$/i.test(rawHeaders[i - (i % 2)]!)).join("\n");

describe("an upload", () => {
  test("is nobody else's, whatever they may do in its repository", async () => {
    const begun = await ask(ann, "POST /v2/team/app/blobs/uploads/");
    const location = begun.header("location")!;
    for (const method of ["GET", "HEAD", "PATCH", "DELETE", `PUT`]) {
      const query = method === "PUT" ? `?digest=${digestOf("")}` : "";
      for (const who of [bob, dora, house.root]) {
        expect([method, who.name, (await ask(who, `${method} ${location}${query}`)).status]).toEqual([method, who.name, 404]);
      }
      expect((await ask(undefined, `${method} ${location}${query}`)).status).toBe(401);
    }
    expect((await ask(ann, `GET ${location}`)).status).toBe(204);
  });

  test("answers somebody else like one that never was", async () => {
    const location = (await ask(ann, "POST /v2/team/app/blobs/uploads/")).header("location")!;
    const [theirs, nobodys] = [
      await ask(bob, `GET ${location}`),
      await ask(bob, `GET /v2/team/app/blobs/uploads/${randomUUID()}`),
    ];
    expect([theirs.body, withoutDate(theirs)]).toEqual([nobodys.body, withoutDate(nobodys)]);
  });

  test("cannot be taken into another repository, and ends with the right to push", async () => {
    await house.user("lea");
    const lea = { name: "lea", secret: "correct horse of lea" };
    const id = await house.grant({ kind: "principal", name: "lea" }, "push team/*");
    const location = (await ask(lea, "POST /v2/team/app/blobs/uploads/")).header("location")!;
    expect((await ask(lea, `GET ${location.replace("team/app", "team/other")}`)).status).toBe(404);
    await house.grants.remove(id, { principal: { id: -1, name: "console" } });
    expect((await ask(lea, `PUT ${location}?digest=${digestOf("x")}`, { body: "x" })).status).toBe(403);
  });

  test("goes on with a newer token of the same user, as clients have it", async () => {
    const tokens = [];
    for (let i = 0; i < 2; i++) tokens.push(await house.registryToken(ann, "repository:team/app:pull,push"));
    const headers = tokens.map((token) => ({ authorization: bearer(token) }));
    const begun = await house.asker.ask({ method: "POST", path: "/v2/team/app/blobs/uploads/", headers: headers[0]! });
    const path = `${begun.header("location")}?digest=${digestOf("y")}`;
    expect((await house.asker.ask({ method: "PUT", path, headers: headers[1]!, body: "y" })).status).toBe(201);
  });
});

describe("a mount", () => {
  const mount = (who: Credentials, query: string, to = "team/app"): Promise<Reply> =>
    ask(who, `POST /v2/${to}/blobs/uploads/?${query}`);

  test("needs pull on the source; without it the answer is that of a blob that nobody has", async () => {
    const nobodys = digestOf(randomUUID());
    const from = await mount(ann, `mount=${secretLayer.digest}&from=other/app`);
    const anywhere = await mount(ann, `mount=${secretLayer.digest}`);
    const missing = await mount(ann, `mount=${nobodys}&from=other/app`);
    const gap = await mount(ann, `mount=${nobodys}&from=other/gap`);
    for (const reply of [from, anywhere, missing, gap]) {
      expect([reply.status, reply.body, withoutDate(reply)]).toEqual([202, "", withoutDate(missing)]);
    }
    expect((await ask(ann, `HEAD /v2/team/app/blobs/${secretLayer.digest}`)).status).toBe(404);
  });

  test("takes what somebody may pull, by a right of their own or of everybody's", async () => {
    expect((await mount(gus, `mount=${secretLayer.digest}&from=other/app`, "other/copy")).status).toBe(201);
    expect((await mount(ann, `mount=${shown.blobs[1]!.digest}&from=open/app`, "team/copy")).status).toBe(201);
  });

  test("with a registry token needs the source in the token, too", async () => {
    const to = await house.registryToken(gus, "repository:other/target:pull,push");
    const both = await house.registryToken(gus, "repository:other/target:pull,push", "repository:other/app:pull");
    const path = `/v2/other/target/blobs/uploads/?mount=${secretLayer.digest}&from=other/app`;
    expect((await house.asker.ask({ method: "POST", path, headers: { authorization: bearer(to) } })).status).toBe(202);
    expect((await house.asker.ask({ method: "POST", path, headers: { authorization: bearer(both) } })).status).toBe(201);
  });

  test("is asked for with both scopes, so that a client that takes the challenge as it is gets what it needs", async () => {
    const challengeOf = async (query: string): Promise<string | undefined> => {
      const path = `/v2/other/target/blobs/uploads/${query}`;
      const challenge = (await house.asker.ask({ method: "POST", path })).header("www-authenticate");
      return /scope="([^"]*)"/.exec(challenge ?? "")?.[1];
    };
    const target = "repository:other/target:pull,push";
    const mounted = `?mount=${secretLayer.digest}&from=`;
    expect(await challengeOf(`${mounted}other%2Fapp`)).toBe(`${target} repository:other/app:pull`);
    for (const query of ["", "?from=other/app", `?mount=${secretLayer.digest}`, mounted, `${mounted}other/target`]) {
      expect([query, await challengeOf(query)]).toEqual([query, target]);
    }
    for (const from of ["../x", 'a"b', "a b", "A", "x:pull,push,delete"]) {
      expect(await challengeOf(mounted + encodeURIComponent(from))).toBe(target);
    }
  });

  test("by a manifest does not work either: what it names has to be in the repository", async () => {
    const put = await ask(ann, "PUT /v2/team/app/manifests/stolen", {
      body: secret.bytes,
      headers: { "content-type": secret.mediaType },
    });
    expect(put.status).toBe(400);
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [{ mediaType: secret.mediaType, digest: secret.digest, size: secret.bytes.length }],
    });
    expect(
      (await ask(ann, "PUT /v2/team/app/manifests/index", { body: index, headers: { "content-type": ociIndex } })).status,
    ).toBe(400);
    expect((await ask(ann, `GET /v2/team/app/manifests/${secret.digest}`)).status).toBe(404);
  });

  test("knowing a digest is worth nothing: who pushes content that is here already has to send it", async () => {
    const empty = await ask(ann, `POST /v2/team/app/blobs/uploads/?digest=${secretLayer.digest}`);
    expect(empty.status).toBe(202);
    expect((await ask(ann, `PUT ${empty.header("location")}?digest=${secretLayer.digest}`)).status).toBe(400);
  });
});

test("a blob that was deleted from one repository stays away from it when another one brings it back", async () => {
  const blob = Buffer.from(randomUUID());
  const digest = digestOf(blob);
  const put = (who: Credentials, repository: string): Promise<Reply> =>
    ask(who, `POST /v2/${repository}/blobs/uploads/?digest=${digest}`, { body: blob });
  expect((await put(bob, "team/left")).status).toBe(201);
  expect((await ask(bob, `GET /v2/team/left/blobs/${digest}`)).status).toBe(200);
  expect((await ask(bob, `DELETE /v2/team/left/blobs/${digest}`)).status).toBe(202);
  expect((await put(gus, "other/right")).status).toBe(201);
  expect((await ask(gus, `GET /v2/other/right/blobs/${digest}`)).status).toBe(200);
  for (const method of ["GET", "HEAD"]) expect((await ask(bob, `${method} /v2/team/left/blobs/${digest}`)).status).toBe(404);
  expect((await ask(bob, `POST /v2/team/left/blobs/uploads/?mount=${digest}&from=other/right`)).status).toBe(202);
});

describe("a tag that is there", () => {
  const manifest = (): string =>
    JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [], annotations: { id: randomUUID() } });
  const headers = { "content-type": ociIndex };
  const put = (who: Credentials, path: string, body: string, more: Record<string, string> = {}): Promise<Reply> =>
    ask(who, `PUT /v2/team/app/manifests/${path}`, { body, headers: { ...headers, ...more } });
  const at = async (tag: string): Promise<string | undefined> =>
    (await ask(house.root, `HEAD /v2/team/app/manifests/${tag}`)).header("docker-content-digest");

  test("is moved by none of the ways there are, by who may only create", async () => {
    const before = await at("v1");
    const other = manifest();
    const ways = [
      await put(dora, "v1", other),
      await put(dora, `${digestOf(other)}?tag=v1`, other),
      await put(dora, `${digestOf(other)}?tag=fresh&tag=v1`, other),
      await put(dora, "v1", other, { "if-match": `"${before}"` }),
      await put(dora, "v1", other, { "if-match": "*" }),
      await ask(dora, "DELETE /v2/team/app/manifests/v1"),
      await ask(dora, `DELETE /v2/team/app/manifests/${before}`),
    ];
    expect(ways.map(({ status }) => status)).toEqual(ways.map(() => 403));
    expect([await at("v1"), await at("fresh")]).toEqual([before, undefined]);
    expect((await put(dora, "v1", other, { "if-none-match": "*" })).status).toBe(412);
  });

  test("may be pushed again as it is by who may only create", async () => {
    const body = manifest();
    expect((await put(dora, "again", body)).status).toBe(201);
    expect((await put(dora, "again", body)).status).toBe(201);
  });

  test("goes to one of many who create it at once, and to none of the others", async () => {
    const bodies = Array.from({ length: 20 }, manifest);
    const replies = await Promise.all(bodies.map((body) => put(dora, "race", body)));
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 19 }, () => 403),
    ]);
    expect(await at("race")).toBe(digestOf(bodies[replies.findIndex(({ status }) => status === 201)]!));
  });

  test("and that a rule keeps stays on its image, for everybody and in every way", async () => {
    const body = manifest();
    expect((await put(ann, "v9", body)).status).toBe(201);
    const rule = await house.grants.addRule(
      { repositoryPattern: "team/*", tagPattern: "v9*" },
      { principal: { id: -1, name: "console" } },
    );
    const other = manifest();
    for (const who of [ann, bob, house.root]) {
      const ways = [
        await put(who, "v9", other),
        await put(who, `${digestOf(other)}?tag=v9`, other),
        await ask(who, "DELETE /v2/team/app/manifests/v9"),
        await ask(who, `DELETE /v2/team/app/manifests/${digestOf(body)}`),
      ];
      expect([who.name, ways.map(({ status }) => status)]).toEqual([who.name, ways.map(() => 403)]);
    }
    expect(await at("v9")).toBe(digestOf(body));
    expect((await put(ann, "v9", body)).status).toBe(201);
    expect((await put(ann, "v9.1", other)).status).toBe(201);
    expect((await put(ann, "v9.1", body)).status).toBe(403);
    await house.grants.removeRule(rule, { principal: { id: -1, name: "console" } });
    expect((await put(ann, "v9", other)).status).toBe(201);
  });
});

test("a manifest whose body comes when the right is gone is not pushed", async () => {
  const { name, secret: word } = await house.user("late");
  const given = await house.grant({ kind: "principal", name }, "push team/*");
  const connection = await openRaw(house.port);
  const headers = {
    Host: "h",
    Authorization: basic({ name, secret: word }),
    "Content-Type": shown.mediaType,
    Expect: "100-continue",
  };
  const lines = Object.entries({ ...headers, "Content-Length": String(shown.bytes.length) }).map(
    (pair) => `${pair.join(": ")}\r\n`,
  );
  connection.send(`PUT /v2/team/app/manifests/late HTTP/1.1\r\n${lines.join("")}\r\n`);
  expect((await connection.response()).status).toBe(100);
  await house.grants.remove(given, atConsole);
  connection.send(shown.bytes);
  expect((await connection.response()).status).toBe(403);
  connection.socket.destroy();
  expect((await ask(ann, "HEAD /v2/team/app/manifests/late")).status).toBe(404);
});

describe("lists", () => {
  const catalog = async (who: Credentials | undefined, query = "", token?: string): Promise<unknown> => {
    const headers = token === undefined ? {} : { authorization: bearer(token) };
    const reply = await ask(token === undefined ? who : undefined, `GET /v2/_catalog${query}`, { headers });
    return reply.status === 200 ? (JSON.parse(reply.body) as { repositories: string[] }).repositories : reply.status;
  };

  test("the catalog holds what somebody may pull, in every page, and its links name nothing else", async () => {
    expect(await catalog(gus)).toEqual(["open/app", "other/app", "other/copy", "other/right", "other/target"]);
    expect(await catalog(ann)).toEqual(expect.not.arrayContaining([expect.stringMatching(/^other/)]));
    const seen: string[] = [];
    for (let path = "/v2/_catalog?n=1"; path !== "";) {
      const reply = await ask(ann, `GET ${path}`);
      seen.push(...(JSON.parse(reply.body) as { repositories: string[] }).repositories);
      expect(reply.header("link") ?? "").not.toContain("other");
      path = /<([^>]+)>/.exec(reply.header("link") ?? "")?.[1] ?? "";
    }
    expect(seen).toEqual(await catalog(ann));
  });

  test("the catalog needs its own scope, and shows a token no more than its holder", async () => {
    const scoped = await house.registryToken(ann, "registry:catalog:*");
    expect(await catalog(undefined, "", scoped)).toEqual(await catalog(ann));
    expect(await catalog(undefined, "", await house.registryToken(ann, "repository:team/app:pull"))).toBe(401);
    // Who has not signed in sees what everybody may pull.
    expect(await catalog(undefined)).toEqual(["open/app"]);
  });

  test("referrers of a hidden image are asked for in vain, also through a repository that one may pull", async () => {
    const hidden = await ask(ann, `GET /v2/other/app/referrers/${secret.digest}`);
    expect(hidden.status).toBe(403);
    const mine = await ask(ann, `GET /v2/team/app/referrers/${secret.digest}`);
    expect(JSON.parse(mine.body)).toMatchObject({ manifests: [] });
    const none = await ask(ann, `GET /v2/team/app/referrers/${digestOf("none")}`);
    expect(mine.body).toBe(none.body);
  });

  test("nothing about hidden repositories stands in any list of /api/v1, not in totals, not by search, not by cursor", async () => {
    const lists = ["", "&search=other", "&search=app", "&sort=-pulls", "&sort=name", "&total=true"];
    for (const more of lists) {
      const reply = await ask(ann, `GET /api/v1/repositories?limit=100${more}`);
      expect([more, reply.status]).toEqual([more, 200]);
      expect(reply.body).not.toContain("other/");
    }
    const all = JSON.parse((await ask(ann, "GET /api/v1/repositories?total=true&limit=100")).body) as {
      items: unknown[];
      total: number;
    };
    expect(all.total).toBe(all.items.length);
    const page = JSON.parse((await ask(house.root, "GET /api/v1/repositories?limit=3&sort=name")).body) as { nextCursor: string };
    const next = await ask(ann, `GET /api/v1/repositories?limit=3&sort=name&cursor=${encodeURIComponent(page.nextCursor)}`);
    expect(next.body).not.toContain("other/");
  });

  test("nothing about hidden repositories stands in what is told of the whole registry", async () => {
    const paths = ["overview", "folders", "pulls/top", "pulls/top?kind=repository", "pulls/top?kind=digest", "search?q=oth"];
    expect((await ask(gus, "GET /v2/other/app/manifests/v1")).status).toBe(200);
    for (const path of [...paths, "search?q=app", "search?q=v1", `search?q=${secret.digest}`]) {
      const [all, part] = [await ask(house.root, `GET /api/v1/${path}`), await ask(ann, `GET /api/v1/${path}`)];
      expect([path, all.status, part.status]).toEqual([path, 200, 200]);
      expect(all.body, path).toContain("other/");
      expect(part.body, path).not.toContain("other/");
    }
  });

  test("whether something is also used elsewhere is told to those who see all of it", async () => {
    const freed = async (who: Credentials) => {
      const tags = JSON.parse((await ask(who, "GET /api/v1/tags?repository=team/app&detail=true")).body) as {
        items: { name: string; uniqueBytes: number | null }[];
      };
      const [{ name, uniqueBytes } = { name: "", uniqueBytes: 0 }] = tags.items;
      const one = await ask(who, `GET /api/v1/manifests/${name}?repository=team/app`);
      return [uniqueBytes, (JSON.parse(one.body) as { freesBytes: number | null }).freesBytes];
    };
    expect(await freed(house.root)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(await freed(ann)).toEqual([null, null]);
  });

  test("hidden and missing repositories are the same to every route of /api/v1 that takes one", async () => {
    const paths = [
      "/api/v1/tags?repository=REPO",
      "/api/v1/tags/v1/history?repository=REPO",
      "/api/v1/manifests?repository=REPO",
      `/api/v1/manifests/${secret.digest}?repository=REPO`,
      "/api/v1/pulls?repository=REPO",
      "/api/v1/pulls?repository=REPO&tag=v1",
      "/api/v1/pulls/top?repository=REPO",
    ];
    for (const path of paths) {
      const [hidden, missing] = [
        await ask(ann, `GET ${path.replace("REPO", "other/app")}`),
        await ask(ann, `GET ${path.replace("REPO", "other/gap")}`),
      ];
      const text = ({ status, body }: Reply): string =>
        `${status} ${body.replaceAll(/"requestId":"[^"]*"/g, "").replaceAll(/other\/(?:app|gap)/g, "NAME")}`;
      expect(text(hidden)).toBe(text(missing));
      expect(text(hidden)).toContain("404 ");
      expect((await ask(undefined, `GET ${path.replace("REPO", "other/app")}`)).status).toSatisfy(
        (status) => status === 401 || status === 404,
      );
    }
  });
});

test("other registries are asked with a login of ours, and so for nobody who has not signed in, even where everybody may pull all", async () => {
  const hub = { url: new URL("http://127.0.0.1:9"), username: "ann", password: "secret", names: [], insecure: false };
  await using open = await openHouse({ registries: { hub } });
  await open.grant({ kind: "everyone" }, "pull *");
  const dev = await open.user("dev");
  const get = (path: string, headers: Record<string, string> = {}) => open.asker.ask({ method: "GET", path, headers });
  const shownTo = async (headers?: Record<string, string>) =>
    (JSON.parse((await get("/api/v1/registries", headers)).body) as { items: unknown[] }).items.length;
  expect([await shownTo(), await shownTo({ authorization: basic(dev) })]).toEqual([0, 1]);
  for (const path of [
    "repositories?registry=hub",
    "tags?registry=hub&repository=a",
    `manifests/${shown.digest}?registry=hub&repository=a`,
  ]) {
    expect([path, (await get(`/api/v1/${path}`)).status]).toEqual([path, 404]);
  }
});
