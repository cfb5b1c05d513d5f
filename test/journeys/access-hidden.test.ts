// What somebody may not see: it is in no list, number, search or order of /api/v1, and answers as what is missing does.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { basic, openHouse, type Credentials, type House } from "../access-house.ts";
import { routeTable, row } from "../access-routes.ts";
import { replayed } from "../api.ts";
import { each, type Reply } from "../asker.ts";
import { image, index } from "../image.ts";

let house: House;
let reader: Credentials;
beforeAll(async () => {
  house = await openHouse();
  reader = await house.user("ann", ["pull team/*"]);
  await house.push("team/app", image(), "v1");
});
afterAll(() => house[Symbol.asyncDispose]());

describe("a closed registry in which everybody may do nothing", () => {
  test("shows who has not signed in no list, no number, no name", async () => {
    await using closed = await openHouse();
    await closed.push("team/app", image(), "v1");
    const seers = routeTable.filter((one) => one.for === "seers" || one.for === "readers" || one.for === "all");
    for (const { target } of seers.filter((one) => one.target.startsWith("GET"))) {
      const reply = await closed.asker.ask({ method: "GET", path: target.split(" ")[1]! });
      expect([target, reply.status]).toEqual([target, 401]);
    }
    const session = await closed.asker.ask({ method: "GET", path: "/api/v1/session" });
    expect(JSON.parse(session.body)).toMatchObject({ kind: "anonymous", open: false, visible: [] });
    const anywhere = ["/v2/_catalog", "/v2/team/app/tags/list", "/v2/"];
    for (const path of anywhere) expect((await closed.asker.ask({ method: "GET", path })).status).toBe(401);
  });
});

