// Rows of tags of another registry that a list without details left out.

import { describe, expect, test } from "vitest";
import { nthImage } from "../../test/fake/many-images.ts";
import { get, getProblem, settings, useRemotes } from "../../test/remote-api.ts";
import { deadlinesInHand } from "../../test/time-in-hand.ts";
import { tagDetailsAnswer } from "../wire/tag-details.ts";
import { tagsAnswer } from "../wire/tags.ts";

describe("details of tags of another registry", () => {
  const { openApi, startFake } = useRemotes();
  const details = (tags: string, place = "registry=fake&repository=team/app"): string =>
    `/api/v1/tags/details?${place}&tags=${tags}`;

  test("are the rows of the list, in the order of the question", async () => {
    const fake = await startFake();
    const api = await openApi({ fake: settings(fake.url) });
    const listed = await get(api, "/api/v1/tags?registry=fake&repository=team/app&sort=version&limit=3", tagsAnswer);
    const read = await get(api, details("1.0.2,1.0.0,1.0.1"), tagDetailsAnswer);
    expect(read.items).toEqual([2, 0, 1].map((at) => listed.items[at]));
    expect(read.capabilities).toEqual(listed.capabilities);
  });

  test("a list of names alone costs one request, and none for its rows", async () => {
    const fake = await startFake();
    const api = await openApi({ fake: settings(fake.url) });
    const url = "/api/v1/tags?registry=fake&repository=team/app&sort=version&limit=50&total=true&detail=false";
    const page = await get(api, url, tagsAnswer);
    expect(page.total).toBe(200);
    expect(page.items).toHaveLength(50);
    expect(page.items[2]).toMatchObject({ name: "1.0.2", digest: null, bytes: null, platforms: [], problem: null });
    expect(fake.requests.filter(({ path }) => path.includes("/manifests/"))).toEqual([]);
    // What an order needs is read all the same.
    const sorted = await get(api, url.replace("sort=version", "sort=-bytes").replace("limit=50", "limit=1"), tagsAnswer);
    expect(sorted.items[0]!.bytes).not.toBeNull();
  });

  test("a tag that is not there, or is broken, spoils its own row", async () => {
    const fake = await startFake();
    fake.fail({ kind: "wrong bytes" }, { path: new RegExp(nthImage(1).digest) });
    const api = await openApi({ fake: settings(fake.url) });
    const { items } = await get(api, details("1.0.0,1.0.1,nowhere,1.0.3"), tagDetailsAnswer);
    expect(items.map(({ name, problem: told }) => [name, told === null])).toEqual([
      ["1.0.0", true],
      ["1.0.1", false],
      ["nowhere", false],
      ["1.0.3", true],
    ]);
  });

  test("a registry that never answers is told in every row at the deadline", async () => {
    const fake = await startFake();
    const rule = fake.fail({ kind: "silent" });
    const deadlines = deadlinesInHand();
    const api = await openApi({ fake: settings(fake.url) });
    const reading = get(api, details(Array.from({ length: 50 }, (_, n) => `1.0.${n}`).join(",")), tagDetailsAnswer);
    await expect.poll(() => rule.hits).toBeGreaterThan(0);
    deadlines.pass();
    const { items } = await reading;
    expect(items).toHaveLength(50);
    expect(items.every(({ digest, problem: told }) => digest === null && told !== null)).toBe(true);
    expect(fake.requests.length).toBeLessThan(20);
  });

  test("fifty at most, all of them tags, and a registry is named", async () => {
    const api = await openApi({ fake: settings("http://127.0.0.1:1") });
    const many = Array.from({ length: 51 }, (_, n) => `1.0.${n}`).join(",");
    expect(await getProblem(api, details(many))).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
    expect(await getProblem(api, details("a,,b"))).toMatchObject({ status: 400 });
    expect(await getProblem(api, details("a/b"))).toMatchObject({ status: 400 });
    expect(await getProblem(api, details("a", "repository=team/app"))).toMatchObject({ status: 400 });
  });
});
