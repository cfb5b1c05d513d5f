// From the palette to a deletion and back, without a mouse: the focus is always somewhere, visible, and where it was.

import { expect } from "vitest";
import { image } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const focusedName = ({ page }: Walk) =>
  page.evaluate(() => document.activeElement?.closest("[role=row]")?.querySelector("a")?.textContent ?? null);

/** Keys with Shift, one after the other without a pause. */
async function shiftAndPress({ page }: Walk, keys: readonly string[]): Promise<void> {
  await page.evaluate(async (pressed) => {
    for (const key of pressed) {
      const event = new KeyboardEvent("keydown", { key, shiftKey: true, bubbles: true, cancelable: true });
      document.activeElement!.dispatchEvent(event);
      // What it does is done in microtasks.
      for (let n = 0; n < 20; n++) await Promise.resolve();
    }
  }, keys);
}

/** Something other than the page has the focus, it is in sight, and an outline is drawn. */
async function expectVisibleFocus({ page }: Walk): Promise<void> {
  const seen = await page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return "nothing has the focus";
    const { top, bottom, width } = element.getBoundingClientRect();
    if (width === 0 || bottom <= 0 || top >= innerHeight) return `out of sight: ${element.outerHTML.slice(0, 100)}`;
    // Fields change their border.
    const { outlineStyle, boxShadow, borderColor } = getComputedStyle(element);
    return outlineStyle !== "none" || boxShadow !== "none" || element.matches("input, select")
      ? "visible"
      : `no outline: ${borderColor} ${element.outerHTML.slice(0, 100)}`;
  });
  expect(seen).toBe("visible");
}

