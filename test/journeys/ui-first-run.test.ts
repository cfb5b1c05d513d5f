// The first run: what the page says to type brings an image, and the page turns by itself.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { image } from "../image.ts";
import { findGoTool } from "../peers/go-tools.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const shell = promisify(execFile);
/** How long a page waits until it asks again, at most. */
const soonMs = 3000;

describeJourneys("the first run", () => {
  const oras = findGoTool("oras");
  const title = "the commands that are shown bring an image and fetch it, and the page says so by itself";

  journey(oras === undefined ? `${title} (with our own client: oras is not built)` : title, {}, async (walk) => {
    const { house, open, page } = walk;
    await page.clock.install();
    await open("/");
    await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
    await page.getByText("Waiting for a push").waitFor();
    await page.getByText("Counting since 17 Nov 2026").waitFor();
    await page.getByRole("radio", { name: "oras" }).check();
    const shown = (await commands(walk)).filter((line) => !line.startsWith("npx hythe"));
    expect(shown).toEqual(["echo hello > hello.txt", `oras push --plain-http 127.0.0.1:${house.port}/demo/hello:1 hello.txt`]);
    await walk.checkAccessibility();
    await stopTime(walk);
    if (oras === undefined) await house.push("demo/hello", image(), "1");
    else await runAll(shown, oras);
    await expectAskedSoon(walk);

    await page.getByRole("heading", { name: "demo/hello:1 arrived, now pull it" }).waitFor();
    await page.getByRole("heading", { name: "It arrived" }).waitFor();
    expect(await page.getByRole("heading", { name: "Nothing here yet" }).count()).toBe(0);
    await walk.checkAccessibility();
    const [fetching] = await commands(walk);
    expect(fetching).toMatch(/^oras pull /);
    await stopTime(walk);
    if (oras !== undefined) await runAll([fetching!], oras);
    else await house.asker.ask({ method: "GET", path: "/v2/demo/hello/manifests/1", headers: {} });
    await expectAskedSoon(walk);
    await page.getByRole("heading", { name: "demo/hello:1 was pulled: 1 pull counted" }).waitFor();

    await page.getByRole("button", { name: "Go on to Home" }).click();
    await page.getByRole("heading", { name: "Is it used?" }).waitFor();
  });

  journey("each tool is told in at most two lines, at the address where clients reach the registry", {}, async (walk) => {
    const { house, open, page } = walk;
    await open("/");
    const radios = page.getByRole("radio");
    await radios.first().waitFor();
    expect(await radios.count()).toBe(8);
    for (const radio of await radios.all()) {
      await radio.check();
      const lines = await commands(walk);
      expect(lines.join("\n")).toContain(`127.0.0.1:${house.port}/demo`);
      expect(lines.filter((line) => !line.startsWith("npx hythe")).length).toBeLessThanOrEqual(2);
    }
    // What was chosen is remembered.
    await page.reload();
    await page.getByRole("radio", { name: "hythe" }).waitFor();
    expect(await page.getByRole("radio", { name: "hythe" }).isChecked()).toBe(true);
  });
});

/** For the page; what it asks at this moment has been answered. */
async function stopTime({ page, settle }: Walk): Promise<void> {
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 60_000);
  await settle();
}

/** In the page's time, which goes on then: the machine may take as long as it wants. */
async function expectAskedSoon({ page, settle, asked }: Walk): Promise<void> {
  const before = asked.length;
  await page.clock.fastForward(soonMs);
  await settle();
  expect(asked.slice(before).some((path) => path.startsWith("/repositories?"))).toBe(true);
  await page.clock.resume();
}

function commands({ page }: Walk): Promise<string[]> {
  return page.locator("main code").allInnerTexts();
}

/** As somebody types them, in a folder of their own. */
async function runAll(lines: readonly string[], tool: string): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "hythe-first-"));
  try {
    const env = { ...process.env, HOME: cwd, PATH: `${dirname(tool)}${delimiter}${process.env["PATH"]}` };
    for (const line of lines) await shell("sh", ["-c", line], { cwd, env });
  } finally {
    await rm(cwd, { recursive: true });
  }
}
