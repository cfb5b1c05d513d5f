// A hundred and twenty-eight repositories: what the list shows is what the API says, its state survives reload, Back and another tab, and
// folders have the sums of what is below them.

import { expect } from "vitest";
import type { FoldersAnswer } from "../../src/wire/folders.ts";
import type { ManifestsAnswer } from "../../src/wire/manifests.ts";
import type { RepositoriesAnswer } from "../../src/wire/repositories.ts";
import type { House } from "../access-house.ts";
import { formatBytes } from "../../src/web/show/count.ts";
import { image, index } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const teams = ["alpha", "beta", "gamma", "delta"];

/** 32 repositories a team; of every tenth the pulls are counted in a number of its own. */
async function fill(house: House): Promise<void> {
  for (let i = 0; i < 128; i++) {
    const name = `${teams[i % teams.length]}/${i % 8 < 4 ? "web" : "tools/web"}-${i}`;
    await house.push(name, image({ layers: [`app-${i % 3}`] }), "1", "2");
    for (let pull = 0; pull < (i % 10 === 0 ? i / 10 + 1 : 0); pull++) {
      await house.asker.ask({ method: "GET", path: `/v2/${name}/manifests/1` });
    }
  }
}

async function readApi<Answer>({ house }: Walk, path: string): Promise<Answer> {
  return (await (await fetch(`${house.url}/api/v1${path}`)).json()) as Answer;
}

/** Of the first rows that are drawn. */
async function names({ page }: Walk, count: number): Promise<string[]> {
  await page
    .getByRole("treegrid")
    .locator("[role=row] [role=gridcell]:first-child a")
    .nth(count - 1)
    .waitFor();
  const rows = await page
    .locator("[role=treegrid] [role=row][data-line]")
    .evaluateAll((elements) =>
      elements
        .map((row) => ({ line: Number((row as HTMLElement).dataset["line"]), name: row.querySelector("a")?.textContent ?? "" }))
        .sort((a, b) => a.line - b.line),
    );
  return rows.slice(0, count).map(({ name }) => name);
}

