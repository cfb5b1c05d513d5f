// One window, several readers, one after the other: what one has seen or done is nothing to the next.

import { expect } from "vitest";
import { hashPassword } from "../../src/access/password.ts";
import { atConsole, type Credentials } from "../access-house.ts";
import { image } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const row = ({ page }: Walk, name: string) =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
const tagsOf = async ({ house }: Walk, repository: string): Promise<number> => {
  const { name, secret } = house.root;
  const headers = { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}` };
  const answer = await fetch(`${house.url}/api/v1/tags?repository=${repository}`, { headers });
  return ((await answer.json()) as { items: unknown[] }).items.length;
};

/** Ends the session that the window has, and makes it notice. */
async function endSession({ house, page, expectStatus }: Walk, { name }: Credentials): Promise<void> {
  await house.members.signOutEverywhere(name, atConsole);
  expectStatus(401);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Search/ }).fill("app");
  await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
}

describeJourneys("one window, several readers", () => {
  journey("who signs in over a page sees nothing of the one before, wherever the pointer is", { closed: true }, async (walk) => {
    const { house, open, page, signIn, expectStatus } = walk;
    await house.push("ann/secret", image({ layers: ["a"] }), "v1", "v2");
    await house.push("bob/app", image({ layers: ["b"] }), "v1");
    const ann = await house.user("ann", ["delete ann/*"]);
    const bob = await house.user("bob", ["pull bob/*"]);
    await open("/tags");
    await signIn(ann);
    await row(walk, "ann/secret:v1").getByRole("checkbox").check();
    await page.getByRole("region", { name: "Chosen tags" }).waitFor();
    // Places that were opened, and one that there is none of.
    await row(walk, "ann/secret:v2").getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: "ann/secret:v2" }).waitFor();
    // A place is remembered when it is known that it is there.
    await walk.settle();
    expectStatus(404);
    await page.goto("/ui/r/bob/guessed");
    await page.locator("[data-empty]").first().waitFor();
    await open("/tags");
    await page.keyboard.press("Control+k");
    await page.getByRole("option", { name: /ann\/secret:v2/ }).waitFor();
    expect(await page.getByRole("option", { name: /guessed/ }).count()).toBe(0);
    await page.keyboard.press("Escape");
    await row(walk, "ann/secret:v1").getByRole("checkbox").check();

    await endSession(walk, ann);
    // The pointer comes to rest over the rows below the dialog: rows would stay where they are.
    await signIn(bob);
    await row(walk, "bob/app:v1").waitFor();
    expect(await page.getByText("ann/secret").count()).toBe(0);
    expect(await page.getByRole("region", { name: "Chosen tags" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Show", exact: true }).count()).toBe(0);
    await page.keyboard.press("Control+k");
    await page.getByRole("option", { name: /Home/ }).waitFor();
    expect(await page.getByText("ann/secret").count()).toBe(0);
    await page.keyboard.press("Escape");
  });

  journey(
    "neither does one who has to choose a password, or who comes when the window was opened again",
    { closed: true },
    async (walk) => {
      const { house, open, page, signIn } = walk;
      await house.push("ann/secret", image(), "v1");
      const ann = await house.user("ann", ["pull ann/*"]);
      const bob = await house.user("bob", ["pull bob/*"]);
      const carol = await house.user("carol", ["pull bob/*"]);
      await house.members.setPassword("bob", { hash: await hashPassword(bob.secret), mustChange: true }, atConsole);
      await open("/r/ann/secret:v1");
      await signIn(ann);
      await page.getByRole("heading", { level: 1, name: "ann/secret:v1" }).waitFor();
      await page.getByRole("tab", { name: "Overview" }).waitFor();
      await page.getByRole("link", { name: "Home" }).first().click();
      await page.getByText("ann/secret").first().waitFor();
      await endSession(walk, ann);
      await signIn(bob);
      await page.getByRole("heading", { level: 1, name: "Choose a password" }).waitFor();
      expect(await page.getByText("ann/secret").count()).toBe(0);
      await page.getByLabel("Password that you have").fill(bob.secret);
      await page.getByRole("textbox", { name: "New password" }).fill("another horse of bob");
      await page.getByLabel("The same again").fill("another horse of bob");
      await page.getByRole("button", { name: "Change the password" }).click();
      await page.getByRole("heading", { level: 1, name: "Choose a password" }).waitFor({ state: "detached" });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await walk.settle();
      expect(await page.getByText("ann/secret").count()).toBe(0);

      // Nobody noticed that this session ended.
      await page.getByRole("button", { name: /bob: menu/ }).click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
      await open("/r/ann/secret:v1");
      await signIn(ann);
      await page.getByRole("tab", { name: "Overview" }).waitFor();
      await page.goto("about:blank");
      await house.members.signOutEverywhere("ann", atConsole);
      await open("/");
      await signIn(carol);
      await page.keyboard.press("Control+k");
      await page.getByRole("option", { name: /Home/ }).waitFor();
      expect(await page.getByText("ann/secret").count()).toBe(0);
      await page.keyboard.press("Escape");
    },
  );

  journey("an offer to undo goes with its toast, and with whom it was made to", { closed: true }, async (walk) => {
    const { house, open, page, signIn } = walk;
    const repository = "team/app";
    await house.push(repository, image(), "v1", "v2", "v3");
    const ann = await house.user("ann", ["delete team/*"]);
    const restored: string[] = [];
    page.on("request", (request) => void (request.url().includes("/restore") && restored.push(request.url())));
    const offer = page.getByRole("button", { name: /^Undo/ });
    const drop = async (tag: string): Promise<void> => {
      await row(walk, tag).focus();
      await page.keyboard.press("Delete");
      await page.getByRole("button", { name: "Delete 1 tag" }).click();
      await page.getByText(`${repository}:${tag} deleted`).waitFor();
      await row(walk, tag).waitFor({ state: "detached" });
    };
    await open(`/r/${repository}?sort=name`);
    await signIn(ann);
    await drop("v1");
    await page.getByRole("alert").filter({ has: offer }).getByRole("button", { name: "Close" }).click();
    await offer.waitFor({ state: "detached" });
    await page.keyboard.press("Control+z");

    await drop("v2");
    await page.getByRole("button", { name: /ann: menu/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    await offer.waitFor({ state: "detached" });
    await page.keyboard.press("Control+z");
    await signIn(ann);
    await row(walk, "v3").waitFor();
    expect(await tagsOf(walk, repository)).toBe(1);
    expect(restored).toEqual([]);

    // While it stands, it holds.
    await drop("v3");
    await page.keyboard.press("Control+z");
    await page.getByText("1 tag restored").waitFor();
    await row(walk, "v3").waitFor();
  });
});
