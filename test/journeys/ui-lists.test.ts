// Small lists and their filters: none is lost, none is left on a page that is no more, none is smaller than a finger; and who sees no
// repository is not told that there is none.

import { expect } from "vitest";
import { image } from "../image.ts";
import { describeJourneys, journey } from "../web.ts";

describeJourneys("small lists", () => {
  journey("filters of the audit log that are typed one after the other all count, and follow the address", {}, async (walk) => {
    const { house, page, open, settle } = walk;
    await house.push("team/app", image(), "v1");
    await page.clock.install();
    await open("/access?view=audit&outcome=refused");
    await page.getByRole("link", { name: "Home" }).first().click();
    await page.goBack();
    const [who, action] = [page.getByLabel("Who"), page.getByLabel("Action", { exact: true })];
    await who.waitFor();
    // Both in less time than one letter waits for the next.
    await page.evaluate(() => {
      const write = (label: string, text: string): void => {
        const id = [...document.querySelectorAll("label")].find(({ textContent }) => textContent === label)!.htmlFor;
        const field = document.getElementById(id) as HTMLInputElement;
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!.set!.call(field, text);
        field.dispatchEvent(new Event("input", { bubbles: true }));
      };
      write("Who", "ann");
      write("Action", "tag.move");
    });
    await page.waitForURL((url) => url.searchParams.get("principal") === "ann" && url.searchParams.get("action") === "tag.move");

    // What is typed waits for the next letter, and is taken back before that.
    await page.clock.pauseAt(Date.now() + 60_000);
    await who.fill("bob");
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await expect.poll(() => new URL(page.url()).search).toBe("?view=audit");
    await page.clock.runFor(1000);
    await page.clock.resume();
    await settle();
    expect(new URL(page.url()).search).toBe("?view=audit");
    expect([await who.inputValue(), await action.inputValue()]).toEqual(["", ""]);

    await page.evaluate(() => history.pushState({}, "", "/ui/access?view=audit&principal=eve"));
    await page.evaluate(() => dispatchEvent(new PopStateEvent("popstate")));
    await expect.poll(() => who.inputValue()).toBe("eve");
  });

  journey("a page whose last row is gone is left for the first", { closed: true }, async ({ house, page, open, signIn }) => {
    await house.user("reader", ["pull team/*"]);
    await page.route(
      (url) => url.pathname === "/api/v1/grants",
      (route) =>
        route.continue({
          url: route
            .request()
            .url()
            .replace(/limit=\d+/, "limit=1"),
        }),
    );
    await open("/access?view=grants");
    await signIn(house.root);
    await page.getByRole("button", { name: "Next page" }).click();
    const row = page.getByRole("row").filter({ hasText: "reader" });
    await row.waitFor();
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Take it back…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
    await page.getByRole("row").filter({ hasText: "root" }).waitFor();
    expect(await page.getByText("There are no grants yet").count()).toBe(0);
  });

  journey("rows of a telephone keep their two lines, however dense others are", { width: 360 }, async ({ house, page, open }) => {
    await house.push("team/app", image(), "v1");
    await open("/settings");
    await page.evaluate(() => localStorage.setItem("hythe.density", "compact"));
    await open("/r/team/app");
    const row = page.locator("[role=treegrid] [role=row][data-line]").first();
    await row.waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset["density"])).toBe("compact");
    await expect.poll(async () => (await row.boundingBox())?.height).toBe(64);
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect.poll(async () => (await row.boundingBox())?.height).toBe(28);
  });

  journey("a push takes nothing from under the hands of who types", {}, async ({ house, page, open }) => {
    await house.push("team/app", image(), "v1");
    await page.clock.install();
    await open("/r/team/app?view=history");
    await page.getByRole("table", { name: "History of v1" }).waitFor();
    const field = page.getByRole("combobox", { name: "Tag" });
    await field.fill("v0-of-old");
    await house.push("team/app", image({ layers: ["two"] }), "v2");
    // As when one comes back from another window after a while.
    await page.clock.fastForward(31_000);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
    await page.getByRole("table", { name: "History of v2" }).waitFor();
    expect(await field.inputValue()).toBe("v0-of-old");
    expect(await field.evaluate((at) => at === document.activeElement)).toBe(true);
  });

  journey("Home tells who sees no repository to ask for the right, not to push", { closed: true }, async (walk) => {
    await walk.house.push("team/app", image(), "1");
    const [none, some] = [await walk.house.user("none"), await walk.house.user("some", ["push other/*"])];
    await walk.open("/");
    await walk.signIn(none);
    await walk.page.getByRole("heading", { level: 1, name: "There is no repository that you may see" }).waitFor();
    await walk.page.getByText("Ask an administrator for the right to pull what you need.").waitFor();
    expect(await walk.page.getByText("Push something").count()).toBe(0);
    const other = await walk.another();
    await other.open("/");
    await other.signIn(some);
    await other.page.getByRole("heading", { level: 1, name: "There is no repository that you may see" }).waitFor();
    await other.page.getByText("Push something; this page turns by itself.").waitFor();
  });
});
