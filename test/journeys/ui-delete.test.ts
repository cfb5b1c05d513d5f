// Deleting tags: what will happen is said before, by name; what stands elsewhere by then stays; and all of it can be undone, with the
// numbers that were there.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect } from "vitest";
import type { TagHistoryAnswer, TagsAnswer } from "../../src/wire/tags.ts";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import { image } from "../image.ts";
import { pushImage } from "../push.ts";
import { describeJourneys, journey, type JourneyOptions, type Walk } from "../web.ts";

const started: FakeRegistry[] = [];
afterAll(async () => {
  for (const fake of started) await fake.close();
});
/** Another registry with a repository of the same name as ours. */
async function withOther(): Promise<JourneyOptions> {
  const fake = await startFakeRegistry();
  started.push(fake);
  await pushImage(fake.url, "team/app", image(), "v1", "v2", "v3");
  const other = { url: new URL(fake.url), insecure: true, names: [], username: undefined, password: undefined };
  return { settings: { registries: { other } } };
}

const grid = ({ page }: Walk) => page.getByRole("treegrid", { name: "Tags" });
const rowOf = (walk: Walk, tag: string) =>
  grid(walk)
    .getByRole("row")
    .filter({ has: walk.page.getByRole("link", { name: tag, exact: true }) });
const boxOf = (walk: Walk, tag: string) => rowOf(walk, tag).getByRole("checkbox");
const pull = (walk: Walk, reference: string) => fetch(`${walk.house.url}/v2/team/app/manifests/${reference}`);
const historyOf = async ({ house }: Walk, tag: string) =>
  ((await (await fetch(`${house.url}/api/v1/tags/${tag}/history?repository=team/app`)).json()) as TagHistoryAnswer).items;
const tagsOf = async ({ house }: Walk) =>
  ((await (await fetch(`${house.url}/api/v1/tags?repository=team/app&sort=name`)).json()) as TagsAnswer).items;