describeJourneys("repositories", () => {
  journey("filter, order and place are those of the API and stay", {}, async (walk) => {
    const { house, page, open, clock } = walk;
    await fill(house);
    clock.move(60_000);
    await open("/repositories");
    await page.getByText("128 repositories").waitFor();
    expect(walk.asked.filter((path) => path.startsWith("/repositories?")).length).toBeLessThanOrEqual(2);

    await page.getByRole("searchbox", { name: "Filter by name" }).fill("gamma/web");
    const matching = await readApi<RepositoriesAnswer>(walk, "/repositories?search=gamma/web&total=true");
    expect(matching.total).toBe(16);
    await page.getByText("16 repositories match").waitFor();

    await page.getByRole("searchbox", { name: "Filter by name" }).fill("");
    await page.getByText("128 repositories").waitFor();
    await page.getByRole("columnheader", { name: "Pulls" }).getByRole("button").click();
    const first = await readApi<RepositoriesAnswer>(walk, "/repositories?sort=-pulls&limit=5");
    const five = first.items.map(({ name }) => name);
    expect(first.items[0]!.pulls.count).toBe(13);
    await expect.poll(() => names(walk, 5)).toEqual(five);
    expect(await page.getByRole("row", { name: five[0]! }).innerText()).toContain("13");

    await page.setViewportSize({ width: 1440, height: 800 });
    await page.getByRole("columnheader", { name: "Pulls, 30 d" }).waitFor();
    const titles = await page.getByRole("columnheader").allInnerTexts();
    const cells = page.getByRole("row", { name: five[0]! }).getByRole("gridcell");
    expect(await cells.nth(titles.indexOf("Pulls, 30 d")).innerText()).toBe("13");
    await page.setViewportSize({ width: 1280, height: 800 });

    await page.reload();
    await expect.poll(() => names(walk, 5)).toEqual(five);
    await page.getByRole("link", { name: five[1]!, exact: true }).click();
    await page.getByRole("heading", { level: 1, name: five[1]! }).waitFor();
    await page.goBack();
    await expect.poll(() => names(walk, 5)).toEqual(five);
    const other = await walk.another();
    await other.open(new URL(page.url()).pathname.replace("/ui", "") + new URL(page.url()).search);
    await expect.poll(() => names(other, 5)).toEqual(five);

    // Keys: to the second, and into it.
    await page.getByRole("treegrid").locator('[role=row][tabindex="0"]').focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    // What means nothing for a repository is left to the page.
    await page.evaluate(() => addEventListener("keydown", ({ key }) => (document.body.dataset["left"] = key)));
    for (const key of ["C", "d", "Delete"]) {
      await page.keyboard.press(key);
      await expect.poll(() => page.evaluate(() => document.body.dataset["left"])).toBe(key);
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: five[1]! }).waitFor();
  });

  journey("folders have the sums of what is below them", {}, async (walk) => {
    const { house, page, open, clock } = walk;
    await fill(house);
    clock.move(60_000);
    await open("/repositories");
    await page.getByText("Folders", { exact: true }).click();
    const table = page.getByRole("table");
    await table.getByRole("link", { name: "gamma/" }).waitFor();
    const { items } = await readApi<FoldersAnswer>(walk, "/folders");
    expect(
      await table
        .locator("tbody tr")
        .evaluateAll((rows) => rows.map((row) => [...row.children].slice(0, 3).map((cell) => cell.textContent))),
    ).toEqual(items.map(({ path, repositories, tags }) => [path, String(repositories), String(tags)]));
    expect(items.map(({ repositories }) => repositories)).toEqual([32, 32, 32, 32]);
    await table.getByRole("link", { name: "gamma/" }).click();
    await page.getByText("16 repositories directly here").waitFor();
    await table.getByRole("link", { name: "tools/" }).click();
    const path = page.getByRole("navigation", { name: "Folders" });
    await path.getByText("tools").waitFor();
    await walk.settle();
    await page.getByText("16 repositories directly here").waitFor();
    expect((await names(walk, 3)).every((name) => name.startsWith("web-"))).toBe(true);
    expect(new URL(page.url()).searchParams.get("under")).toBe("gamma/tools/");
    await path.getByRole("link", { name: "gamma" }).click();
    await path.getByText("tools").waitFor({ state: "detached" });
    // A filter looks below the folder as well.
    await page.getByRole("searchbox", { name: "Filter by name" }).fill("web");
    await page.getByText("32 repositories match").waitFor();
  });

  journey("images that no tag leads to are listed, with what they hold and whether they are still pulled", {}, async (walk) => {
    const { house, page, open, clock } = walk;
    const both = (seed: string) =>
      index([image({ layers: [seed], platform: "linux/amd64" }), image({ layers: [`${seed}-arm`], platform: "linux/arm64" })]);
    const [before, after] = [both("before"), both("after")];
    await house.push("team/app", before, "v1");
    await open("/r/team/app?view=untagged");
    await page.getByText("Every image here has a tag").waitFor();

    clock.move(60_000);
    await house.push("team/app", after, "v1");
    await house.asker.ask({ method: "GET", path: `/v2/team/app/manifests/${before.digest}` });
    await page.reload();
    await page.getByText("1 image without a tag, in no index: pulled by digest only.").waitFor();
    const grid = page.getByRole("treegrid", { name: "Images without a tag" });
    const row = grid.getByRole("row").filter({ hasText: before.digest.slice(7, 19) });
    await row.waitFor();
    // The platforms of it are not said to be lost: it lists them.
    expect(await grid.getAttribute("aria-rowcount")).toBe("2");
    const { items } = await readApi<ManifestsAnswer>(walk, "/manifests?repository=team/app&untagged=true");
    expect(items.map(({ digest, kind, pulls }) => [digest, kind, pulls.count])).toEqual([[before.digest, "index", 1]]);
    const shown = (await row.innerText()).replaceAll(/\s+/g, " ");
    expect(shown).toContain("amd64 arm64");
    expect(shown).toContain(formatBytes(items[0]!.bytes!));
    expect(shown.trim().endsWith(" 1")).toBe(true);

    await row.getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: before.digest.slice(7, 19) }).waitFor();
    await page.goBack();
    await row.waitFor();
    await walk.settle();
    await page.keyboard.press("[");
    await page.getByRole("treegrid", { name: "Tags" }).waitFor();
    clock.move(120_000);
    await open("/r/team/app?view=about");
    await page.getByRole("link", { name: "1", exact: true }).click();
    await row.waitFor();
  });

  journey("nothing yet, and no match, are two texts", {}, async (walk) => {
    const { house, page, open } = walk;
    await open("/repositories");
    await page.getByText("There are no repositories yet").waitFor();
    await house.push("team/app", image(), "1");
    await open("/repositories?q=nothing-like-it");
    await page.getByText("No repository matches").waitFor();
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await page.getByRole("link", { name: "team/app", exact: true }).waitFor();
  });

  journey("who may see nothing is told so, and not that there is nothing", { closed: true }, async (walk) => {
    await walk.house.push("team/app", image(), "1");
    const reader = await walk.house.user("reader");
    await walk.open("/");
    await walk.signIn(reader);
    await walk.open("/repositories");
    await walk.page.getByText("There is no repository that you may see").waitFor();
  });
});
