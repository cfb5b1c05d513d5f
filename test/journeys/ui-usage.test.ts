// The clock moves through the five states of usage. Wherever a tag is shown, text, sign and filter say the same, and Home's parts are its
// whole.

import { expect } from "vitest";
import type { Overview } from "../../src/wire/overview.ts";
import type { PullsAnswer } from "../../src/wire/pulls.ts";
import type { TagsAnswer } from "../../src/wire/tags.ts";
import type { UsageState } from "../../src/wire/usage.ts";
import type { House } from "../access-house.ts";
import { image } from "../image.ts";
import { noteCountingOff } from "../../src/pulls/off.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const hour = 3_600_000;
const day = 24 * hour;
const repository = "team/app";

async function pull(house: House, tag: string): Promise<void> {
  const reply = await house.asker.ask({ method: "GET", path: `/v2/${repository}/manifests/${tag}` });
  expect(reply.status).toBe(200);
}

const push = (house: House, tag: string): Promise<void> => house.push(repository, image({ layers: [tag] }), tag);

async function countGaps(house: House): Promise<number> {
  return ((await (await fetch(`${house.url}/api/v1/pulls?interval=hour`)).json()) as PullsAnswer).gaps.length;
}

/** One tag in each state, and two that are used. */
async function liveThrough({ house, clock }: Walk): Promise<void> {
  await push(house, "before-gap");
  await house.stop();
  noteCountingOff(house.folder, clock.now());
  clock.move(2 * hour);
  await house.start();
  await expect.poll(() => countGaps(house)).toBe(1);
  await push(house, "idle");
  await pull(house, "idle");
  await push(house, "never");
  clock.move(40 * day);
  await push(house, "used-1");
  await pull(house, "used-1");
  await push(house, "used-2");
  await pull(house, "used-2");
  await push(house, "new");
  clock.move(3 * hour);
}

/** The census is taken when somebody asks, and answers are kept for a while: both by the clock that stands still. */
async function haveCounted({ house, clock }: Walk): Promise<void> {
  const askedMs = clock.now();
  await expect
    .poll(async () => {
      clock.move(30_000);
      const { usage } = (await (await fetch(`${house.url}/api/v1/overview`)).json()) as Overview;
      return usage !== null && Date.parse(usage.asOf) > askedMs;
    })
    .toBe(true);
}

const texts: Readonly<Record<string, { state: UsageState; text: string | RegExp }>> = {
  "used-1": { state: "used", text: /^3 h/ },
  "used-2": { state: "used", text: /^3 h/ },
  idle: { state: "idle", text: "idle 40 d" },
  never: { state: "never", text: "never pulled" },
  new: { state: "new", text: "new" },
  "before-gap": { state: "unknown", text: /^unknown before 17 Nov 2026/ },
};
const sums: Readonly<Record<UsageState, number>> = { used: 2, idle: 1, never: 1, new: 1, unknown: 1 };

describeJourneys("usage", () => {
  journey("each state has its text and its sign, and its filter finds it", {}, async (walk) => {
    const { house, page, open } = walk;
    await liveThrough(walk);
    await open(`/r/${repository}`);
    for (const [tag, { state, text }] of Object.entries(texts)) {
      const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: tag, exact: true }) });
      const usage = row.locator("[data-usage]:has(> svg)");
      await usage.waitFor();
      expect(await usage.getAttribute("data-usage"), tag).toBe(state);
      if (typeof text === "string") expect(await usage.innerText(), tag).toBe(text);
      else expect(await usage.innerText(), tag).toMatch(text);
      expect(await usage.locator("svg").getAttribute("data-usage"), tag).toBe(state);
    }
    for (const [state, count] of Object.entries(sums)) {
      const wanted = Object.keys(texts).filter((tag) => texts[tag]!.state === state);
      const answer = (await (await fetch(`${house.url}/api/v1/tags?usage=${state}&total=true`)).json()) as TagsAnswer;
      expect(answer.total, state).toBe(count);
      expect(answer.items.map(({ name }) => name).sort(), state).toEqual(wanted.sort());
      await open(`/tags?usage=${state}&sort=name`);
      const names = page.getByRole("treegrid").getByRole("link");
      await expect.poll(() => names.count()).toBe(count);
      expect(await names.allInnerTexts()).toEqual(wanted.map((tag) => `${repository}:${tag}`));
    }
    // The shapes differ, not the colours alone.
    await open(`/r/${repository}`);
    await page.getByRole("link", { name: "idle", exact: true }).waitFor();
    const shapes = await page
      .locator("[role=treegrid] svg[data-usage]")
      .evaluateAll((signs) => new Set(signs.map((sign) => sign.innerHTML)).size);
    expect(shapes).toBe(5);
  });

  journey("home answers whether it is used, and its parts are its whole", {}, async (walk) => {
    const { page, open, clock } = walk;
    await liveThrough(walk);
    await haveCounted(walk);
    await open("/");
    await page.getByText("2 of 6 tags are idle for 30 d or were never pulled").waitFor();
    const parts = page.getByRole("region", { name: "Usage of tags" }).getByRole("listitem");
    const shown: Record<string, number> = {};
    for (const part of await parts.all()) {
      shown[(await part.getAttribute("data-usage"))!] = Number(await part.locator("b").innerText());
    }
    expect(shown).toEqual(sums);
    expect(Object.values(shown).reduce((sum, count) => sum + count)).toBe(6);
    expect(await page.getByRole("img", { name: "2 used, 1 idle, 1 never pulled, 1 new, 1 unknown" }).count()).toBe(1);
    const largest = page.getByRole("table", { name: "Largest idle or never pulled" });
    expect(await largest.getByRole("link").allInnerTexts()).toEqual(
      expect.arrayContaining([`${repository}:idle`, `${repository}:never`]),
    );
    expect(await page.getByRole("table", { name: "Most pulled in 7 days" }).getByRole("link").count()).toBe(2);

    // Each part leads to its tags.
    await parts.filter({ hasText: "idle" }).getByRole("link").click();
    await page
      .getByRole("treegrid")
      .getByRole("link", { name: `${repository}:idle` })
      .waitFor();
    expect(new URL(page.url()).searchParams.get("usage")).toBe("idle");

    // What is used stops being so when nobody asks for it any more.
    clock.move(31 * day);
    await haveCounted(walk);
    await open("/");
    await page.getByText("5 of 6 tags are idle for 30 d or were never pulled").waitFor();
  });

  journey("repositories are found by the usage of their tags", {}, async (walk) => {
    const { house, page, open } = walk;
    await liveThrough(walk);
    await house.push("team/fresh", image({ layers: ["fresh"] }), "1");
    walk.clock.move(2 * 60_000);
    await open("/repositories?usage=idle");
    const links = page.getByRole("treegrid").getByRole("link");
    await page.getByText("1 repository matches").waitFor();
    expect(await links.first().innerText()).toBe(repository);
    expect(await page.getByRole("img", { name: "2 used, 1 idle, 1 never pulled, 1 new, 1 unknown" }).count()).toBe(1);
    await open("/repositories?usage=new");
    await page.getByText("2 repositories match").waitFor();
  });
});
