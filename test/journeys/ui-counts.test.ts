// The numbers of the UI are those of the API and of the command line, for every way to pull, also while pulls are running; looking at them
// counts as nothing.

import { expect } from "vitest";
import { manifestCounts, repositoryCounts } from "../counts.ts";
import { image, index, type Image } from "../image.ts";
import { runHythe } from "../peers/hythe.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const repository = "team/app";
const part = (name: string, platform = "linux/amd64"): Image => image({ layers: ["base", name], platform });
const byTag = part("by-tag");
const byDigest = part("by-digest");
const headThenGet = part("head-then-get");
const onlyAsked = part("only-asked");
const many = index([part("many"), part("many", "linux/arm64")]);
const child = many.children[0]!;
const tags = { byTag, byDigest, headThenGet, onlyAsked, many };

/** Of the tag: pulls and checks. Of the image: pulls, by a tag, by digest, as a child, checks. */
interface Numbers {
  readonly tag: readonly [pulls: number, checks: number];
  readonly image: readonly [pulls: number, byTag: number, direct: number, asChild: number, checks: number];
}

/** By section 7 of the design, for one round of pulls. */
const expected: Readonly<Record<keyof typeof tags, Numbers>> = {
  byTag: { tag: [1, 0], image: [1, 1, 0, 0, 0] },
  byDigest: { tag: [0, 0], image: [1, 0, 1, 0, 0] },
  headThenGet: { tag: [1, 0], image: [1, 1, 0, 0, 0] },
  onlyAsked: { tag: [0, 2], image: [0, 0, 0, 0, 3] },
  many: { tag: [1, 0], image: [1, 1, 0, 0, 0] },
};
const expectedChild: Numbers["image"] = [1, 0, 0, 1, 0];

describeJourneys("the counts of the UI", () => {
  journey("of each way to pull are those of the API and of the command line", {}, async (walk) => {
    const { house, page } = walk;
    for (const [tag, whole] of Object.entries(tags)) await house.push(repository, whole, tag);
    await pullEverything(house.url);
    const answer = await runHythe(["tags", repository, "--json", "--server", house.url]);
    const { items } = JSON.parse(answer.stdout) as { items: { name: string; pulls: Shown; imagePulls: Shown }[] };
    const shell = Object.fromEntries(items.map(({ name, pulls, imagePulls }) => [name, { pulls, imagePulls }]));
    for (const [tag, { digest }] of Object.entries(tags)) {
      const { tag: ofTag, image: ofImage } = expected[tag as keyof typeof tags];
      const api = await manifestCounts(house.url, repository, digest);
      expect([api.count, api.byTag, api.direct, api.asChild, api.checks], tag).toEqual(ofImage);
      expect([shell[tag]!.pulls.count, shell[tag]!.pulls.checks, shell[tag]!.imagePulls.count], tag).toEqual([
        ...ofTag,
        ofImage[0],
      ]);
    }

    await walk.open(`/r/${repository}`);
    for (const tag of Object.keys(tags) as (keyof typeof tags)[]) {
      expect(await rowNumbers(walk, tag), tag).toEqual([expected[tag].tag[0], expected[tag].image[0]]);
    }
    for (const [tag, { digest }] of Object.entries(tags)) {
      const { tag: ofTag, image: ofImage } = expected[tag as keyof typeof tags];
      await walk.open(`/r/${repository}:${tag}`);
      expect(await tagNumbers(walk, tag)).toEqual(ofTag);
      expect(await imageNumbers(walk), tag).toEqual(ofImage);
      await walk.open(`/r/${repository}@${digest}`);
      expect(await imageNumbers(walk), `${tag} by digest`).toEqual(ofImage);
      expect(await page.getByText(/^This tag/).count()).toBe(0);
    }
    await walk.open(`/r/${repository}@${child.digest}`);
    expect(await imageNumbers(walk)).toEqual(expectedChild);
    await walk.open(`/r/${repository}:many?view=platforms`);
    const row = page.getByRole("row").filter({ hasText: "linux/amd64" });
    await expect.poll(() => row.getByRole("cell").nth(2).innerText()).toBe("1");
  });

  journey("are those of the bars of activity", {}, async (walk) => {
    const { house, page } = walk;
    for (const [tag, whole] of Object.entries(tags)) await house.push(repository, whole, tag);
    for (let round = 0; round < 3; round++) await pullEverything(house.url);
    walk.clock.move(60_000);
    const readActivity = async (path: string): Promise<{ headline: string; figures: string }> => {
      await walk.open(path);
      const section = page.getByRole("region", { name: /^Pulls of/ });
      await section.getByText(/checks \d/).waitFor();
      return {
        headline: await section.getByRole("heading", { level: 2 }).innerText(),
        figures: (await section.innerText()).replaceAll(/\s+/g, " "),
      };
    };
    const tag = await readActivity(`/r/${repository}:headThenGet?view=activity`);
    expect(tag.headline).toMatch(/^(?:At least )?3 pulls/i);
    expect(tag.figures).toContain("checks 0");
    expect((await readActivity(`/r/${repository}:onlyAsked?view=activity`)).figures).toContain("checks 6");
    expect((await readActivity(`/r/${repository}@${child.digest}?view=activity`)).headline).toMatch(/^(?:At least )?3 pulls/i);
    const whole = await readActivity(`/r/${repository}?view=activity`);
    const { repository: api } = await repositoryCounts(house.url, repository);
    expect(api).toEqual([12, 9]);
    expect(whole.headline).toMatch(/^(?:At least )?12 pulls/i);
    expect(whole.figures).toContain("checks 9");
  });

  journey(
    "lie between what the API says before and after, while pulls are running, and are exact afterwards",
    {},
    async (walk) => {
      const { house } = walk;
      await house.push(repository, byTag, "byTag", "also");
      let isOver = false;
      let answered = 0;
      const puller = async (tag: string): Promise<void> => {
        while (!isOver) {
          await pull(house.url, "GET", tag);
          answered++;
        }
      };
      const pullers = [puller("byTag"), puller("byTag"), puller("also")];
      const api = async (): Promise<[number, number]> => {
        const counts = await repositoryCounts(house.url, repository);
        return [counts.tags["byTag"]![0], (await manifestCounts(house.url, repository, byTag.digest)).count];
      };
      const expectBetween = (
        shown: readonly (number | undefined)[],
        before: readonly number[],
        after: readonly number[],
      ): void => {
        for (const [at, number] of shown.entries()) {
          expect(number).toBeGreaterThanOrEqual(before[at]!);
          expect(number).toBeLessThanOrEqual(after[at]!);
        }
      };
      try {
        for (let round = 0; round < 3; round++) {
          let before = await api();
          await walk.open(`/r/${repository}`);
          const row = await rowNumbers(walk, "byTag");
          expectBetween(row, before, await api());
          before = await api();
          await walk.open(`/r/${repository}:byTag`);
          const shown = [(await tagNumbers(walk, "byTag"))[0], (await imageNumbers(walk))[0]];
          expectBetween(shown, before, await api());
        }
      } finally {
        isOver = true;
        await Promise.all(pullers);
      }
      const end = await api();
      expect(end[1]).toBe(answered);
      await walk.open(`/r/${repository}`);
      expect(await rowNumbers(walk, "byTag")).toEqual(end);
      await walk.open(`/r/${repository}:byTag`);
      expect([(await tagNumbers(walk, "byTag"))[0], (await imageNumbers(walk))[0]]).toEqual(end);
    },
  );

  journey("do not change when every view is looked at, three times over", {}, async (walk) => {
    const { house } = walk;
    for (const [tag, whole] of Object.entries(tags)) await house.push(repository, whole, tag);
    await pullEverything(house.url);
    const read = async (): Promise<unknown> => [
      await repositoryCounts(house.url, repository),
      ...(await Promise.all([...Object.values(tags), child].map(({ digest }) => manifestCounts(house.url, repository, digest)))),
    ];
    const before = await read();
    const views = ["", "?view=layers", "?view=platforms", "?view=referrers", "?view=raw", "?view=activity"];
    const places = [
      "/",
      "/repositories",
      "/tags",
      "/activity",
      `/r/${repository}`,
      `/r/${repository}?view=history`,
      `/r/${repository}?view=compare&a=byTag&b=many`,
      ...views.map((view) => `/r/${repository}:many${view}`),
      ...views.map((view) => `/r/${repository}@${child.digest}${view}`),
      ...Object.keys(tags).map((tag) => `/r/${repository}:${tag}`),
    ];
    for (const place of [...places, ...places, ...places]) {
      await walk.open(place);
      await walk.settle();
    }
    expect(walk.asked.length).toBeGreaterThan(3 * places.length);
    expect(await read()).toEqual(before);
  });
});

