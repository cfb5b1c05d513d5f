// Where the focus is when what had it goes, that it stays where nothing goes, and that what a pointer finds the keyboard finds as well.

import { expect } from "vitest";
import { image } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

/** Role and text of what has the focus. */
function focused({ page }: Walk): Promise<string> {
  return page.evaluate(() => {
    const { activeElement: at } = document;
    return `${at?.getAttribute("role") ?? at?.tagName.toLowerCase()} ${at?.textContent}`;
  });
}

describeJourneys("the focus", () => {
  journey("stays on the views of access, and goes to the heading of another folder", {}, async (walk) => {
    const { house, page, open } = walk;
    await house.push("ml/train/one", image(), "1");
    await open("/access?view=users");
    await page.getByRole("tab", { name: "Users" }).focus();
    for (const name of ["Robots", "Tokens"]) {
      await page.keyboard.press("ArrowRight");
      await page.getByRole("tab", { name, selected: true }).waitFor();
      await expect.poll(() => page.title()).toMatch(new RegExp(`^${name}`));
      expect(await focused(walk)).toBe(`tab ${name}`);
    }

    await open("/repositories?view=folders");
    await page.getByRole("table").getByRole("link", { name: "ml/" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("table").getByRole("link", { name: "train/" }).waitFor();
    await expect.poll(() => focused(walk)).toBe("h1 Repositories");
  });

  journey("finds the exact time, and the heading of what is compared", {}, async (walk) => {
    const { house, page, open } = walk;
    for (const tag of ["v1", "v2"]) await house.push("team/app", image({ layers: [tag] }), tag);
    await open("/r/team/app:v1");
    const time = page.locator("main time").first();
    await time.waitFor();
    for (let steps = 0; steps < 40 && !(await time.evaluate((at) => at === document.activeElement)); steps++) {
      await page.keyboard.press("Tab");
    }
    const exact = (await time.getAttribute("datetime"))!.slice(0, 19).replace("T", " ");
    await page.getByRole("tooltip").getByText(`${exact} UTC`).waitFor();

    await open("/r/team/app?view=compare&a=v1&b=v2");
    await page.getByRole("button", { name: "Swap" }).click();
    await page.waitForURL(/a=v2&b=v1/);
    await expect.poll(() => focused(walk)).toBe("h1 Compare in team/app");
  });
});
