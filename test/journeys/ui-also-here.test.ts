// An image of another registry that is in ours as well leads to where it is here.

import { afterAll, expect } from "vitest";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import { image } from "../image.ts";
import { pushImage } from "../push.ts";
import { describeJourneys, journey, type JourneyOptions } from "../web.ts";

const started: FakeRegistry[] = [];
afterAll(async () => {
  for (const fake of started) await fake.close();
});
async function withOther(): Promise<JourneyOptions> {
  const fake = await startFakeRegistry();
  started.push(fake);
  await pushImage(fake.url, "team/app", image(), "both");
  await pushImage(fake.url, "team/app", image({ layers: ["theirs"] }), "theirs");
  const other = { url: new URL(fake.url), insecure: true, names: [], username: undefined, password: undefined };
  return { settings: { registries: { other } } };
}

describeJourneys("an image of another registry", () => {
  journey("that is here as well is linked, and one that is not is not", withOther, async ({ house, page, open, settle }) => {
    await house.push("mine/copy", image(), "v1");
    await open("/x/other/team/app:theirs");
    await page.getByRole("tab", { name: "Overview" }).waitFor();
    await settle();
    expect(await page.getByText("The same image is here as well").count()).toBe(0);
    await open("/x/other/team/app:both");
    await page.getByText("The same image is here as well").waitFor();
    await page.getByRole("link", { name: /^mine\/copy@/ }).click();
    await page.waitForURL((url) => url.pathname.startsWith("/ui/r/mine/copy@sha256:"));
    await page.getByRole("heading", { level: 1, name: /^mine\/copy@/ }).waitFor();
  });
});
