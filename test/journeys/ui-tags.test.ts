// Tables of tags: as many requests as blocks are seen whatever the rows show, everything found on the server, and the platforms of an
// image in their place without a request.

import { afterAll, expect } from "vitest";
import { naturalKey, versionKey } from "../../src/oci/name-orders.ts";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { formatBytes } from "../../src/web/show/count.ts";
import { attestation, image, index, type Image } from "../image.ts";
import type { ManifestAnswer } from "../../src/wire/manifests.ts";
import type { TagsAnswer } from "../../src/wire/tags.ts";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import { pushImage } from "../push.ts";
import { describeJourneys, journey, type JourneyOptions, type Walk } from "../web.ts";

const blockSize = 100;

const started: FakeRegistry[] = [];
afterAll(async () => {
  for (const fake of started) await fake.close();
});
async function elsewhere(): Promise<JourneyOptions> {
  const fake = await startFakeRegistry();
  started.push(fake);
  await pushImage(fake.url, "team/app", image(), ...Array.from({ length: 120 }, (_, n) => `v1.${n}`));
  const other = { url: new URL(fake.url), insecure: true, names: [], username: undefined, password: undefined };
  return { settings: { registries: { other } } };
}

const grid = ({ page }: Walk) => page.getByRole("treegrid", { name: "Tags" });
const rowOf = (walk: Walk, tag: string) =>
  grid(walk)
    .getByRole("row")
    .filter({ has: walk.page.getByRole("link", { name: tag, exact: true }) });
const rowCount = async (walk: Walk) => Number(await grid(walk).getAttribute("aria-rowcount")) - 1;
/** Offsets of the lists of tags that were asked for. */
const blocksAsked = ({ asked }: Walk) =>
  asked
    .filter((path) => path.startsWith("/tags?") && path.includes("offset="))
    .map((path) => Number(new URL(path, "http://a").searchParams.get("offset")) / blockSize);
const tagName = (n: number): string => `v1.0.${String(n).padStart(5, "0")}`;

/** A hundred images, each pushed with a tag; the other tags on them are written as rows, all at once. */
async function pushMany({ house }: Walk, repository: string, count: number): Promise<Image[]> {
  const images = Array.from({ length: 100 }, (_, n) => image({ layers: ["base", `of ${n}`] }));
  const each = count / images.length;
  for (const [n, whole] of images.entries()) await house.push(repository, whole, tagName(n * each));
  const db = await openDatabase({ folder: house.folder });
  try {
    await multiply(db, repository, each);
  } finally {
    await db.close();
  }
  return images;
}

/** Each tag of the repository becomes so many, on the same image. */
function multiply(db: Database, repository: string, each: number): Promise<void> {
  return db.transaction(async (tx) => {
    const pushed = await tx.selectFrom("tag").selectAll().orderBy("name").execute();
    for (const { id: _id, ...row } of pushed) {
      const first = Number(row.name.slice(-5));
      const names = Array.from({ length: each - 1 }, (_, n) => tagName(first + n + 1));
      const rows = names.map((name) => ({
        ...row,
        name,
        natural_key: naturalKey(name),
        version_key: versionKey(name),
        epoch: 0,
      }));
      await tx.insertInto("tag").values(rows).execute();
      await tx.updateTable("manifest").set({ tag_count: each }).where("id", "=", row.manifest_id).execute();
    }
    await tx
      .updateTable("tag")
      .set((eb) => ({ epoch: eb.ref("id") }))
      .where("epoch", "=", 0)
      .execute();
    await tx
      .updateTable("repository")
      .set((eb) => ({ tag_count: eb("tag_count", "*", each) }))
      .where("name", "=", repository)
      .execute();
  });
}

