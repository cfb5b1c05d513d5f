// Dialogs that change something: they stay until it is known what was done.

import type { Route } from "playwright-core";
import { expect } from "vitest";
import type { SessionAnswer } from "../../src/wire/session.ts";
import { image } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const row = ({ page }: Walk, name: string) =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });

/** Holds back the answers to what `isMeant` until `release` is called; `held` resolves with the first one. */
async function hold({ page }: Walk, path: string, isMeant: (route: Route) => boolean) {
  const gate = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  await page.route(path, async (route) => {
    if (!isMeant(route)) return route.continue();
    const response = await route.fetch();
    held.resolve();
    await gate.promise;
    return route.fulfill({ response });
  });
  return { held: held.promise, release: gate.resolve };
}
const isReal = (route: Route): boolean =>
  (route.request().postDataJSON() as { dryRun?: boolean } | null)?.dryRun !== true && route.request().method() === "POST";

describeJourneys("dialogs", () => {
  journey("a deletion is not left while it runs, but can be stopped; what is gone by then can be undone", {}, async (walk) => {
    const { house, page, open } = walk;
    for (const name of ["a/one", "b/two"]) await house.push(name, image({ layers: [name] }), "v1");
    await open("/tags?sort=name");
    for (const name of ["a/one:v1", "b/two:v1"]) await row(walk, name).getByRole("checkbox").check();
    await page.getByRole("button", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog");
    const start = dialog.getByRole("button", { name: "Delete 2 tags" });
    await dialog.getByText(/No space is freed now: at least [\d.]+ (?:B|KiB)/).waitFor();
    const { held, release } = await hold(walk, "**/api/v1/tags/delete", isReal);
    await start.click();
    await held;
    const stop = dialog.getByRole("button", { name: "Stop" });
    await stop.waitFor();
    await page.keyboard.press("Escape");
    expect(await dialog.getByRole("button", { name: "Close" }).count()).toBe(0);
    await stop.click();
    await dialog.getByRole("button", { name: "Stopping…" }).waitFor();
    release();
    await dialog.waitFor({ state: "detached" });
    await row(walk, "a/one:v1").waitFor({ state: "detached" });
    await row(walk, "b/two:v1").waitFor();
    await page.getByRole("button", { name: /^Undo/ }).click();
    await row(walk, "a/one:v1").waitFor();
  });

  journey("what was deleted although its answer got lost is not shown any longer", {}, async (walk) => {
    const { house, page, open, expectStatus } = walk;
    await house.push("team/app", image(), "v1", "v2");
    await open("/r/team/app?sort=name");
    await row(walk, "v1").focus();
    await page.keyboard.press("Delete");
    const dialog = page.getByRole("dialog");
    expectStatus(0);
    await page.route("**/api/v1/tags/delete", async (route) => {
      if (!isReal(route)) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await dialog.getByRole("button", { name: "Delete 1 tag" }).click();
    await dialog.getByText("Could not delete all of them").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await row(walk, "v1").waitFor({ state: "detached" });
    await row(walk, "v2").waitFor();
  });

  journey("a token that is being made is waited for: it is shown this once", { closed: true }, async (walk) => {
    const { house, page, open, dialog, signIn } = walk;
    await open("/access?view=tokens");
    await signIn(house.root);
    await page.getByRole("button", { name: "Make a token" }).click();
    const form = await dialog("Make a token");
    await form.getByLabel("What it is for").fill("laptop");
    const { held, release } = await hold(walk, "**/api/v1/tokens", isReal);
    await form.getByRole("button", { name: "Make it" }).click();
    await held;
    await expect.poll(() => form.getByRole("button", { name: "Cancel" }).isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    expect(await form.getByRole("button", { name: "Close" }).count()).toBe(0);
    release();
    const secret = page.getByRole("dialog", { name: "The token of root" });
    await secret.getByText(/^hythe_/).waitFor();
    await secret.getByRole("button", { name: "I have kept it" }).click();
  });

  journey("who has no password here is not asked for another one", { closed: true }, async (walk) => {
    const { house, page, open, signIn } = walk;
    await open("/");
    await signIn(house.root);
    const menu = page.getByRole("button", { name: /root: menu/ });
    await menu.click();
    await page.getByRole("button", { name: "Change the password" }).waitFor();
    // As for who came with the provider; the journey of that is access-oidc.
    await page.route("**/api/v1/session", async (route) => {
      const response = await route.fetch();
      return route.fulfill({ response, json: { ...((await response.json()) as SessionAnswer), hasPassword: false } });
    });
    await open("/");
    await menu.click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    expect(await page.getByRole("button", { name: "Change the password" }).count()).toBe(0);
    await page.keyboard.press("Escape");
  });
});