describeJourneys("deleting tags", () => {
  journey("a range of three says what stays, goes, and comes back as it was", {}, async (walk) => {
    const { house, page, open } = walk;
    const shared = image({ layers: ["base", "shared"] });
    const alone = image({ layers: ["base", "alone"], layerBytes: 2000 });
    await house.push("team/app", shared, "a1", "a2", "latest");
    await house.push("team/app", alone, "a3");
    await house.push(
      "team/app",
      image({ layers: ["sig"], artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json", subject: alone }),
    );
    for (const tag of ["a1", "a1", "a3"]) expect((await pull(walk, tag)).status).toBe(200);
    const before = await tagsOf(walk);
    const historyBefore = await historyOf(walk, "a3");

    await open("/r/team/app?sort=name");
    await boxOf(walk, "a1").click();
    await boxOf(walk, "a3").click({ modifiers: ["Shift"] });
    const bar = page.getByRole("region", { name: "Chosen tags" });
    await bar.getByText("3 chosen").waitFor();
    await bar.getByText(/that nothing else uses/).waitFor();
    await bar.getByRole("button", { name: "Delete…" }).click();
    const dialog = await walk.dialog("Delete 3 tags of team/app?");
    const going = dialog.getByRole("list", { name: "Will be deleted" });
    const named = await going.getByRole("listitem").allInnerTexts();
    expect(named.map((text) => text.split(/\s/)[0])).toEqual(["a1", "a2", "a3"]);
    expect(named[0]).toContain("still is latest");
    expect(named[2]).toContain("no tag is left");
    expect(named[2]).toContain("1 signature or other referrer");
    expect(await dialog.innerText()).toMatch(/No space is freed now: [\d.]+ (?:B|KiB) that nothing else uses/);
    await walk.checkAccessibility();
    await dialog.getByRole("button", { name: "Delete 3 tags" }).click();
    await expect.poll(() => grid(walk).getAttribute("aria-rowcount")).toBe("2");
    expect((await pull(walk, "latest")).status).toBe(200);
    expect((await pull(walk, "a1")).status).toBe(404);

    await page.getByRole("button", { name: /^Undo/ }).click();
    await page.getByText("3 tags restored").waitFor();
    await boxOf(walk, "a3").waitFor();
    const after = await tagsOf(walk);
    const facts = (items: TagsAnswer["items"]) =>
      items.map(({ name, digest, pushedAt, pulls }) => ({ name, digest, pushedAt, pulls: pulls.count }));
    expect(facts(after.filter(({ name }) => name !== "latest"))).toEqual(facts(before.filter(({ name }) => name !== "latest")));

    // It is as if nothing had happened: pushed when it was pushed, by who pushed it.
    await open("/r/team/app?view=history&tag=a3");
    const history = page.getByRole("table", { name: "History of a3" });
    await history.getByText("still there").waitFor();
    expect(await history.getByText("deleted", { exact: true }).count()).toBe(0);
    expect(await historyOf(walk, "a3")).toEqual(historyBefore);
  });

  journey("a tag that was moved meanwhile is not deleted, and named", {}, async (walk) => {
    const { house, page, open } = walk;
    await house.push("team/app", image({ layers: ["one"] }), "stays", "moves");
    await open("/r/team/app?sort=name");
    await boxOf(walk, "moves").click();
    await boxOf(walk, "stays").click();
    await page.getByRole("button", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Delete 2 tags" }).waitFor();
    await house.push("team/app", image({ layers: ["two"] }), "moves");
    await dialog.getByRole("button", { name: "Delete 2 tags" }).click();
    const kept = dialog.getByRole("list", { name: "Tags that stay" });
    expect(await kept.innerText()).toMatch(/^moves was moved meanwhile/);
    await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
    await dialog.waitFor({ state: "detached" });
    expect((await tagsOf(walk)).map(({ name }) => name)).toEqual(["moves"]);
    await expect.poll(() => grid(walk).getAttribute("aria-rowcount")).toBe("2");
    await page.getByText("team/app:stays deleted").waitFor();

    // Where nothing is deleted there is nothing to undo, but what was deleted before.
    await boxOf(walk, "moves").click();
    await page.getByRole("button", { name: "Delete…" }).click();
    await dialog.getByRole("button", { name: "Delete 1 tag" }).waitFor();
    await house.push("team/app", image({ layers: ["three"] }), "moves");
    await dialog.getByRole("button", { name: "Delete 1 tag" }).click();
    await dialog.getByText("Nothing was deleted.").waitFor();
    expect(await page.getByText(/ deleted$/).allInnerTexts()).toEqual(["team/app:stays deleted"]);
  });

  journey("all that match go as the filter, and only they", {}, async (walk) => {
    const { house, page, open } = walk;
    const tags = Array.from({ length: 200 }, (_, n) => `dev-${n}`);
    await house.push("team/app", image(), ...tags, "v1");
    await open("/r/team/app?q=dev-&sort=name");
    await expect.poll(() => grid(walk).getAttribute("aria-rowcount")).toBe("201");
    // A range reads what it takes; from the end of the list, where its first rows are not at hand, all are chosen.
    await rowOf(walk, "dev-0").focus();
    await page.keyboard.press("Shift+End");
    const bar = page.getByRole("region", { name: "Chosen tags" });
    await bar.getByText("200 chosen").waitFor();
    await page.keyboard.press("Shift+ArrowUp");
    await bar.getByText("199 chosen").waitFor();
    await page.keyboard.press("Escape");
    await rowOf(walk, "dev-99").waitFor();
    await page.getByRole("checkbox", { name: "Choose all 200 that match" }).click();
    await bar.getByText("200 chosen").waitFor();
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete 200 tags" }).click();
    await page.getByRole("heading", { name: "No tag matches" }).waitFor();
    expect((await tagsOf(walk)).map(({ name }) => name)).toEqual(["v1"]);
    await page.keyboard.press("Control+z");
    await page.getByText("200 tags restored").waitFor();
    await expect.poll(async () => (await tagsOf(walk)).length).toBe(100);
  });

  journey("what a second try deletes is undone together with what the first one did", {}, async (walk) => {
    const { house, page, open, expectStatus } = walk;
    await house.push("team/app", image(), "a1", "a2");
    await house.push("team/web", image(), "b1");
    await open("/tags?sort=name");
    for (const place of ["team/app:a1", "team/web:b1"]) await boxOf(walk, place).click();
    let isBroken = true;
    await page.route("**/api/v1/tags/delete", async (route) => {
      const { repository, dryRun } = route.request().postDataJSON() as { repository: string; dryRun?: boolean };
      if (!isBroken || dryRun === true || repository !== "team/web") return route.continue();
      isBroken = false;
      expectStatus(503);
      const problem = {
        type: "about:blank",
        status: 503,
        code: "UNAVAILABLE",
        title: "Unavailable",
        detail: "the database is away",
        requestId: "1",
      };
      return route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) });
    });
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete 2 tags" }).click();
    await page.getByRole("dialog").getByText("the database is away").waitFor();
    await page.getByText("team/app:a1 deleted").waitFor();
    await page.getByRole("button", { name: "Delete 1 tag" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByText("2 tags deleted").waitFor();
    await expect.poll(() => grid(walk).getAttribute("aria-rowcount")).toBe("2");
    await page.keyboard.press("Control+z");
    await page.getByText("2 tags restored").waitFor();
    for (const place of ["team/app:a1", "team/app:a2", "team/web:b1"]) await rowOf(walk, place).waitFor();
  });

  journey("what was deleted on its own page is not in any list afterwards", {}, async (walk) => {
    const { house, page, open, expectStatus } = walk;
    await house.push("team/app", image(), "v1", "v2");
    expectStatus(404);
    await open("/r/team/app");
    await rowOf(walk, "v1").getByRole("link", { name: "v1", exact: true }).click();
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete 1 tag" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await expect.poll(() => grid(walk).getAttribute("aria-rowcount")).toBe("2");
    await rowOf(walk, "v2").waitFor();
    expect(await rowOf(walk, "v1").count()).toBe(0);
  });

  journey("all that are chosen are those that are shown, whatever the filter says by now", {}, async (walk) => {
    const { house, page, open, expectStatus } = walk;
    await house.push("team/app", image(), "dev-1", "dev-2", "v1");
    await open("/r/team/app?q=dev-&sort=name");
    const bar = page.getByRole("region", { name: "Chosen tags" });
    const remove = bar.getByRole("button", { name: /^Delete/ });
    const chooseAll = async (): Promise<void> => {
      await page.getByRole("checkbox", { name: "Choose all 2 that match" }).click();
      await bar.getByText("2 chosen").waitFor();
      expect(await remove.getAttribute("aria-disabled")).not.toBe("true");
    };
    await rowOf(walk, "dev-1").waitFor();
    await chooseAll();

    // Another filter is not answered yet.
    const gate = Promise.withResolvers<void>();
    const lists = (url: URL): boolean => url.pathname === "/api/v1/tags" && !url.searchParams.has("search");
    await page.route(lists, async (route) => {
      await gate.promise;
      await route.continue();
    });
    const filter = page.getByRole("searchbox", { name: "Filter by tag or digest" });
    await filter.fill("");
    await expect.poll(() => remove.getAttribute("aria-disabled")).toBe("true");
    await rowOf(walk, "dev-1").focus();
    await page.keyboard.press("Delete");
    await page.getByRole("status").filter({ hasText: "The tags that match now are not here yet." }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    gate.resolve();
    await rowOf(walk, "v1").waitFor();
    expect(await bar.count()).toBe(0);
    await page.unroute(lists);

    // Another filter is not answered at all: what answered the one before goes, and is not said to be of long ago.
    await filter.fill("dev-");
    await rowOf(walk, "v1").waitFor({ state: "detached" });
    await chooseAll();
    const db = new DatabaseSync(join(house.folder, "catalogue.db"), { timeout: 20_000 });
    db.exec("ALTER TABLE tag RENAME TO tag_away");
    expectStatus(500);
    await filter.fill("v");
    const alert = page.getByRole("alert").filter({ hasText: "Could not load the tags" });
    await alert.waitFor();
    expect(await page.locator("main").innerText()).not.toContain("1970");
    expect(await grid(walk).count()).toBe(0);
    expect(await bar.count()).toBe(0);
    db.exec("ALTER TABLE tag_away RENAME TO tag");
    db.close();
    await alert.getByRole("button", { name: "Try again" }).click();
    await rowOf(walk, "v1").waitFor();
  });

  journey("the keys delete nothing here for tags that are another registry's", withOther, async (walk) => {
    const { house, page, open, settle, asked } = walk;
    await house.push("team/app", image(), "v1", "v2", "v3");
    await open("/x/other/team/app?sort=name");
    await rowOf(walk, "v1").focus();
    for (const keys of [["x", "Shift+ArrowDown"], ["Control+a"]]) {
      for (const key of keys) await page.keyboard.press(key);
      await page.getByRole("region", { name: "Chosen tags" }).waitFor();
      await page.keyboard.press("Delete");
      await page.getByRole("status").filter({ hasText: "Tags of another registry are deleted there, not here." }).waitFor();
      await settle();
      expect(await page.getByRole("dialog").count()).toBe(0);
      await page.keyboard.press("Escape");
    }
    expect(asked.filter((path) => path.startsWith("/tags/delete"))).toEqual([]);
    expect((await tagsOf(walk)).map(({ name }) => name)).toEqual(["v1", "v2", "v3"]);
  });

  journey("who may not delete is told why, and who has not signed in sees nothing of it", { closed: true }, async (walk) => {
    const { house, page, open } = walk;
    await house.push("team/app", image(), "v1", "v2");
    await house.grant({ kind: "everyone" }, "pull team/*");
    const reader = await house.user("reader", ["pull team/*"]);
    await open("/r/team/app");
    await boxOf(walk, "v1").click();
    await page.getByRole("region", { name: "Chosen tags" }).waitFor();
    expect(await page.getByRole("button", { name: /^Delete/ }).count()).toBe(0);

    const signedIn = await walk.another();
    await signedIn.page.goto("/ui/sign-in");
    await signedIn.signIn(reader);
    await signedIn.open("/r/team/app");
    await boxOf(signedIn, "v1").click();
    const button = signedIn.page.getByRole("button", { name: /^Delete…/ });
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    await signedIn.page.getByRole("button", { name: /^Compare/ }).focus();
    await signedIn.page.keyboard.press("Tab");
    await signedIn.page.getByRole("tooltip").filter({ hasText: "You may not delete in team/app" }).waitFor();
    await signedIn.page.keyboard.press("Enter");
    await boxOf(signedIn, "v2").click();
    await signedIn.page.getByRole("region", { name: "Chosen tags" }).getByText("2 chosen").waitFor();
    expect(await signedIn.page.getByRole("dialog").count()).toBe(0);
    await rowOf(signedIn, "v1").focus();
    await signedIn.page.keyboard.press("Delete");
    await signedIn.page.getByRole("status").filter({ hasText: "You may not delete in team/app" }).waitFor();
    expect(await signedIn.page.getByRole("dialog").count()).toBe(0);
  });
});
