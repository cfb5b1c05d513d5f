// What the bars of activity say about what is known: a gap is hatched and named, a sum over it is "at least", a zero that is known is
// drawn, and the table has the numbers of the API. Ten years fit.

import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import type { PullsAnswer } from "../../src/wire/pulls.ts";
import type { House } from "../access-house.ts";
import { image } from "../image.ts";
import { rewritePast } from "../past-pulls.ts";
import { describeJourneys, journey, startMs, type Walk } from "../web.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const repository = "team/app";

/** Counted for nine days, but for 3 h 12 min on the day before yesterday; in every second hour five pulls. */
async function pullWithGap(house: House): Promise<void> {
  await house.push(repository, image(), "v1");
  const gapMs = startMs - 2 * day;
  const pulls = Array.from({ length: 9 * 12 }, (_, i) => ({ tag: "v1", timeMs: startMs - 9 * day + 2 * i * hour, count: 5 }));
  await rewritePast(house, repository, [
    { fromMs: startMs - 9 * day, untilMs: gapMs, pulls: pulls.filter(({ timeMs }) => timeMs < gapMs) },
    { fromMs: gapMs + 192 * minute, untilMs: startMs, pulls: pulls.filter(({ timeMs }) => timeMs >= gapMs + 4 * hour) },
  ]);
}

async function readApi(house: House, query: string): Promise<PullsAnswer> {
  return (await (await fetch(`${house.url}/api/v1/pulls?${query}`)).json()) as PullsAnswer;
}

/** What the page has asked about the seven days until now. */
function askedPulls({ asked }: Walk): string {
  return asked.find((path) => /^\/pulls\?(?!.*&to=).*from=2026-11-10/.test(path))!.slice("/pulls?".length);
}

const headline = ({ page }: Walk): Promise<string> =>
  page
    .getByRole("region", { name: /^Pulls of/ })
    .getByRole("heading", { level: 2 })
    .innerText();
const slider = ({ page }: Walk): ReturnType<Walk["page"]["getByRole"]> => page.getByRole("slider");

