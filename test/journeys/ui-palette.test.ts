// References as places: as an address, in the palette, inside a pull command, they lead to one page. And the keys of every page.

import { expect } from "vitest";
import { image } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const references = ["team/app:v1.9", "tag:1.10", "a/b/c:latest"] as const;

async function push({ house }: Walk): Promise<string> {
  const whole = image();
  await house.push("team/app", whole, "v1.9");
  await house.push("tag", image({ layers: ["t"] }), "1.10");
  await house.push("a/b/c", image({ layers: ["c"] }), "latest");
  return whole.digest;
}

const pathOf = ({ page }: Walk): string => decodeURI(new URL(page.url()).pathname);

async function find(walk: Walk, text: string): Promise<void> {
  const { page } = walk;
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /Search/ });
  await field.fill(text);
  // What it names is offered first, and chosen.
  await page.getByRole("group", { name: "Open" }).getByRole("option", { selected: true }).waitFor();
  await field.press("Enter");
  await field.waitFor({ state: "detached" });
}

describeJourneys("the palette", () => {
  journey("a reference leads to one page, as an address, pasted, and inside a command", {}, async (walk) => {
    const { house, open, page } = walk;
    const digest = await push(walk);
    const host = `127.0.0.1:${house.port}`;
    const all = [...references, `team/app@${digest}`];
    for (const reference of all) {
      await page.goto(`${house.url}/${reference}`);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      expect(pathOf(walk)).toBe(`/ui/r/${reference}`);
      const others = reference === references[0] ? [reference, `${host}/${reference}`, `${house.url}/ui/r/${reference}`] : [];
      const ways = [...others, `docker pull ${host}/${reference}`];
      for (const text of ways) {
        await open("/settings");
        await find(walk, text);
        await page.waitForURL((url) => decodeURI(url.pathname) === `/ui/r/${reference}`);
        // The breadcrumb is the reference, whole.
        const crumbs = page.getByRole("navigation", { name: "Where you are" });
        const short = reference.replace(/@sha256:(.{12}).*/, "@$1");
        await expect.poll(async () => (await crumbs.innerText()).replaceAll(/\s+/g, "")).toBe(`hythe/${short}`);
      }
    }
  });

  journey("pages, parts of names, beginnings of digests and places of before are found; nothing says so", {}, async (walk) => {
    const { open, page } = walk;
    const digest = await push(walk);
    await open("/settings");
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: /Search/ });
    const options = page.getByRole("option");
    await field.fill("activ");
    await options.filter({ hasText: "Activity" }).waitFor();
    await field.fill("b/c");
    await page.getByRole("group", { name: "Repositories" }).getByRole("option", { name: "a/b/c" }).waitFor();
    await field.fill(digest.slice("sha256:".length, "sha256:".length + 10));
    await page.getByRole("option", { name: /^team\/app@/ }).waitFor();
    await walk.checkAccessibility();
    await field.fill("zzz-nothing");
    await page.getByText("Nothing here is called so").waitFor();
    await field.fill("quay.example/x:1");
    await page.getByText("quay.example is neither this registry nor one that it shows").waitFor();
    await field.press("Escape");
    await field.waitFor({ state: "detached" });

    await open("/r/tag:1.10");
    // A place is remembered when it is known that it is there.
    await walk.settle();
    await open("/settings");
    await page.keyboard.press("Control+k");
    await page.getByRole("group", { name: "You were here" }).getByRole("option", { name: "tag:1.10" }).click();
    await page.getByRole("heading", { level: 1, name: "tag:1.10" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/r/tag:1.10");
  });

  journey("an answer that nobody waits for any more is not waited for, and one letter is not one request", {}, async (walk) => {
    const { asked, open, page } = walk;
    const searches = () => asked.filter((path) => path.startsWith("/search"));
    await push(walk);
    await page.clock.install();
    await open("/settings");
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: /Search/ });
    await field.waitFor();
    await page.route("**/api/v1/search?q=tag", () => undefined);
    await page.clock.pauseAt(Date.now() + 60_000);
    const abandoned = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/search?q=tag"));
    for (const text of ["tag", "team/app"]) {
      await field.fill("");
      await field.pressSequentially(text);
      await page.clock.runFor(1000);
      await expect.poll(searches).toContain(`/search?q=${encodeURIComponent(text)}`);
    }
    await abandoned;
    await page.clock.resume();
    await page.getByRole("option", { name: "team/app", exact: true }).waitFor();
    expect(searches().length).toBe(2);
  });

  journey("keys lead to pages, ? shows them all, and single ones can be switched off", {}, async (walk) => {
    const { open, page } = walk;
    await push(walk);
    await open("/settings");
    for (const [key, path] of [
      ["h", "/ui/"],
      ["r", "/ui/repositories"],
      ["t", "/ui/tags"],
      ["a", "/ui/activity"],
    ]) {
      // At once: a hand is given little time between the two, and a slow machine would take it.
      await Promise.all(["g", key!].map((each) => page.keyboard.press(each)));
      await page.waitForURL((url) => url.pathname === path);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      // Who comes by a link or a key hears where they are.
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    }
    // It counts when a key was pressed, not when a busy page comes to it.
    await page.evaluate(() => {
      const keys = ["g", "h"].map((key) => new KeyboardEvent("keydown", { key, bubbles: true }));
      for (const each of keys) {
        document.body.dispatchEvent(each);
        const startMs = performance.now();
        while (performance.now() < startMs + 1600) continue;
      }
    });
    await page.waitForURL("**/ui/");
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keys" });
    await help.waitFor();
    for (const text of ["Next row", "Copy the reference", "Repositories"]) expect(await help.innerText()).toContain(text);
    await walk.checkAccessibility();
    await help.getByRole("switch", { name: /Single characters/ }).click();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "detached" });
    expect(pathOf(walk)).toBe("/ui/");
    await page.keyboard.press("?");
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    // Ctrl+K is no character.
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /Search/ }).waitFor();
    expect(pathOf(walk)).toBe("/ui/");
    expect(await help.count()).toBe(0);
    await page.keyboard.press("Escape");
  });

  journey("Esc leads back from a place, and never while a dialog is open or somebody types", {}, async (walk) => {
    const { open, page } = walk;
    await push(walk);
    await open("/settings");
    await find(walk, "team/app:v1.9");
    await page.waitForURL("**/ui/r/team/app:v1.9");
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /Search/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("combobox", { name: /Search/ }).waitFor({ state: "detached" });
    expect(pathOf(walk)).toBe("/ui/r/team/app:v1.9");
    await page.keyboard.press("Escape");
    await page.waitForURL("**/ui/settings");
  });

  journey("what a reader chose holds after a reload, from the first paint on", { width: 360 }, async (walk) => {
    const { house, open, page } = walk;
    await house.push("team/app", image(), "v1");
    await open("/settings");
    await page.getByText("Dark", { exact: true }).click();
    await page.getByText("Compact", { exact: true }).click();
    await page.getByText("UTC", { exact: true }).click();
    await page.reload({ waitUntil: "commit" });
    await page.waitForFunction(() => document.documentElement.dataset["density"] !== undefined);
    expect(await page.evaluate(() => ({ ...document.documentElement.dataset }))).toMatchObject({
      mantineColorScheme: "dark",
      density: "compact",
    });
    await page.getByText("2026-11-17 09:00:00 UTC").first().waitFor();
    // In the drawer of a phone are the same pages.
    await page.getByRole("button", { name: "Pages" }).click();
    await page.getByRole("dialog").getByRole("link", { name: "Repositories" }).click();
    await page.waitForURL("**/ui/repositories");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
});