describeJourneys("the keyboard", () => {
  journey("leads from the palette to a deletion and back, and never loses the focus", {}, async (walk) => {
    const { house, clock, page, open } = walk;
    for (let n = 0; n < 40; n++) {
      await house.push("team/app", image({ layers: [`layer ${n}`] }), `v1.${n}`);
      clock.move(60_000);
    }
    await page.clock.install();
    await open("/");
    await page.keyboard.press("Control+k");
    await page.locator("[role=combobox]:focus").waitFor();
    await page.keyboard.type("team/app");
    await page.getByRole("group", { name: "Open" }).getByRole("option", { name: "team/app", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/ui/r/team/app");
    await page.getByRole("treegrid").waitFor();

    // Tab comes into the rows at one place.
    await page.getByRole("row").filter({ hasText: "v1.39" }).waitFor();
    for (let i = 0; i < 30 && (await focusedName(walk)) === null; i++) {
      await page.keyboard.press("Tab");
      await expectVisibleFocus(walk);
    }
    expect(await focusedName(walk)).toBe("v1.39");
    await page.keyboard.press("j");
    await page.keyboard.press("ArrowDown");
    expect(await focusedName(walk)).toBe("v1.37");
    await expectVisibleFocus(walk);

    // Something newer arrives: the row stays where it is, and the focus with its name.
    await house.push("team/app", image({ layers: ["newer"] }), "v2");
    await page.clock.fastForward(31_000);
    await page.getByText("The list has changed since.").waitFor();
    expect(await focusedName(walk)).toBe("v1.37");
    await expectVisibleFocus(walk);

    // Away and back by scrolling.
    await page.getByRole("treegrid").evaluate((element) => element.parentElement!.scrollTo(0, 100_000));
    await page.getByRole("link", { name: "v1.0", exact: true }).waitFor();
    expect(await focusedName(walk)).toBe("v1.37");
    await page.keyboard.press("j");
    await expect.poll(() => focusedName(walk)).toBe("v1.36");
    await expectVisibleFocus(walk);

    // Three of them.
    await page.keyboard.press("x");
    const bar = page.getByRole("region", { name: "Chosen tags" });
    await bar.getByText(/that nothing else uses/).waitFor();
    const planned = () => walk.asked.filter((path) => path.startsWith("/tags/delete")).length;
    const before = planned();
    // Longer and shorter again, faster than anything is asked.
    const [down, up] = ["ArrowDown", "ArrowUp"];
    await shiftAndPress(walk, [down, down, down, down, up, up]);
    await bar.getByText("3 chosen").waitFor();
    await bar.getByText(/that nothing else uses/).waitFor();
    expect(planned()).toBe(before + 1);
    expect(await focusedName(walk)).toBe("v1.34");
    // A key that closes what lies over the rows means nothing to them, even where the focus has not followed.
    await page.keyboard.press("Control+k");
    const palette = page.getByRole("combobox", { name: /Search/ });
    await palette.waitFor();
    await page.getByRole("row").filter({ hasText: "v1.34" }).getByRole("checkbox").dispatchEvent("keydown", { key: "Escape" });
    await palette.waitFor({ state: "detached" });
    await bar.getByText("3 chosen").waitFor();
    await expect.poll(() => focusedName(walk)).not.toBeNull();
    await page.keyboard.press("Delete");
    const dialog = await walk.dialog("Delete 3 tags of team/app?");
    await dialog.getByRole("listitem").first().waitFor();
    await expectVisibleFocus(walk);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Delete 3 tags");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => focusedName(walk)).not.toBeNull();
    await expectVisibleFocus(walk);
    await page.getByRole("link", { name: "v1.35", exact: true }).waitFor({ state: "detached" });

    await page.keyboard.press("Control+z");
    await page.getByText("3 tags restored").waitFor();
    await page.getByRole("link", { name: "v1.35", exact: true }).waitFor();
    await expectVisibleFocus(walk);
    expect(await focusedName(walk)).not.toBeNull();

    // Into an image and back: the same row.
    await page.keyboard.press("Home");
    await expect.poll(() => focusedName(walk)).toBe("v2");
    await page.keyboard.press("j");
    const name = "v1.39";
    await expect.poll(() => focusedName(walk)).toBe(name);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: `team/app:${name}` }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("row").filter({ hasText: name }).waitFor();
    for (let i = 0; i < 30 && (await focusedName(walk)) === null; i++) await page.keyboard.press("Tab");
    expect(await focusedName(walk)).toBe(name);
  });

  journey("[ and ] lead through the views of every page that has some, and not while somebody types", {}, async (walk) => {
    const { house, page, open, settle } = walk;
    await house.push("team/app", image(), "v1");
    /** The address changes first, then the page, which the next key is about. */
    const expectSearch = async (search: string): Promise<void> => {
      await expect.poll(() => new URL(page.url()).search).toBe(search);
      await settle();
    };
    for (const [place, next] of [
      ["/r/team/app", "?view=untagged"],
      ["/r/team/app:v1", "?view=layers"],
      ["/access", "?view=robots"],
      ["/activity", "?range=30d"],
    ] as const) {
      await open(place);
      await page.locator("[role=tab], [aria-label=Time]").first().waitFor();
      await settle();
      await page.keyboard.press("]");
      await expectSearch(next);
      await page.keyboard.press("[");
      await expect.poll(() => new URL(page.url()).search).not.toBe(next);
      await settle();
      await page.keyboard.press("]");
      await expectSearch(next);
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      await page.keyboard.press("]");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await expectSearch(next);
    }
    await page.getByRole("combobox", { name: "Repository or tag" }).focus();
    await page.keyboard.type("]");
    await settle();
    await expectSearch("?range=30d");
  });

  journey(
    "copies a reference and a pull command, and compares two",
    { permissions: ["clipboard-read", "clipboard-write"] },
    async (walk) => {
      const { house, page, open, settle } = walk;
      await house.push("team/app", image({ layers: ["one"] }), "v1");
      await house.push("team/app", image({ layers: ["two"] }), "v2");
      await open("/r/team/app?sort=name");
      // What is copied begins with the address of the registry, which it is asked for.
      await settle();
      await page.getByRole("row").filter({ hasText: "v1" }).focus();
      const host = new URL(house.url).host;
      const copied = () => page.evaluate(() => navigator.clipboard.readText());
      await page.keyboard.press("c");
      await expect.poll(copied).toBe(`${host}/team/app:v1`);
      await page.keyboard.press("Shift+C");
      await expect.poll(copied).toBe(`docker pull ${host}/team/app:v1`);
      await page.keyboard.press("Control+a");
      await page.getByText("2 chosen").waitFor();
      await settle();
      await page.keyboard.press("Escape");
      expect(await page.getByText("2 chosen").count()).toBe(0);
      expect(await focusedName(walk)).toBe("v1");
      await page.keyboard.press("x");
      await page.keyboard.press("Shift+ArrowDown");
      await page.getByText("2 chosen").waitFor();
      await page.keyboard.press("d");
      await expect.poll(() => new URL(page.url()).search).toBe("?view=compare&a=v1&b=v2");
      await page.getByRole("heading", { level: 1 }).waitFor();
    },
  );
});
