// The UI as a whole: how it is served, and that every place of it opens.

import { expect } from "vitest";
import { image } from "../image.ts";
import { describeJourneys, journey } from "../web.ts";

describeJourneys("the UI", () => {
  journey("the address of the registry opens the UI, and a reference behind it opens its place", {}, async ({ house, page }) => {
    await house.push("team/app", image(), "v1.10");
    await page.goto(house.url);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/");
    await page.goto(`${house.url}/team/app:v1.10`);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/r/team/app:v1.10");
  });

  journey("a place that does not exist says so", {}, async ({ open, page }) => {
    await open("/nowhere/at-all");
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  });
});
