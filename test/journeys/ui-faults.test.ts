// What goes wrong is said where it went wrong, and nothing beside it goes along.

import { expect } from "vitest";
import { startFakeRegistry } from "../fake/fake-registry.ts";
import type { PullsAnswer } from "../../src/wire/pulls.ts";
import type { TagsAnswer } from "../../src/wire/tags.ts";
import { image, index } from "../image.ts";
import { pushImage } from "../push.ts";
import { describeJourneys, journey } from "../web.ts";

const fault = {
  status: 500,
  contentType: "application/problem+json",
  body: JSON.stringify({
    type: "about:blank",
    title: "Internal error",
    status: 500,
    detail: "the disk is gone",
    code: "UNKNOWN",
    requestId: "abc-1",
  }),
};

describeJourneys("faults", () => {
  journey("a page that breaks says so in its place, and can be loaded anew", { closed: true }, async (walk) => {
    const { house, page, open, signIn } = walk;
    await open("/access?view=users");
    await signIn(house.root);
    await page.getByRole("cell", { name: "root", exact: true }).waitFor();
    // Not as JSON, or it would be compared with what the API describes. React says in the console what broke.
    page.removeAllListeners("console");
    await page.route("**/api/v1/rules*", (route) =>
      route.fulfill({ contentType: "text/plain", body: '{"items":[null],"total":1}' }),
    );
    await page.getByRole("tab", { name: "Immutable tags" }).click();
    await page.getByRole("heading", { level: 1, name: "This page does not work" }).waitFor();
    await page.getByRole("alert").filter({ hasText: "Could not show this page" }).waitFor();
    await walk.checkAccessibility();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Reload" }).click();
    await page.getByRole("heading", { name: "There are no rules yet" }).waitFor();
    // What is around it stays, and leads elsewhere.
    await page.getByRole("link", { name: "Home" }).first().click();
    await page.getByRole("tab").first().waitFor({ state: "detached" });
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.getByText("does not work").count()).toBe(0);
  });

  journey("what a button could not do is said beside it", { closed: true }, async (walk) => {
    const { house, page, open, signIn, expectStatus } = walk;
    await house.user("ann");
    await open("/access?view=users");
    await signIn(house.root);
    expectStatus(500);
    await page.getByRole("button", { name: /ann/ }).click();
    await page.getByRole("menuitem", { name: "Disable…" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Disable/ })
      .click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.route(/api\/v1\/(?:users\/ann|session$)/, (route) =>
      route.request().method() === "GET" ? route.continue() : route.fulfill(fault),
    );
    for (const [action, what] of [
      ["Enable", "enable ann"],
      ["Sign out everywhere", "sign ann out everywhere"],
    ] as const) {
      await page.getByRole("button", { name: /ann/ }).click();
      await page.getByRole("menuitem", { name: action }).click();
      await page
        .getByRole("alert")
        .filter({ hasText: `Could not ${what}` })
        .getByText("The disk is gone")
        .waitFor();
    }
    await page.getByRole("button", { name: /root: menu/ }).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "Could not sign you out" }).waitFor();
    await walk.checkAccessibility();
    await page.keyboard.press("Escape");
    await page.unrouteAll();

    await page.route("**/api/v1/pulls?*", (route) => route.fulfill(fault));
    await open("/settings");
    await page.getByText("not known: the disk is gone").waitFor();
  });

  let fake: Awaited<ReturnType<typeof startFakeRegistry>> | undefined;
  const withOther = async () => {
    fake = await startFakeRegistry();
    await pushImage(fake.url, "team/app", image(), "v1");
    const url = new URL(fake.url);
    return { settings: { registries: { other: { url, username: undefined, password: undefined, names: [], insecure: false } } } };
  };
  journey("rows of another registry of which nothing could be read say why", withOther, async ({ page, open, expectStatus }) => {
    expectStatus(500);
    await page.route("**/api/v1/tags/details?*", (route) => route.fulfill(fault));
    await open("/x/other/team/app");
    const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "v1", exact: true }) });
    await row.waitFor();
    await expect.poll(() => row.locator('[data-tip*="the disk is gone"]').count()).toBeGreaterThan(0);
    await page.unrouteAll();
    await fake!.close();
  });

  journey("a doubt is told of what it is about, and what is not known is not absent", { width: 360 }, async (walk) => {
    const { house, page, open } = walk;
    const both = index([image({ layers: ["a"], platform: "linux/amd64" }), image({ layers: ["b"], platform: "linux/arm64" })]);
    await house.push("team/app", both, "v1");
    // Pulls that were counted, but perhaps not for their tag: those of the repository are all there.
    await page.route("**/api/v1/pulls?*", async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as PullsAnswer;
      const gap = { kind: "attribution", from: answer.from, to: answer.to, reason: "the journal was torn" } as const;
      return route.fulfill({ response, json: { ...answer, gaps: [gap] } });
    });
    await page.route("**/api/v1/tags?*", async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as TagsAnswer;
      for (const { children } of answer.items) if (children != null) children[0]!.bytes = null;
      return route.fulfill({ response, json: answer });
    });
    await open("/r/team/app");
    await expect.poll(() => page.getByTestId("repository-head").innerText()).toContain("no pulls in 30 d");
    expect(await page.getByTestId("repository-head").innerText()).not.toContain("at least");
    await page.getByRole("button", { name: /^Expand/ }).click();
    await page.getByText("size not known").waitFor();
    expect(await page.getByText("absent").count()).toBe(0);
    await page.unrouteAll();
  });
});
