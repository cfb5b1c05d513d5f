// Four ways to see nothing, each in its own words; and what happens when the registry is away for a while.

import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { expect } from "vitest";
import { image } from "../image.ts";
import { describeJourneys, journey } from "../web.ts";

describeJourneys("states", () => {
  journey("nothing yet, no match, an error and what one may not see are four texts", { closed: true }, async (walk) => {
    const { house, open, page, signIn, expectStatus } = walk;
    await house.push("team/app", image(), "v1");
    await house.push("secret/app", image(), "v1");
    const reader = await house.user("reader", ["pull team/*"]);
    await open("/access?view=rules");
    await signIn(house.root);
    await page.getByRole("heading", { name: "There are no rules yet" }).waitFor();
    await walk.checkAccessibility();

    await open("/access?view=users&q=nobody-is-called-so");
    await page.getByRole("heading", { name: "No user matches" }).waitFor();
    await walk.checkAccessibility();
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await page.getByRole("cell", { name: "reader", exact: true }).waitFor();

    // A real fault: what the page asks for is not in the database any more.
    const db = new DatabaseSync(join(house.folder, "catalogue.db"), { timeout: 20_000 });
    db.exec("ALTER TABLE immutable_rule RENAME TO immutable_rule_away");
    expectStatus(500);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes("/api/v1/rules") && response.status() === 500),
      page.getByRole("tab", { name: "Immutable tags" }).click(),
    ]);
    const alert = page.getByRole("alert").filter({ hasText: "Could not load the rules" });
    await alert.waitFor();
    const { requestId } = (await answer.json()) as { requestId: string };
    expect(requestId).not.toBe("");
    expect(requestId).toBe(answer.headers()["x-request-id"]);
    expect((await alert.innerText()).replaceAll(/\s+/g, " ")).toContain(`Request ${requestId}`);
    await walk.checkAccessibility();
    db.exec("ALTER TABLE immutable_rule_away RENAME TO immutable_rule");
    db.close();
    await alert.getByRole("button", { name: "Try again" }).click();
    await alert.waitFor({ state: "detached" });

    // What may not be seen looks like what is not there.
    const other = await walk.another();
    other.expectStatus(404);
    await other.open("/r/team/app");
    await other.signIn(reader);
    await other.page.getByRole("heading", { level: 1, name: "team/app" }).waitFor();
    const texts: string[] = [];
    for (const name of ["secret/app", "secret/none"]) {
      await other.open(`/r/${name}`);
      await other.page.locator("[data-empty]").first().waitFor();
      texts.push((await other.page.locator("main").innerText()).replaceAll(name, "NAME"));
    }
    expect(texts[0]).toBe(texts[1]);
  });

  journey("while the registry is away a banner says so, old rows stay, and everything recovers by itself", {}, async (walk) => {
    const { house, open, page, expectStatus } = walk;
    await house.push("team/app", image(), "v1");
    await page.clock.install();
    await open("/r/team/app");
    await page.getByRole("link", { name: "v1", exact: true }).waitFor();
    // Nobody answers: the browser says so in its console for each try.
    expectStatus(0);
    await house.stop();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /Search/ }).fill("app");
    const banner = page.getByRole("alert").filter({ hasText: "The registry has not answered" });
    await banner.waitFor();
    await page.keyboard.press("Escape");
    expect(await banner.innerText()).toMatch(/not answered since \d\d:\d\d:\d\d UTC/);
    await page.getByRole("link", { name: "v1", exact: true }).waitFor();
    await walk.checkAccessibility();

    await house.start();
    await house.push("team/app", image({ layers: ["new"] }), "v2");
    // As long as it waits at most until it asks again, whether it is away or back before the push.
    await page.clock.fastForward(31_000);
    await banner.waitFor({ state: "detached", timeout: 40_000 });
    await page.getByRole("link", { name: "v2", exact: true }).waitFor();
  });

  journey(
    "the network of the browser goes away and comes back: the same, also without a request that fails",
    {},
    async (walk) => {
      const { house, open, page, expectStatus } = walk;
      await house.push("team/app", image(), "v1");
      await open("/r/team/app");
      await page.getByRole("link", { name: "v1", exact: true }).waitFor();
      expectStatus(0);
      await page.context().setOffline(true);
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: /Search/ }).fill("app");
      const banner = page.getByRole("alert").filter({ hasText: "The registry has not answered" });
      await banner.waitFor();
      await page.context().setOffline(false);
      await banner.waitFor({ state: "detached" });
      await page
        .getByRole("option", { name: /team\/app/ })
        .first()
        .waitFor();
      await page.keyboard.press("Escape");
    },
  );

  journey(
    "what only one question does not get stands in its place, and is asked again when somebody wants it",
    {},
    async (walk) => {
      const { page, open, settle, asked, expectStatus } = walk;
      // Deadlines by the clock that the test moves: what the registry answers has as long as it takes.
      await page.clock.install();
      await page.addInitScript(() => {
        AbortSignal.timeout = (ms) => {
          const limit = new AbortController();
          setTimeout(() => limit.abort(), ms);
          return limit.signal;
        };
      });
      const banner = page.getByRole("alert").filter({ hasText: "The registry has not answered" });
      const alert = page.getByRole("alert").filter({ hasText: "Could not load the rules" });
      const again = alert.getByRole("button", { name: "Try again" });
      const times = (): number => asked.filter((path) => path.startsWith("/rules")).length;
      const probed = () => page.waitForResponse((response) => response.url().endsWith("/api/v1/session"));

      // One that takes too long, while all others are answered.
      await page.route("**/api/v1/rules*", () => undefined);
      await open("/access?view=users");
      await settle();
      const waitInVain = async (button: Locator): Promise<number> => {
        await Promise.all([page.waitForRequest("**/api/v1/rules*"), button.click()]);
        const [answer] = await Promise.all([probed(), page.clock.fastForward(30_000)]);
        return answer.status();
      };
      expect(await waitInVain(page.getByRole("tab", { name: "Immutable tags" }))).toBe(200);
      await alert.getByText("The registry did not answer within 30 seconds").waitFor();
      expect(times()).toBe(1);
      expect(await waitInVain(again)).toBe(200);
      await again.waitFor();
      expect(times()).toBe(2);
      expect(await banner.count()).toBe(0);

      // A proxy that answers with a page of its own, as if all were well.
      await page.unrouteAll();
      await page.route("**/api/v1/rules*", (route) => route.fulfill({ contentType: "text/html", body: "<html>Sign in</html>" }));
      await again.click();
      await alert.getByText("does not come from the registry").waitFor();
      expect(await banner.count()).toBe(0);

      // A proxy that has nobody behind it: for one question, then for all.
      expectStatus(502);
      const refuse = { status: 502, contentType: "text/html", body: "<html>Bad gateway</html>" };
      await page.unrouteAll();
      await page.route("**/api/v1/rules*", (route) => route.fulfill(refuse));
      await Promise.all([probed(), again.click()]);
      await alert.getByText("(status 502)").waitFor();
      expect(await banner.count()).toBe(0);
      await page.route("**/api/v1/**", (route) => route.fulfill(refuse));
      await again.click();
      await banner.waitFor();
      await page.unrouteAll();
      await banner.waitFor({ state: "detached" });
      await page.getByRole("heading", { name: "There are no rules yet" }).waitFor();
    },
  );

  journey("a place that cannot exist says so", {}, async ({ open, page }) => {
    await open("/nowhere/at-all");
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await open("/r/NOT/A/NAME");
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await open("/x/nobody");
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  });
});