describeJourneys("tables of tags", () => {
  journey("of another registry names come first, and all are read when somebody wants another order", elsewhere, async (walk) => {
    const { page, asked, open } = walk;
    await open("/x/other/team/app?sort=-version");
    await rowOf(walk, "v1.119").getByText("amd64").waitFor();
    expect(await rowCount(walk)).toBe(120);
    expect(asked.filter((path) => path.startsWith("/tags/details")).length).toBe(1);
    await grid(walk)
      .getByRole("button", { name: /^Built/ })
      .click();
    const reading = page.getByRole("region", { name: "Reading all tags" });
    await reading.getByText("all 120 tags").waitFor();
    await reading.getByRole("button", { name: "Cancel" }).click();
    expect(new URL(page.url()).searchParams.get("sort")).toBe("-version");
    await grid(walk)
      .getByRole("button", { name: /^Built/ })
      .click();
    await reading.getByRole("button", { name: "Read" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("sort")).toBe("-builtAt");
    await reading.waitFor({ state: "detached" });
    // All say the same, so their names decide, byte by byte.
    await rowOf(walk, "v1.99").waitFor();
  });

  journey("ten thousand tags cost a request for each block that is seen", {}, async (walk) => {
    const { page, asked, open } = walk;
    const count = 10_000;
    const images = await pushMany(walk, "team/many", count);
    await open("/r/team/many?sort=name");
    await rowOf(walk, tagName(0)).waitFor();
    expect(await rowCount(walk)).toBe(count);
    expect(blocksAsked(walk)).toEqual([0]);
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(1500);

    // The end, without what is between.
    await rowOf(walk, tagName(0)).focus();
    await page.keyboard.press("Shift+End");
    await page.getByText("A range takes at most 5,000 rows").waitFor();
    await page.keyboard.press("End");
    await page.getByText("A range takes at most 5,000 rows").waitFor({ state: "detached" });
    await rowOf(walk, tagName(count - 1)).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-rowindex"))).toBe(String(count + 1));
    expect(new Set(blocksAsked(walk))).toEqual(new Set([0, 99]));

    // Somewhere, by the scrollbar; the row with the focus is still there.
    await grid(walk).evaluate((element) => element.parentElement!.scrollTo(0, element.parentElement!.scrollHeight / 2));
    await rowOf(walk, tagName(count / 2)).waitFor();
    expect(blocksAsked(walk).length).toBeLessThanOrEqual(4);
    expect(asked.filter((path) => path.startsWith("/manifests"))).toEqual([]);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-rowindex"))).toBe(String(count + 1));
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(1500);

    // Only the tags of one image.
    const digits = images[7]!.digest.slice("sha256:".length, "sha256:".length + 12);
    await page.getByRole("searchbox", { name: "Filter by tag or digest" }).fill(digits);
    await expect.poll(() => rowCount(walk)).toBe(100);
    await rowOf(walk, tagName(700)).waitFor();
    await expect.poll(() => grid(walk).evaluate((element) => element.parentElement!.scrollTop)).toBe(0);
    expect(await rowOf(walk, tagName(0)).count()).toBe(0);
    expect(new URL(page.url()).searchParams.get("q")).toBe(digits);
    await page.reload();
    await rowOf(walk, tagName(700)).waitFor();
    expect(await rowCount(walk)).toBe(100);
  });

  journey("what arrives is shown where a filter left nothing under the pointer", {}, async (walk) => {
    const { house, page, open } = walk;
    await house.push("team/app", image(), "v1");
    await page.clock.install();
    await open("/r/team/app");
    await rowOf(walk, "v1").hover();
    await page.keyboard.press("/");
    await page.keyboard.type("v2");
    await page.getByRole("heading", { name: "No tag matches" }).waitFor();
    await house.push("team/app", image({ layers: ["new"] }), "v2");
    await page.clock.fastForward(31_000);
    await rowOf(walk, "v2").waitFor();
  });

  journey("what is expanded stands in the address: after a reload, in another order and in another window", {}, async (walk) => {
    const { house, page, open } = walk;
    const both = index([
      image({ layers: ["amd"], platform: "linux/amd64" }),
      image({ layers: ["arm"], platform: "linux/arm64" }),
    ]);
    await house.push("team/app", both, "v1", "v2", "v3");
    await house.push("team/web", both, "v1");
    const opened = (other: Walk) =>
      grid(other)
        .locator("[role=row][aria-expanded=true]")
        .evaluateAll((rows) => rows.map((row) => row.textContent.slice(0, 2)));
    await open("/r/team/app?sort=name");
    for (const name of ["v3", "v1"])
      await rowOf(walk, name)
        .getByRole("button", { name: /^Expand/ })
        .click();
    await page.waitForURL(/open=v3,v1|open=v1,v3/);
    await page.reload();
    await expect.poll(() => opened(walk)).toEqual(["v1", "v3"]);
    expect(await rowCount(walk)).toBe(3 + 2 * 2);
    await grid(walk).getByRole("button", { name: "Tag", exact: true }).click();
    await expect.poll(() => opened(walk)).toEqual(["v3", "v1"]);

    const other = await walk.another();
    await other.page.goto(page.url());
    await expect.poll(() => opened(other)).toEqual(["v3", "v1"]);

    await rowOf(walk, "v1").getByRole("button", { name: /^Fold/ }).click();
    await page.waitForURL(/open=v3(?:&|$)/);
    // A tag of the same name elsewhere is not meant.
    await open("/r/team/web");
    await rowOf(walk, "v1").waitFor();
    expect(await opened(walk)).toEqual([]);
  });

  journey(
    "a filter that there is not is refused in words, and shows nothing that could be taken for what it meant",
    {},
    async (walk) => {
      const { house, page, open, expectStatus } = walk;
      await house.push("team/app", image(), "v1");
      expectStatus(400);
      for (const [path, wrong, words] of [
        ["/r/team/app", "usage=idel", /give some of used, idle, never, new, unknown/],
        ["/r/team/app", "type=picture", /give one of image, index, chart, artifact/],
        ["/tags", "sort=drop", /give one of name, natural/],
        ["/repositories", "usage=idel", /give some of used, idle/],
        ["/repositories", "kind=mirror", /give local or proxy/],
        ["/repositories", "sort=-size", /give one of name, tags/],
      ] as const) {
        await open(`${path}?${wrong}`);
        await page.getByRole("alert").getByText(words).waitFor();
        expect(await page.getByRole("treegrid").count(), wrong).toBe(0);
        await page.getByRole("button", { name: "Clear filter and order" }).click();
        await page.getByRole("treegrid").getByRole("link").first().waitFor();
        expect(new URL(page.url()).search).toBe("");
      }
    },
  );

  journey("platforms stand below their image without a request, and what is absent says so", {}, async (walk) => {
    const { house, page, asked, open, settle } = walk;
    const amd = image({ layers: ["base", "amd"], platform: "linux/amd64" });
    const arm = image({ layers: ["base", "arm"], platform: "linux/arm64" });
    const whole = index([amd, arm, attestation(amd)]);
    await house.push("team/app", whole, "v1", "latest");
    const part = image({ layers: ["base", "absent"], platform: "linux/s390x" });
    const partly = index([amd, part]);
    await house.push("team/app", partly, "partly");
    const reply = await house.asker.ask({ method: "DELETE", path: `/v2/team/app/manifests/${part.digest}` });
    expect(reply.status).toBe(202);
    for (const reference of ["v1", amd.digest, amd.digest]) await fetch(`${house.url}/v2/team/app/manifests/${reference}`);

    await open("/r/team/app");
    await rowOf(walk, "v1").waitFor();
    const before = asked.length;
    await rowOf(walk, "v1")
      .getByRole("button", { name: /^Expand/ })
      .click();
    const below = grid(walk).locator("[role=row][aria-level='2']");
    await expect.poll(() => below.count()).toBe(2);
    expect(await rowCount(walk)).toBe(5);
    // A platform is not deleted by itself, and not its tag in its place.
    await below.first().focus();
    await page.keyboard.press("Delete");
    await page.getByRole("status").filter({ hasText: "A platform goes with its image" }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    const shown = (await below.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
    await rowOf(walk, "v1").getByRole("button", { name: /^Fold/ }).click();
    await expect.poll(() => below.count()).toBe(0);

    await rowOf(walk, "partly")
      .getByRole("button", { name: /^Expand/ })
      .click();
    await below.filter({ hasText: "linux/s390x" }).filter({ hasText: "absent" }).waitFor();
    expect(await rowOf(walk, "partly").innerText()).toContain("incomplete");
    await settle();
    expect(asked.slice(before)).toEqual([]);

    // What was shown is what the manifest says.
    const answer = await fetch(`${house.url}/api/v1/manifests/v1?repository=team/app`);
    const { children } = (await answer.json()) as ManifestAnswer;
    expect(children.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
    for (const [at, { platform, digest, bytes, pulls }] of children.entries()) {
      expect(shown[at]).toContain(platform);
      expect(shown[at]).toContain(digest.slice("sha256:".length, "sha256:".length + 12));
      expect(shown[at]).toContain(formatBytes(bytes!));
      expect(shown[at]!.trim().endsWith(` ${pulls.count}`)).toBe(true);
    }
    // The row says what is stored of all of it, its tip what one client fetches: the index and one image.
    const listed = await fetch(`${house.url}/api/v1/tags?repository=team/app&search=v1`);
    const { items } = (await listed.json()) as TagsAnswer;
    const stored = formatBytes(items.find(({ name }) => name === "v1")!.bytes!);
    const tip = rowOf(walk, "v1").locator(`[data-tip^="Stored, with all platforms: ${stored} "]`);
    expect(await tip.innerText()).toBe(stored);
    const most = whole.bytes.length + Math.max(...children.map(({ bytes }) => bytes!));
    expect(await tip.getAttribute("data-tip")).toContain(formatBytes(most));
  });

  journey("tags of one image are marked together, and a click leaves only them", {}, async (walk) => {
    const { house, page, open } = walk;
    await house.push("team/app", image({ layers: ["one"] }), "v1", "latest", "stable");
    await house.push("team/app", image({ layers: ["two"] }), "v2");
    await open("/r/team/app?sort=name");
    const siblings = rowOf(walk, "v1").getByRole("button", { name: /same image as v1/ });
    await siblings.hover();
    await expect.poll(() => grid(walk).locator("[data-marked]").count()).toBe(3);
    await siblings.click();
    await expect.poll(() => rowCount(walk)).toBe(3);
    expect(await rowOf(walk, "v2").count()).toBe(0);
    await page.goBack();
    await rowOf(walk, "v2").waitFor();
  });

  journey("filters and order of the tags of all repositories are in the address", {}, async (walk) => {
    const { house, clock, page, open } = walk;
    await house.push("team/old", image({ layers: ["old"], layerBytes: 5000 }), "v1");
    await fetch(`${house.url}/v2/team/old/manifests/v1`);
    clock.move(40 * 86_400_000);
    await house.push("team/new", image({ layers: ["new"] }), "v1");
    await open("/tags?usage=idle&sort=-bytes");
    await rowOf(walk, "team/old:v1").waitFor();
    expect(await rowCount(walk)).toBe(1);
    expect(await rowOf(walk, "team/old:v1").innerText()).toContain("idle 40 d");
    await page.getByRole("button", { name: "idle" }).click();
    await page.getByRole("menuitem", { name: "Any usage" }).click();
    await page.keyboard.press("Escape");
    await rowOf(walk, "team/new:v1").waitFor();
    await grid(walk).getByRole("button", { name: "Tag", exact: true }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("sort")).toBe("name");
    await expect
      .poll(() => grid(walk).getByRole("columnheader", { name: "Tag", exact: true }).getAttribute("aria-sort"))
      .toBe("ascending");
    const another = await walk.another();
    await another.page.goto(page.url());
    await rowOf(another, "team/new:v1").waitFor();
    expect(await rowCount(another)).toBe(2);
  });
});