describeJourneys("activity", () => {
  journey("a gap is hatched and named, its sum is at least, and a known zero is drawn", {}, async (walk) => {
    const { house, page, open } = walk;
    await pullWithGap(house);
    await open("/activity");
    await slider(walk).waitFor();
    const answer = await readApi(house, askedPulls(walk));
    const sum = answer.buckets.reduce((total, { pulls }) => total + pulls, 0);
    expect(sum).toBeGreaterThan(300);
    expect(await headline(walk)).toBe(`At least ${sum} pulls in 7 days, 3 h 12 min not counted`);

    const band = page.locator("[data-band=gap]");
    expect(await band.count()).toBe(1);
    expect(await band.getAttribute("fill")).toMatch(/^url\(#/);
    expect(await page.locator("pattern").count()).toBe(1);
    await slider(walk).getByText("3 h 12 min", { exact: true }).waitFor();
    expect(await page.getByRole("list", { name: "Gaps" }).innerText()).toBe(
      "3 h 12 min not counted, 15 Nov 2026 09:00 to 12:12 UTC: counting was switched off",
    );
    const zeros = answer.buckets.filter(({ pulls, state }) => pulls === 0 && state === "complete").length;
    expect(zeros).toBeGreaterThan(50);
    expect(await page.locator("[data-bar=zero]").count()).toBe(zeros);

    await page.getByRole("button", { name: "As table" }).click();
    const rows = page.getByRole("region", { name: /by hour/ }).locator("tbody tr");
    await rows.first().waitFor();
    const shown = await rows.evaluateAll((elements) =>
      elements.map((row) => ({
        start: row.querySelector("time")!.dateTime,
        cells: [...row.querySelectorAll("td")].map((cell) => cell.textContent),
      })),
    );
    expect(shown.toReversed().map(({ start, cells }) => [start, cells[0], cells[1]])).toEqual(
      answer.buckets.map(({ start, pulls, checks }) => [start, String(pulls), String(checks)]),
    );
    expect(shown.filter(({ cells }) => cells.at(-1) === "at least: a gap lies in it").length).toBe(
      answer.buckets.filter(({ state }) => state === "gap").length,
    );

    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV" }).click();
    const file = await downloading;
    expect(file.suggestedFilename()).toBe("registry-pulls.csv");
    const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
    expect(lines.length).toBe(answer.buckets.length + 1);
    expect(lines).toContain("2026-11-15T12:00:00.000Z,hour,0,0,gap");
  });

  journey("bars are walked through by keys, spoken one by one, and chosen from one to another", {}, async (walk) => {
    const { house, page, open } = walk;
    await pullWithGap(house);
    await open(`/r/${repository}?view=activity&range=30d`);
    const bars = slider(walk);
    await bars.focus();
    const spoken = (): Promise<string | null> => bars.getAttribute("aria-valuetext");
    expect(await spoken()).toBe("17 Nov 2026: 20 pulls so far");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    expect(await spoken()).toBe("15 Nov 2026: at least 50 pulls, 3 h 12 min not counted: counting was switched off");
    await page.keyboard.press("Home");
    expect(await spoken()).toBe("19 Oct 2026: not tracked");
    await page.keyboard.press("End");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Shift+ArrowLeft");
    expect(await spoken()).toContain("15 Nov 2026 – 17 Nov 2026: ");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("from")).toBe("2026-11-15");
    await expect
      .poll(() => headline(walk))
      .toMatch(/^At least \d+ pulls from 15 Nov 2026 to 17 Nov 2026, 3 h 12 min not counted$/);
    await page.goBack();
    await expect
      .poll(() => headline(walk))
      .toMatch(/^At least \d+ pulls since counting began on 8 Nov 2026, 3 h 12 min not counted$/);
    await page.getByText("not tracked").waitFor();

    // The same with a pointer: from the middle to the right edge.
    await walk.settle();
    const box = (await bars.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.8, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 12, box.y + 100, { steps: 4 });
    await page.mouse.up();
    const from = () => new URL(page.url()).searchParams.get("from") ?? "none";
    await expect.poll(from).toMatch(/^2026-11-1\d$/);

    // And by a hand that is quicker than the page draws.
    await page.goBack();
    await expect.poll(from).toBe("none");
    await walk.settle();
    await bars.evaluate(async (element) => {
      const { left, top, width } = element.getBoundingClientRect();
      for (const [type, part] of [
        ["down", 0.8],
        ["move", 0.95],
        ["up", 0.95],
      ] as const) {
        const at = { clientX: left + width * part, clientY: top + 100, pointerId: 1, pointerType: "mouse", bubbles: true };
        element.dispatchEvent(new PointerEvent(`pointer${type}`, at));
        // What a press and a release do is done in microtasks.
        for (let n = 0; n < 20; n++) await Promise.resolve();
      }
    });
    await expect.poll(from).toMatch(/^2026-11-1\d$/);
  });

  journey("ten years are a hundred and twenty months, on a telephone too", {}, async (walk) => {
    const { house, page, open } = walk;
    await house.push(repository, image(), "v1");
    const fromMs = Date.UTC(2016, 11, 1);
    const months = Array.from({ length: 119 }, (_, month) => Date.UTC(2016, 11 + month, 5));
    await rewritePast(house, repository, [
      { fromMs, untilMs: startMs, pulls: months.map((timeMs, month) => ({ tag: "v1", timeMs, count: month + 1 })) },
    ]);
    await open("/activity?range=all");
    await slider(walk).waitFor();
    const pulls = (119 * 120) / 2;
    expect(await headline(walk)).toBe(`${pulls.toLocaleString("en-US")} pulls since 1 Dec 2016`);
    expect(await slider(walk).getAttribute("aria-valuemax")).toBe("119");
    expect(await page.locator("[data-bar]").count()).toBe(119);
    await page.getByText("2026", { exact: true }).waitFor();
    await page.getByRole("button", { name: "As table" }).click();
    const rows = page.getByRole("region", { name: /by month/ }).locator("tbody tr");
    await rows.first().waitFor();
    expect(await rows.count()).toBe(120);

    const narrow = await walk.another({ width: 360 });
    await narrow.open("/activity?range=all");
    await slider(narrow).waitFor();
    expect(await narrow.page.locator("[data-bar]").count()).toBe(119);
    expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });

  journey(
    "where pulls are not counted, it says how to switch that on",
    { settings: { "pulls.enabled": false } },
    async (walk) => {
      await walk.house.push(repository, image(), "v1");
      await walk.open("/activity");
      await walk.page.getByText("HYTHE_PULLS_ENABLED=true").waitFor();
      await walk.open("/");
      await walk.page.getByText("Not known: pulls are not counted here.").first().waitFor();
    },
  );

  journey("what is not there says so", {}, async (walk) => {
    await walk.house.push(repository, image(), "v1");
    walk.expectStatus(404);
    await walk.open(`/activity?at=${repository}:v2`);
    await walk.page.getByText("There is nothing by this name").waitFor();
  });
});
