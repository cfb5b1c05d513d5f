// What two images have in common and what not is what was pushed.

import { expect } from "vitest";
import { image, index, type Image } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const build = (version: string, layers: readonly string[], env: readonly string[], platform = "linux/amd64"): Image =>
  image({
    layers,
    platform,
    layerBytes: 2000,
    config: {
      config: { Env: env, Entrypoint: ["/app"], User: "1000", Labels: { version, stays: "yes" }, ExposedPorts: { "80/tcp": {} } },
    },
    annotations: { "org.opencontainers.image.version": version },
  });

const old = ["base", "libraries", "app 1.8"];
const next = ["base", "libraries", "app 1.9", "plugins"];
const v18 = build("1.8", old, ["APP_VERSION=1.8", "LANG=C", "API_TOKEN=one"]);
const v19 = build("1.9", next, ["APP_VERSION=1.9", "TZ=UTC", "API_TOKEN=two"]);
const sizeOf = (whole: Image, layers: readonly number[]): number =>
  layers.reduce((sum, at) => sum + whole.blobs[at + 1]!.bytes.length, 0);

/** The words of each line of a list of changes. */
async function changesOf({ page }: Walk, list: string): Promise<string[]> {
  const texts = await page
    .getByRole("list", { name: `${list} that changed` })
    .getByRole("listitem")
    .allInnerTexts();
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

describeJourneys("comparing two images", () => {
  journey("shows the layers, variables, labels and annotations that differ, and how often both were pulled", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", v18, "v1.8");
    await house.push("team/app", v19, "v1.9");
    for (let pull = 0; pull < 3; pull++) await (await fetch(`${house.url}/v2/team/app/manifests/v1.9`)).arrayBuffer();
    await walk.open("/r/team/app?view=compare&a=v1.8&b=v1.9");
    const heading = page.getByRole("heading", { level: 2, name: /^Layers/ });
    await heading.waitFor();
    const [same, gone, added] = [sizeOf(v18, [0, 1]), sizeOf(v18, [2]), sizeOf(v19, [2, 3])].map((bytes) =>
      (bytes / 1024).toFixed(2),
    );
    expect((await heading.innerText()).replaceAll(/\s+/g, " ")).toBe(
      `Layers = 2 same ${same} KiB − 1 gone ${gone} KiB + 2 new ${added} KiB`,
    );
    const layers = await changesOf(walk, "Layers");
    expect(layers.map((line) => /(?:gone|new|same) COPY (?:app [\d.]+|plugins|base|libraries)/.exec(line)?.[0])).toEqual([
      "gone COPY app 1.8",
      "new COPY app 1.9",
      "new COPY plugins",
    ]);
    expect(await changesOf(walk, "Environment")).toEqual([
      "? hidden API_TOKEN not shown, as the name looks like a secret’s: it may have changed",
      "~ changed APP_VERSION 1.8 → 1.9",
      "− gone LANG C",
      "+ new TZ UTC",
    ]);
    expect(await changesOf(walk, "Labels")).toEqual(["~ changed version 1.8 → 1.9"]);
    expect(await changesOf(walk, "Annotations")).toEqual(["~ changed org.opencontainers.image.version 1.8 → 1.9"]);
    await page.getByText("All the same.").first().waitFor();
    const pulls = page.getByRole("row").filter({ hasText: "Pulls of the tag" }).getByRole("cell");
    expect(await pulls.allInnerTexts()).toEqual(["0", "3"]);
    await page.getByRole("button", { name: "Show 2 that are the same" }).first().click();
    expect(await changesOf(walk, "Layers")).toHaveLength(5);
  });

  journey("asks which two, takes digests, swaps them, and keeps all that in the address", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", v18, "v1.8");
    await house.push("team/app", v19, "v1.9");
    await walk.open("/r/team/app:v1.8");
    await page.getByRole("link", { name: "Compare…" }).click();
    await page.getByRole("heading", { level: 1, name: "Compare in team/app" }).waitFor();
    expect(await page.locator("input").and(page.getByLabel("From")).inputValue()).toBe("v1.8");
    await page.locator("input").and(page.getByLabel("To")).click();
    await page.getByRole("option", { name: "v1.9" }).click();
    await page.getByRole("button", { name: "Compare", exact: true }).click();
    await page.getByText("+ 2 new").waitFor();
    await page.getByRole("button", { name: "Swap" }).click();
    await page.getByText("− 2 gone").waitFor();
    expect(new URL(page.url()).search).toBe("?view=compare&a=v1.9&b=v1.8");
    await walk.open(`/r/team/app?view=compare&a=${v18.digest}&b=v1.8`);
    await page.getByText("Both are the same image.").waitFor();
    await walk.checkAccessibility();
    walk.expectStatus(404);
    await walk.open("/r/team/app?view=compare&a=v1.8&b=v0");
    await page.getByText("There is no tag v0 here, or you may not see it. Choose another one.").waitFor();
  });

  journey("compares indexes by platform, and says where one has none", {}, async (walk) => {
    const { house, page } = walk;
    const arm = build("1.8", ["base-arm", "libraries"], [], "linux/arm64");
    await house.push("team/app", index([v18, arm]), "v1.8");
    await house.push("team/app", v19, "v1.9");
    await walk.open("/r/team/app?view=compare&a=v1.8&b=v1.9");
    await page.getByText("+ 2 new").waitFor();
    expect(await page.getByLabel("Platform").inputValue()).toBe("linux/amd64");
    await page.getByLabel("Platform").selectOption("linux/arm64");
    await page.getByText("v1.9 has no image for linux/arm64.").waitFor();
    await page.reload();
    await page.getByText("v1.9 has no image for linux/arm64.").waitFor();
  });
});