describe("what is hidden", () => {
  const shown = image({ layers: ["base", "shown"], created: "2026-01-01T00:00:00Z" });
  const multi = index([shown]);
  /** Of what is seen nothing else uses its layer. */
  const alone = image({ layers: ["alone"] });
  const hidden = image({ layers: ["base", "shown", "hidden"] });
  const signature = image({ layers: ["signature"], subject: shown, artifactType: "application/signature" });
  const beginning = hidden.digest.slice(7, 19);
  const questions = [
    "status",
    "overview",
    "registries",
    ...["name", "-pulls", "-bytes", "-updatedAt"].map((sort) => `repositories?sort=${sort}&detail=true&total=true`),
    "repositories?limit=1&offset=1&total=true",
    "repositories?search=app&total=true",
    "repositories?usage=new,used&total=true",
    "repositories?under=other/&total=true",
    "repositories?name=other/app&total=true",
    "repositories?direct=true&total=true",
    "folders",
    "folders?under=other/",
    ...["app", "other/app", "other/app:v1", "v1", "solo", hidden.digest, beginning].map((q) => `search?q=${q}`),
    ...["name", "-pulls", "-imagePulls", "-pushedAt", "-version"].map((sort) => `tags?sort=${sort}&detail=true&total=true`),
    "tags?limit=1&offset=2&total=true",
    "tags?search=v&total=true",
    "tags?usage=new&total=true",
    "tags?usage=used&total=true",
    "tags?platform=linux/arm64&total=true",
    "tags?type=image&total=true",
    `tags?search=${beginning}&total=true`,
    `tags?digest=${beginning}&total=true`,
    "tags?repository=team/app&detail=true&total=true",
    "tags/v1/history?repository=team/app",
    "manifests?repository=team/app&total=true",
    "manifests/v1?repository=team/app",
    "manifests/multi?repository=team/app",
    "manifests/alone?repository=team/app",
    `manifests/${shown.digest}?repository=team/app`,
    `manifests/${hidden.digest}?repository=team/app`,
    `manifests/${beginning}?repository=team/app`,
    `manifests/${hidden.digest}/raw?repository=team/app`,
    "pulls",
    "pulls?interval=auto&all=true",
    "pulls?repository=team/app",
    ...["repository", "tag", "digest"].map((kind) => `pulls/top?kind=${kind}`),
    "pulls/top?repository=team/app",
  ].map((path) => `/api/v1/${path}`);
  const ofTheMoment = /"(?:asOf|now|to|requestId)":"[^"]*",?/g;

  test("changes no list, no number, no search and no order, however much of it is pushed and pulled", async () => {
    const start = Date.UTC(2026, 4, 5, 12);
    const began = Date.now();
    let ahead = 0;
    // Within an hour, so that no bucket ends meanwhile; what is kept for a while is forgotten between the looks.
    await using own = await openHouse({}, { now: () => start + Date.now() - began + ahead });
    await own.grant({ kind: "everyone" }, "pull open/*");
    const ann = await own.user("ann", ["delete team/*"]);
    const hugo = await own.user("hugo");
    const asking = [{ authorization: basic(ann) }, { authorization: basic(hugo) }, {}] as Record<string, string>[];
    const pull = (path: string) =>
      own.asker.ask({ method: "GET", path: `/v2/${path}`, headers: { authorization: basic(own.root) } });
    await own.push("team/app", shown, "v1", "v2");
    await own.push("team/app", multi, "multi");
    await own.push("team/app", alone, "alone");
    await own.push("open/app", shown, "v1");
    for (const path of ["team/app/manifests/v1", "open/app/manifests/v1"]) await pull(path);
    const planDeletion = async (): Promise<string> => {
      const headers = { authorization: basic(ann), "content-type": "application/json" };
      const body = JSON.stringify({ repository: "team/app", filter: {}, dryRun: true });
      return (await own.asker.ask({ method: "POST", path: "/api/v1/tags/delete", headers, body })).body;
    };
    const look = async (): Promise<string[]> => {
      ahead += 5 * 60_000;
      const answers = await each(
        asking.flatMap((headers) => questions.map((path) => ({ headers, path }))),
        1,
        async ({ headers, path }) => {
          const { status, body } = await own.asker.ask({ method: "GET", path, headers });
          return `${Object.values(headers).join("")} ${path} ${status} ${body.replaceAll(ofTheMoment, "")}`;
        },
      );
      return [...answers, await planDeletion()];
    };
    // Whether an earlier process has left a journal is found out a moment after the start, and answers say so until then.
    await replayed(own.url);
    const before = await look();
    expect(before.filter((one) => /"usage":null/.test(one))).toEqual([]);
    for (const name of ["other/app", "other/more", "solo", "team", "teams/app"]) {
      await own.push(name, shown, "v1", "v2");
      await own.push(name, multi, "multi");
      await own.push(name, alone, "v3");
      await own.push(name, hidden, "v1", "hidden");
      await own.push(name, signature, "signature");
      for (let pulls = 0; pulls < 5; pulls++) await pull(`${name}/manifests/hidden`);
      await pull(`${name}/manifests/${shown.digest}`);
    }
    const after = await look();
    expect(before.flatMap((answer, at) => (answer === after[at] ? [] : [[answer, after[at]]]))).toEqual([]);
  });

  test("answers every question as what is missing does, also to who would change it", async () => {
    await house.push("other/hidden", image(), "v1");
    const asked = (target: string, body?: object) => house.ask(target, { authorization: basic(reader) }, body);
    const plain = ({ status, body }: Reply, name: string): string =>
      `${status} ${body.replaceAll(name, "NAME").replaceAll(/"requestId":"[^"]*"/g, "")}`;
    const targets = [
      ...routeTable.filter(({ target }) => target.includes("repository=team/app")),
      row("POST /api/v1/tags/v1/restore?repository=team/app", "readers", 404),
      ...[{ tags: [{ name: "v1" }] }, { filter: {} }, { filter: { usage: "never" }, dryRun: true }].map((what) =>
        row("POST /api/v1/tags/delete", "readers", 404, { repository: "team/app", ...what }),
      ),
    ];
    for (const { target, body } of targets) {
      const [there, missing] = await Promise.all(
        ["other/hidden", "other/nobody"].map(async (name) =>
          plain(await asked(target.replace("team/app", name), body && { ...body, repository: name }), name),
        ),
      );
      expect([target, there]).toEqual([target, missing]);
    }
  });
});
