// The page of an image: its views, its platforms, what refers to it, and what it says when something about it changes or is missing.

import { afterAll, expect } from "vitest";
import type { RepositoryName } from "../../src/oci/reference.ts";
import { pushImage } from "../contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import { attestation, image, index, type Image } from "../image.ts";
import { describeJourneys, journey, type JourneyOptions, type Walk } from "../web.ts";

const amd = image({ layers: ["base", "app"], created: "2026-11-01T10:00:00Z" });
const arm = image({ layers: ["base", "app", "arm"], platform: "linux/arm64" });
const both = index([amd, arm, attestation(amd)]);

let other: FakeRegistry | undefined;
afterAll(() => other?.close());

/** Ours knows another registry that has an image of the same name. */
async function withOther(): Promise<JourneyOptions> {
  other = await startFakeRegistry();
  await pushImage(other.registry, "team/app" as RepositoryName, arm, "v1");
  const url = new URL(other.url);
  return { settings: { registries: { other: { url, username: undefined, password: undefined, insecure: true, names: [] } } } };
}

const view = (walk: Walk, name: string): Promise<void> => walk.page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();

describeJourneys("the page of an image", () => {
  journey("of an index: view and platform are in the address, attestations are no platforms", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", both, "v1", "stable");
    await walk.open("/r/team/app:v1");
    await page.getByText("index, 2 platforms", { exact: true }).waitFor();
    await page.getByRole("link", { name: "stable" }).first().waitFor();
    await view(walk, "Layers");
    await page.getByText("2 layers", { exact: false }).first().waitFor();
    await page.getByRole("combobox", { name: "Platform" }).selectOption("linux/arm64");
    await page.getByText("3 layers", { exact: false }).first().waitFor();
    expect(new URL(page.url()).search).toBe("?view=layers&platform=linux/arm64");
    await page.reload();
    await page.getByText("3 layers", { exact: false }).first().waitFor();
    const layers = page.getByRole("list", { name: "Layers, the lowest first" }).getByRole("listitem");
    await expect.poll(() => layers.count()).toBe(3);
    await view(walk, "Platforms");
    await page.getByRole("table").waitFor();
    const rows = await page.getByRole("table").getByRole("row").allInnerTexts();
    expect(rows.slice(1).map((row) => row.trim().split(/\s/)[0])).toEqual(["linux/amd64", "linux/arm64"]);
    await view(walk, "Referrers");
    await page.getByRole("listitem").filter({ hasText: "Attestation" }).getByText("of linux/amd64").waitFor();
    await page.goBack();
    await page.goForward();
    await page.getByRole("tab", { name: /^Referrers/, selected: true }).waitFor();
  });

  journey("shows the bytes as they were pushed, to read, to copy and to save", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", both, "v1");
    const raw = (whole: Image): string => Buffer.from(whole.bytes).toString();
    await walk.open("/r/team/app:v1?view=raw");
    const text = page.locator("pre");
    await expect.poll(() => text.innerText()).toBe(raw(both));
    await page.getByRole("combobox", { name: "Platform" }).selectOption("linux/arm64");
    await expect.poll(() => text.innerText()).toBe(raw(arm));
    const saving = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe(`app-${arm.digest.slice(7, 19)}.json`);
    const stream = await saved.createReadStream();
    expect(Buffer.concat(await stream.toArray()).equals(arm.bytes)).toBe(true);
  });

  journey("shows what refers to it, and what refers to that, as a tree", {}, async (walk) => {
    const { house, page } = walk;
    const signature = image({ layers: ["sig"], artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json", subject: amd });
    const countersigned = image({ layers: ["counter"], artifactType: "application/vnd.example.note", subject: signature });
    await house.push("team/app", amd, "v1");
    await house.push("team/app", signature);
    await house.push("team/app", countersigned);
    await walk.open("/r/team/app:v1?view=referrers");
    const items = page.getByRole("list", { name: "Referrers" }).getByRole("listitem");
    await items.first().waitFor();
    expect(await items.evaluateAll((all) => all.map((item) => (item as HTMLElement).dataset["depth"]))).toEqual(["1", "2"]);
    await page.getByText("signed (not verified here)").waitFor();
    const saving = page.waitForEvent("download");
    await items
      .first()
      .getByRole("link", { name: /^Download/ })
      .click();
    expect((await saving).suggestedFilename()).toContain(signature.digest.slice(7, 19));
    await items
      .first()
      .getByRole("link", { name: signature.digest.slice(7, 19), exact: true })
      .click();
    await page.getByRole("heading", { level: 1, name: `team/app@${signature.digest.slice(7, 19)}` }).waitFor();
  });

  journey("says that its tag moved, and what it was", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", amd, "v1");
    await page.clock.install();
    await walk.open("/r/team/app:v1");
    await page.getByText(amd.digest).waitFor();
    await house.push("team/app", arm, "v1");
    await page.clock.runFor(31_000);
    await page.getByText("This tag has moved").waitFor();
    await page.getByText(arm.digest).waitFor();
    await page
      .getByRole("status")
      .getByRole("link", { name: amd.digest.slice(7, 19) })
      .click();
    await page.getByText("without a tag").waitFor();
  });

  journey("is deleted and brought back, its counts with it, and says in between that it is gone", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", amd, "v1", "stable");
    await (await fetch(`${house.url}/v2/team/app/manifests/v1`)).arrayBuffer();
    await walk.open("/r/team/app:v1");
    await page.getByRole("button", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog", { name: /^Delete 1 tag of team\/app/ });
    await dialog.getByText("stable").waitFor();
    walk.expectStatus(404);
    await dialog.getByRole("button", { name: "Delete 1 tag" }).click();
    await page.getByText("It is not here any more").waitFor();
    expect((await fetch(`${house.url}/v2/team/app/manifests/v1`)).status).toBe(404);
    await page.getByRole("button", { name: /^Undo/ }).click();
    await page.getByText("It is not here any more").waitFor({ state: "detached" });
    const number = page.getByRole("term").filter({ hasText: "This tag, v1" }).locator("xpath=following-sibling::dd[1]");
    await expect.poll(() => number.innerText()).toMatch(/^1 pull/);
  });

  journey("that does not exist, and one that may not be seen, look the same", { closed: true }, async (walk) => {
    const { house, page } = walk;
    await house.push("secret/app", amd, "v1");
    const reader = await house.user("ada", ["pull team/*"]);
    walk.expectStatus(404, 403);
    const texts: string[] = [];
    for (const path of ["/r/team/app:v1", "/r/secret/app:v1"]) {
      await walk.open(path);
      if ((await page.getByLabel("Password", { exact: true }).count()) > 0) await walk.signIn(reader);
      const empty = page.locator('[data-empty="no match"]');
      await empty.waitFor();
      texts.push((await empty.innerText()).replace(/(?:team|secret)\/app/, "…"));
    }
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).toContain("There is no such image here");
  });

  journey("says when it was built, or that nobody set it", {}, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", amd, "v1");
    await house.push("team/app", image({ layers: ["old"] }), "reproducible");
    await walk.open("/r/team/app:v1");
    await page.getByText("built 15 d ago").waitFor();
    await walk.open("/r/team/app:reproducible");
    await page.getByText("build time not set").waitFor();
  });

  journey(
    "of another registry: its own host, and nothing of what was counted here under the same name",
    withOther,
    async (walk) => {
      const { house, page } = walk;
      await house.push("team/app", amd, "v1");
      for (let pull = 0; pull < 7; pull++) await (await fetch(`${house.url}/v2/team/app/manifests/v1`)).arrayBuffer();
      await walk.open("/x/other/team/app:v1");
      await page.getByText(arm.digest).waitFor();
      await page.getByText(`docker pull ${new URL(other!.url).host}/team/app:v1`, { exact: true }).waitFor();
      await page.getByText("usage not known").waitFor();
      for (const name of ["Overview", "Activity"]) {
        await view(walk, name);
        await page.getByText("Not known: pulls are counted where they happen").waitFor();
        expect(await page.getByRole("main").innerText()).not.toMatch(/\b7 pulls/);
      }
      await walk.settle();
      expect(walk.asked.filter((path) => path.startsWith("/pulls"))).toEqual([]);
      expect(await page.getByRole("button", { name: "Delete…" }).count()).toBe(0);
    },
  );
});
