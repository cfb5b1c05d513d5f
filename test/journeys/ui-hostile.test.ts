// What others write (labels, annotations, commands, variables) is text wherever it is shown: it runs nothing, links nowhere else, moves
// nothing, and however much of it there is, the page stays a page.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { image, index, type Image } from "../image.ts";
import { describeJourneys, journey } from "../web.ts";

const markup = `"><script>window.hacked=1</script><img src=x onerror="window.hacked=1"><svg/onload=window.hacked=1>`;
const script = "javascript:window.hacked=1";
const backwards = "\u202Egnp.exe\u2066";
const long = "word-without-a-break".repeat(2000);
const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`label-${String(at).padStart(4, "0")}`, `value ${at}`]));
const texts = {
  markup,
  script,
  backwards,
  data: "data:text/html,<script>window.hacked=1</script>",
  breakout: "</style></script>--><h1>h</h1>",
  [markup]: "a name of markup",
  ["__proto__"]: "polluted",
  constructor: "polluted",
  long,
  source: "https://git.example/team/app",
  tricky: 'https://git.example/" onmouseover="window.hacked=1',
};
const hostile = (layers: readonly string[], labels: Record<string, string> = texts): Image =>
  image({
    layers,
    annotations: { ...texts, "org.opencontainers.image.title": markup },
    config: {
      author: markup,
      config: {
        Env: [`MARKUP=${markup}`, `${markup}=1`, "NOTHING", `LONG=${long}`, "DB_PASSWORD=hunter2"],
        Entrypoint: ["sh", "-c", markup],
        Cmd: [script],
        User: markup,
        WorkingDir: `/${backwards}`,
        ExposedPorts: { [markup]: {} },
        Volumes: { [script]: {} },
        Labels: labels,
      },
      history: [
        { created: "not a time", created_by: markup, comment: script },
        { created_by: long, empty_layer: true },
        { created_by: `RUN ${markup}` },
      ],
    },
  });

/** What must never be, whatever was shown. */
async function expectHarmless(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    hacked: (globalThis as { hacked?: unknown }).hacked,
    polluted: ({} as { __proto__: object } & Record<string, unknown>)["polluted"],
    images: document.querySelectorAll('img:not([src^="/ui/"]), iframe, object, embed').length,
    scripts: [...document.scripts].filter(({ src }) => !src.startsWith(location.origin)).length,
    handlers: document.querySelectorAll("[onerror], [onload], [onmouseover]").length,
    links: [...document.querySelectorAll<HTMLAnchorElement>("a[href]")].map(({ href, rel }) => ({ href, rel })),
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    headings: document.querySelectorAll("h1").length,
  }));
  const { links, ...rest } = found;
  expect(rest).toEqual({ hacked: undefined, polluted: undefined, images: 0, scripts: 0, handlers: 0, sideways: 0, headings: 1 });
  for (const { href, rel } of links) {
    const { protocol, origin } = new URL(href);
    expect(["http:", "https:"]).toContain(protocol);
    if (origin !== new URL(page.url()).origin) expect(rel.split(" ").toSorted()).toEqual(["noopener", "noreferrer"]);
  }
}

describeJourneys("hostile text", () => {
  journey("is shown as it is and runs nothing, in every view of an image and in comparing two", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", hostile(["a", "b"]), "v1");
    await house.push("team/app", hostile(["a", "c"], { ...texts, markup: `${markup}!` }), "v2");
    await house.push("team/app", index([hostile(["a", "b"]), image({ platform: "linux/arm64" })]), "many");
    await walk.open("/r/team/app:v1");
    await page.getByText(markup).first().waitFor();
    await page.getByText("https://git.example/team/app").first().waitFor();
    expect(await page.getByRole("link", { name: "https://git.example/team/app" }).count()).toBe(2);
    await expectHarmless(page);
    for (const view of ["layers", "platforms", "referrers", "activity", "raw"]) {
      await page.getByRole("tab", { name: new RegExp(`^${view}`, "i") }).click();
      await walk.settle();
      await expectHarmless(page);
    }
    await walk.checkAccessibility();
    for (const path of [
      "/r/team/app?view=compare&a=v1&b=v2",
      "/r/team/app:many",
      "/r/team/app",
      "/r/team/app?view=history",
      "/tags",
    ]) {
      await walk.open(path);
      await walk.settle();
      await expectHarmless(page);
    }
    for (const width of [360, 768, 2560]) {
      await page.setViewportSize({ width, height: 800 });
      for (const view of ["", "?view=layers", "?view=raw"]) {
        await walk.open(`/r/team/app:v1${view}`);
        await walk.settle();
        await expectHarmless(page);
      }
    }
  });

  journey("a thousand labels are shown when somebody asks for them, and long values too", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", hostile(["a"], many), "v1");
    await walk.open("/r/team/app:v1");
    await page.getByText("label-0019").waitFor();
    expect(await page.getByText("label-0020").count()).toBe(0);
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(1500);
    await page.getByRole("button", { name: "Show all 1,000 labels" }).click();
    await page.getByText("label-0999").waitFor();
    expect(
      await page
        .getByText(/^word-without/)
        .first()
        .innerText(),
    ).toHaveLength(320 + 1 + "Show the first 20,000 of 40,000 characters".length);
    await page.getByRole("button", { name: "Show fewer" }).click();
    expect(await page.getByText("label-0020").count()).toBe(0);
  });

  journey("values that look like secrets come when somebody asks for them, and go again", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", hostile(["a"]), "v1");
    await walk.open("/r/team/app:v1");
    await page.getByText("DB_PASSWORD").waitFor();
    expect(await page.content()).not.toContain("hunter2");
    await page.getByRole("button", { name: "Reveal 1 hidden value" }).click();
    await page.getByText("hunter2").waitFor();
    await page.getByRole("button", { name: "Hide what looks secret" }).click();
    await expect.poll(() => page.getByText("hunter2").count()).toBe(0);
    await page.reload();
    await page.getByText("DB_PASSWORD").waitFor();
    expect(await page.content()).not.toContain("hunter2");
  });
});
