// While an answer is on its way, nothing that stands there says something else than it is: no old number under a new time, no old image
// under a new name, no old folder in a new place, no hit of older letters.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { image } from "../image.ts";
import { rewritePast } from "../past-pulls.ts";
import { describeJourneys, journey, startMs } from "../web.ts";

const day = 24 * 60 * 60_000;

/** Answers to what `path` names are held back until they are let go. */
async function holdBack(page: Page, path: RegExp): Promise<() => void> {
  const gate = Promise.withResolvers<void>();
  await page.route(
    (url) => path.test(url.pathname.slice("/api/v1".length) + url.search),
    async (route) => {
      await gate.promise;
      await route.continue();
    },
  );
  return gate.resolve;
}

describeJourneys("while an answer is on its way", () => {
  journey("the words of the pulls are those of the time that is drawn", {}, async ({ house, page, open }) => {
    await house.push("team/app", image(), "v1");
    const pulls = [30, 3, 2].map((days) => ({ tag: "v1", timeMs: startMs - days * day, count: days }));
    await rewritePast(house, "team/app", [{ fromMs: startMs - 60 * day, untilMs: startMs, pulls }]);
    await open("/activity");
    const region = page.getByRole("region", { name: "Pulls of the registry" });
    const words = region.getByRole("heading", { level: 2 });
    await expect.poll(() => words.innerText()).toMatch(/^5 pulls in 7 days/);

    const letGo = await holdBack(page, /^\/pulls\?.*interval=(?:day|month)/);
    await page.getByRole("radiogroup", { name: "Time" }).getByText("1 y").click();
    await page.waitForURL(/range=1y/);
    await expect.poll(() => region.getAttribute("aria-busy")).toBe("true");
    expect(await words.innerText()).toMatch(/^5 pulls in 7 days/);
    letGo();
    await expect.poll(() => words.innerText()).toMatch(/^35 pulls since counting began/);
    await expect.poll(() => region.getAttribute("aria-busy")).toBe("false");
  });

  journey("the folders of one place are not those of another", {}, async ({ house, page, open }) => {
    for (const name of ["platform/base/one", "ml/train/two"]) await house.push(name, image({ layers: [name] }), "1");
    await open("/repositories?view=folders");
    const names = (): Promise<string[]> => page.locator("table a, main li > a").allInnerTexts();
    await page.getByRole("link", { name: "platform/" }).waitFor();
    const letGo = await holdBack(page, /^\/folders\?.*under=/);
    await page.getByRole("table").getByRole("link", { name: "ml/" }).click();
    await page.getByRole("navigation", { name: "Folders" }).getByRole("link", { name: "ml" }).waitFor();
    expect(await names()).toEqual([]);
    letGo();
    await page.getByRole("table").getByRole("link", { name: "train/" }).waitFor();
  });

  journey("no image is compared under the name of another", {}, async ({ house, page, open }) => {
    const all = ["v1", "v2", "v3"].map((tag) => [tag, image({ layers: [tag] })] as const);
    for (const [tag, each] of all) await house.push("team/app", each, tag);
    await open("/r/team/app?view=compare&a=v1&b=v2");
    const short = (at: number): string => all[at]![1].digest.slice("sha256:".length, "sha256:".length + 12);
    await page.getByText(short(1)).waitFor();
    const letGo = await holdBack(page, /^\/manifests\/v3\?/);
    await page.locator("input").and(page.getByLabel("To")).fill("v3");
    await page.getByRole("button", { name: "Compare", exact: true }).click();
    await page.waitForURL(/b=v3/);
    await expect.poll(() => page.getByText(short(1)).count()).toBe(0);
    letGo();
    await page.getByText(short(2)).waitFor();
  });

  journey("Enter in the palette opens nothing that only older letters have found", {}, async ({ house, page, open }) => {
    for (const name of ["team/apple", "team/apricot"]) await house.push(name, image({ layers: [name] }), "1");
    await open("/settings");
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: /Search/ });
    await field.fill("team/ap");
    const hits = page.getByRole("group", { name: "Repositories" }).getByRole("option");
    await expect.poll(() => hits.allInnerTexts()).toEqual(["team/apple", "team/apricot"]);
    const letGo = await holdBack(page, /^\/search\?.*apr/);
    await field.fill("team/apr");
    expect(await hits.allInnerTexts()).toEqual(["team/apricot"]);
    await field.press("Enter");
    await page.getByRole("heading", { level: 1, name: "team/apricot" }).waitFor();
    letGo();
  });
});