interface Shown {
  readonly count: number;
  readonly checks: number;
}

async function pull(url: string, method: string, reference: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(`${url}/v2/${repository}/manifests/${reference}`, { method, headers });
  await answer.arrayBuffer();
  return answer.status;
}

async function pullEverything(url: string): Promise<void> {
  expect(await pull(url, "GET", "byTag")).toBe(200);
  expect(await pull(url, "GET", byDigest.digest)).toBe(200);
  expect(await pull(url, "HEAD", "headThenGet")).toBe(200);
  expect(await pull(url, "GET", headThenGet.digest)).toBe(200);
  expect(await pull(url, "HEAD", "onlyAsked")).toBe(200);
  expect(await pull(url, "GET", "onlyAsked", { "if-none-match": `"${onlyAsked.digest}"` })).toBe(304);
  expect(await pull(url, "HEAD", onlyAsked.digest)).toBe(200);
  expect(await pull(url, "GET", "many")).toBe(200);
  expect(await pull(url, "GET", child.digest)).toBe(200);
  expect(await pull(url, "GET", "missing")).toBe(404);
}

/** Pulls by the tag and of its image, as its row in the repository says. */
async function rowNumbers({ page }: Walk, tag: string): Promise<number[]> {
  const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: tag, exact: true }) });
  const text = await row
    .getByRole("gridcell")
    .filter({ hasText: /^[\d,]+\s*\/\s*[\d,]+$/ })
    .innerText();
  return text.split("/").map(toNumber);
}

async function tagNumbers(walk: Walk, tag: string): Promise<number[]> {
  const numbers = await readNumbers(walk, `This tag, ${tag}`);
  return [numbers["pulls"]!, numbers["checks"]!];
}

async function imageNumbers(walk: Walk): Promise<number[]> {
  const numbers = await readNumbers(walk, "This image");
  return ["pulls", "by a tag", "by digest", "as a child of an index", "checks"].map((name) => numbers[name]!);
}

async function readNumbers({ page }: Walk, name: string): Promise<Record<string, number>> {
  const text = await page
    .getByRole("term")
    .filter({ hasText: new RegExp(`^${name}$`) })
    .locator("xpath=following-sibling::dd[1]")
    .innerText();
  const found = text.replaceAll(/\s+/g, " ").matchAll(/([\d,]+) (pull|check|by a tag|by digest|as a child of an index)s?\b/g);
  return Object.fromEntries(
    [...found].map(([, number, what]) => [/^(?:pull|check)$/.test(what!) ? `${what}s` : what!, toNumber(number!)]),
  );
}

function toNumber(text: string): number {
  return Number(text.replaceAll(",", "").trim());
}
