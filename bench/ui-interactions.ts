// What a reader does in a list of tags, and how long each time from the act to the frame that shows what it did, as the browser itself
// measures it (Event Timing, https://w3c.github.io/event-timing/).

import type { Page } from "playwright-core";

const grid = '[role="treegrid"]';
const row = `${grid} [role="row"][data-line]`;

/** Milliseconds by act. */
export async function interact(page: Page, rounds: number): Promise<Record<string, number[]>> {
  await page.locator(row).first().waitFor();
  await page.evaluate(`
    globalThis.acts = [];
    new PerformanceObserver((list) => {
      for (const { duration, interactionId } of list.getEntries()) if (interactionId > 0) acts.push(duration);
    }).observe({ type: "event", durationThreshold: 16, buffered: false });
  `);
  const times: Record<string, number[]> = {};
  const time = async (name: string, act: () => Promise<void>): Promise<void> => {
    await page.evaluate("acts.length = 0");
    await act();
    await settle(page);
    // What took less than the 16 ms that are told at all took one frame.
    const longest = Math.max(16, ...(await page.evaluate<number[]>("acts")));
    (times[name] ??= []).push(longest);
  };
  const filter = page.getByRole("searchbox").or(page.getByRole("textbox")).first();
  for (let round = 0; round < rounds; round++) {
    await time("type", () => filter.pressSequentially("v1.12", { delay: 60 }));
    await time("clear", () => filter.fill(""));
    await page.locator(row).first().waitFor();
    await time("sort", () => page.getByRole("columnheader").getByRole("button").first().click());
    await page.locator(row).nth(3).waitFor();
    await time("check", () => page.locator(`${row} input[data-choose]`).nth(2).click());
    await time("uncheck", () => page.locator(`${row} input[data-choose]`).nth(2).click());
    await page.locator(row).nth(1).focus();
    await time("walk", () => page.keyboard.press("ArrowDown"));
    await time("jump", () => page.keyboard.press("End"));
    await time("back", () => page.keyboard.press("Home"));
  }
  return times;
}

/** Two frames later, and with everything drawn that was asked for. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))");
}
