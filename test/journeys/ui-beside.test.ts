// In a wide window the tags of a repository stand beside the image that was opened from them.

import { afterAll, expect } from "vitest";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import { image } from "../image.ts";
import { pushImage } from "../push.ts";
import { describeJourneys, journey, type JourneyOptions, type Walk } from "../web.ts";

let fake: FakeRegistry | undefined;
afterAll(() => fake?.close());
async function wideWithOther(): Promise<JourneyOptions> {
  fake = await startFakeRegistry();
  await pushImage(fake.url, "team/app", image(), "v1");
  const other = { url: new URL(fake.url), insecure: true, names: [], username: undefined, password: undefined };
  return { width: 2560, settings: { registries: { other } } };
}

const beside = ({ page }: Walk) => page.getByRole("region", { name: "Tags of team/app" });
const linkOf = ({ page }: Walk, tag: string) => page.getByRole("treegrid").getByRole("link", { name: tag, exact: true });
const names = (walk: Walk): Promise<string[]> =>
  walk.page.getByRole("treegrid").getByRole("link", { name: /^v\d$/ }).allTextContents();

describeJourneys("tags beside an image", () => {
  journey("stay as they were while one image after the other is looked at", wideWithOther, async (walk) => {
    const { house, page, open, settle } = walk;
    for (const tag of ["v1", "v2", "v3", "other"]) await house.push("team/app", image({ layers: [tag] }), tag);
    await open("/r/team/app?sort=-name&q=v");
    expect(await beside(walk).count()).toBe(0);
    await linkOf(walk, "v1").click();
    await page.getByRole("heading", { level: 1, name: "team/app:v1" }).waitFor();
    await beside(walk).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/ui/r/team/app:v1");
    expect(await beside(walk).getByRole("searchbox").inputValue()).toBe("v");
    await linkOf(walk, "v1").waitFor();
    expect(await names(walk)).toEqual(["v3", "v2", "v1"]);
    expect(await linkOf(walk, "v1").getAttribute("aria-current")).toBe("page");

    // Who goes through the list goes on there.
    await linkOf(walk, "v2").click();
    await page.getByRole("heading", { level: 1, name: "team/app:v2" }).waitFor();
    await settle();
    expect(await beside(walk).evaluate((element) => element.contains(document.activeElement))).toBe(true);
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "team/app:v3" }).waitFor();
    expect(await linkOf(walk, "v3").getAttribute("aria-current")).toBe("page");
    expect(await names(walk)).toEqual(["v3", "v2", "v1"]);

    // The filter of the list is none of the image's, whose views stand in the address.
    await page.getByRole("tab", { name: /^Layers/ }).click();
    await page.waitForURL(/\/ui\/r\/team\/app:v3\?view=layers$/);
    await beside(walk).getByRole("searchbox").fill("v1");
    await linkOf(walk, "v3").waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("?view=layers");

    // In a window that is not so wide the image stands alone; in one that is again, the list is as it was, and so is all that is on the image.
    await page.getByRole("button", { name: "Delete…" }).click();
    const dialog = await walk.dialog("Delete 1 tag of team/app?");
    await page.setViewportSize({ width: 2000, height: 800 });
    await beside(walk).waitFor({ state: "detached" });
    await page.setViewportSize({ width: 2560, height: 800 });
    await linkOf(walk, "v1").waitFor({ state: "attached" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    await linkOf(walk, "v1").waitFor();
    expect(await beside(walk).getByRole("searchbox").inputValue()).toBe("v1");
    await beside(walk).getByRole("heading").getByRole("link", { name: "team/app", exact: true }).click();
    await page.waitForURL(/\/ui\/r\/team\/app\?(?:q=v1&sort=-name|sort=-name&q=v1)$/);
    expect(await names(walk)).toEqual(["v1"]);

    // What asking costs another registry is for its readers to decide, and what they look for there is not looked for here.
    await open("/x/other/team/app:v1");
    await settle();
    expect(await beside(walk).count()).toBe(0);
    await open("/x/other/team/app?q=zzz");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("team/app:v1");
    await page
      .getByRole("option", { name: /team\/app:v1/ })
      .first()
      .waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/ui\/r\/team\/app:v1$/);
    await linkOf(walk, "v1").waitFor();
    expect(await beside(walk).getByRole("searchbox").inputValue()).toBe("");

    await open("/r/team/app:v2");
    await linkOf(walk, "other").waitFor();
    await settle();
  });
});
