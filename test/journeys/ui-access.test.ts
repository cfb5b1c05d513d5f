// Who sees what: each page as anonymous, reader, writer and administrator; signing in, also in the middle of work; and the access pages.

import { expect } from "vitest";
import { hashPassword } from "../../src/access/password.ts";
import { atConsole, type Credentials } from "../access-house.ts";
import { image } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const day = 24 * 3_600_000;

async function pagesOf({ page, settle }: Walk): Promise<string[]> {
  const nav = page.getByRole("navigation", { name: "Pages" });
  await nav.getByRole("link", { name: "Settings" }).waitFor();
  await settle();
  return (await nav.getByRole("link").allInnerTexts()).map((text) => text.trim());
}

async function viewsOf({ page, open, settle }: Walk): Promise<string[]> {
  await open("/access");
  await settle();
  return (await page.getByRole("tab").allInnerTexts()).map((text) => text.trim());
}

/** From a page for which one must have signed in, or by the button where something is for everybody. */
async function enter(walk: Walk, who: Credentials | undefined): Promise<void> {
  await walk.open("/");
  if (who === undefined) return;
  await walk.page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  await walk.signIn(who);
}

const common = ["Home", "Repositories", "Tags", "Activity"];
const everyPage = [
  "/",
  "/repositories",
  "/tags",
  "/activity",
  "/x",
  "/settings",
  "/access",
  "/r/public/base",
  "/r/public/base:v1",
];

describeJourneys("access", () => {
  journey("everybody is offered what they may use, and no page asks for what they may not", { closed: true }, async (walk) => {
    const { house } = walk;
    for (const name of ["public/base", "team/app", "secret/app"]) await house.push(name, image({ layers: [name] }), "v1");
    await house.grant({ kind: "everyone" }, "pull public/*");
    const reader = await house.user("reader", ["pull team/*"]);
    const writer = await house.user("writer", ["push team/*", "delete team/*"]);
    const owner = await house.user("owner", ["admin team/*"]);
    const own = ["My tokens", "Who may what?"];
    const some = ["My tokens", "Grants", "Immutable tags", "Who may what?"];
    const all = ["Users", "Robots", "Tokens", "Grants", "Immutable tags", "Audit log", "Who may what?"];
    const team = ["public/base", "team/app"];
    const table = [
      [undefined, [...common, "Settings"], [], ["public/base"]],
      [reader, [...common, "My tokens", "Settings"], own, team],
      [writer, [...common, "My tokens", "Settings"], own, team],
      [owner, [...common, "Access", "Settings"], some, team],
      [house.root, [...common, "Registries", "Access", "Settings"], all, ["public/base", "secret/app", "team/app"]],
    ] as const;
    for (const [who, pages, views, repositories] of table) {
      const name = who?.name ?? "anonymous";
      // Any answer 401 or 403 is a fault of the visit: see test/web.ts.
      const visit = who === undefined ? walk : await walk.another();
      await enter(visit, who);
      expect(await pagesOf(visit), name).toEqual(pages);
      expect(await viewsOf(visit), name).toEqual(views);
      for (const path of everyPage) {
        await visit.open(path);
        await visit.settle();
      }
      await visit.open("/repositories");
      for (const repository of ["public/base", "secret/app", "team/app"]) {
        const link = visit.page.getByRole("main").getByRole("link", { name: repository, exact: true });
        if ((repositories as readonly string[]).includes(repository)) await link.first().waitFor();
        else expect(await link.count(), `${repository} for ${name}`).toBe(0);
      }
      await visit.open("/settings");
      await visit.page.getByRole("heading", { name: "Server", exact: true }).waitFor();
      expect(await visit.page.getByRole("heading", { name: "Settings of the server" }).count(), name).toBe(
        who === house.root ? 1 : 0,
      );
    }
  });

  journey(
    "where nothing is for everybody the address stays while one signs in; mistakes are told in words",
    { closed: true },
    async (walk) => {
      const { house, open, page, signIn, expectStatus, clock } = walk;
      await house.push("team/app", image(), "v1");
      await open("/r/team/app?sort=name");
      await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
      await walk.checkAccessibility();
      expectStatus(401, 429);
      const submit = async (password: string): Promise<void> => {
        const field = page.getByLabel("Password", { exact: true });
        // The answer to the one before takes it away.
        await expect.poll(() => field.inputValue()).toBe("");
        await page.getByLabel("Name", { exact: true }).fill("root");
        await field.fill(password);
        await page.getByRole("button", { name: "Sign in", exact: true }).click();
      };
      await submit("wrong");
      await page.getByText("Name and password do not fit together").waitFor();
      for (let i = 0; i < 10; i++) {
        const before = page.waitForResponse((response) => response.request().method() === "POST");
        await submit("wrong");
        await before;
      }
      await page.getByText(/Too many wrong passwords\. Try again in \d+ s\./).waitFor();
      clock.move(10 * 60_000);
      await signIn(house.root);
      await page.getByRole("heading", { level: 1, name: "team/app" }).waitFor();
      expect(new URL(page.url()).search).toBe("?sort=name");

      await page.getByRole("button", { name: /You are root/ }).click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
      expect(await page.getByText("team/app").count()).toBe(0);
    },
  );

  journey(
    "a session that ends in the middle of work is taken up again over the page, and nothing is lost",
    { closed: true },
    async (walk) => {
      const { house, open, page, signIn, expectStatus } = walk;
      for (let n = 0; n < 3; n++) await house.push("team/app", image({ layers: [`${n}`] }), `v${n}`);
      const ann = await house.user("ann", ["push team/*", "delete team/*"]);
      await open("/r/team/app");
      await signIn(ann);
      const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "v1", exact: true }) });
      await row.getByRole("checkbox").check();
      const address = page.url();
      // By somebody else, on the data folder.
      await house.members.signOutEverywhere("ann", atConsole);
      expectStatus(401);
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: /Search/ }).fill("app");
      const dialog = await walk.dialog("Your session has ended");
      await walk.checkAccessibility();
      expect(await dialog.getByLabel("Name", { exact: true }).inputValue()).toBe("ann");
      await signIn(ann);
      await dialog.waitFor({ state: "detached" });
      await page.keyboard.press("Escape");
      expect(page.url()).toBe(address);
      await row.waitFor();
      expect(await row.getByRole("checkbox").isChecked()).toBe(true);
    },
  );

  journey("a password that somebody else set is changed before anything else", { closed: true }, async (walk) => {
    const { house, open, page, signIn } = walk;
    const ann = await house.user("ann", ["pull *"]);
    await house.members.setPassword("ann", { hash: await hashPassword(ann.secret), mustChange: true }, atConsole);
    await open("/repositories");
    await signIn(ann);
    await page.getByRole("heading", { level: 1, name: "Choose a password" }).waitFor();
    await walk.checkAccessibility();
    await page.getByLabel("Password that you have").fill(ann.secret);
    await page.getByRole("textbox", { name: "New password" }).fill("another horse of ann");
    await page.getByLabel("The same again").fill("another horse");
    await page.getByText("The two are not the same").waitFor();
    await page.getByLabel("The same again").fill("another horse of ann");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByRole("heading", { level: 1, name: "Repositories" }).waitFor();
  });

  journey(
    "users, robots and tokens are made, changed and removed; a secret is shown once, and works",
    { closed: true },
    async (walk) => {
      const { house, open, page, dialog, signIn, clock } = walk;
      await house.push("team/app", image(), "v1");
      await house.robot("old", ["pull *"], clock.now() + 200 * day);
      clock.move(94 * day);
      await house.robot("fresh", ["pull *"], clock.now() + 5 * day);
      await open("/access?view=users");
      await signIn(house.root);
      await page.getByRole("button", { name: "Add a user" }).click();
      const form = await dialog("Add a user");
      await form.getByLabel("Name").fill("bob");
      await form.getByLabel("Password", { exact: true }).fill("correct horse of bob");
      await form.getByLabel("Groups").pressSequentially("dev,");
      await walk.checkAccessibility();
      await form.getByRole("button", { name: "Add", exact: true }).click();
      await form.waitFor({ state: "detached" });
      const bob = page.getByRole("row").filter({ hasText: "bob" });
      expect(await bob.innerText()).toMatch(/dev[\s\S]*password, to be changed/);

      const act = async (name: string, action: string): Promise<void> => {
        await page.getByRole("button", { name: `Actions for ${name}` }).click();
        await page.getByRole("menuitem", { name: action }).click();
      };
      await act("bob", "Disable…");
      await page.getByRole("button", { name: "Disable bob" }).click();
      await bob.getByText("disabled").waitFor();
      await act("bob", "Enable");
      await bob.getByText("enabled").waitFor();
      // Nobody locks themselves out by mistake; the reason can be read.
      await page.getByRole("button", { name: "Actions for root" }).click();
      expect(await page.getByRole("menuitem", { name: /Delete/ }).getAttribute("aria-disabled")).toBe("true");
      await page.getByText("Not yourself: let another administrator do it").first().waitFor();
      await page.keyboard.press("Escape");
      await act("bob", "Delete…");
      await page.getByRole("button", { name: "Delete bob" }).click();
      await bob.waitFor({ state: "detached" });

      await page.getByRole("tab", { name: "Robots" }).click();
      const row = (name: string) => page.getByRole("row").filter({ hasText: name });
      await row("old").getByText("unused for 3 months").waitFor();
      await row("fresh")
        .getByText(/in [45] d/)
        .waitFor();
      await page.getByRole("button", { name: "Add a robot" }).click();
      const robot = await dialog("Add a robot");
      await robot.getByLabel("Name").fill("ci");
      await robot.getByLabel("Role").selectOption("push");
      await robot.getByLabel("Repositories").fill("team/*");
      await robot.getByRole("button", { name: "Add", exact: true }).click();
      const shown = page.getByRole("dialog", { name: "The token of ci" });
      await shown.locator("code").first().waitFor();
      const [secret, login] = await shown.locator("code").allInnerTexts();
      expect(secret).toMatch(/^hythe_/);
      expect(login).toBe(`docker login 127.0.0.1:${house.port} -u ci`);
      await walk.checkAccessibility();
      await page.keyboard.press("Escape");
      await walk.settle();
      expect(await shown.count()).toBe(1);
      await shown.getByRole("button", { name: "I have kept it" }).click();
      await shown.waitFor({ state: "detached" });
      expect(await page.content()).not.toContain(secret);
      const authorization = `Basic ${Buffer.from(`ci:${secret}`).toString("base64")}`;
      const reply = await house.asker.ask({ method: "GET", path: "/api/v1/session", headers: { authorization } });
      expect(JSON.parse(reply.body)).toMatchObject({ name: "ci", kind: "robot" });

      await page.getByRole("tab", { name: "Tokens" }).click();
      await page.getByText("Everybody's").click();
      await act("the token first", "Revoke…");
      await page.getByRole("button", { name: "Revoke it" }).click();
      await page.getByText("first", { exact: true }).waitFor({ state: "detached" });
      const refused = await house.asker.ask({ method: "GET", path: "/api/v1/session", headers: { authorization } });
      expect(refused.status).toBe(401);
    },
  );

  journey(
    "rights are given and taken, tags kept, and it is told who may what and why; all of it is in the log",
    { closed: true },
    async (walk) => {
      const { house, open, page, dialog, signIn } = walk;
      await house.user("ann");
      await open("/access?view=grants");
      await signIn(house.root);
      await page.getByRole("button", { name: "Give a right" }).click();
      const give = await dialog("Give a right");
      await give.getByLabel("User or robot", { exact: true }).fill("ann");
      await give.getByLabel("Role").selectOption("push");
      await give.getByLabel("Repositories").fill("team/*");
      await give.getByRole("switch", { name: "May move tags that exist" }).click();
      await give.getByRole("button", { name: "Give it" }).click();
      await give.waitFor({ state: "detached" });
      const grant = page.getByRole("row").filter({ hasText: "ann" });
      await grant.getByText("push, new tags only").waitFor();

      await page.getByRole("tab", { name: "Immutable tags" }).click();
      await page.getByRole("button", { name: "Keep tags" }).click();
      const keep = await dialog("Keep tags where they are");
      await keep.getByLabel("Repositories").fill("team/*");
      await keep.getByRole("textbox", { name: "Tags" }).fill("v*");
      await keep.getByRole("button", { name: "Keep them" }).click();
      await page.getByRole("cell", { name: "v*" }).waitFor();

      const ask = async (who: string, action: string, tag?: string): Promise<string> => {
        await page.getByLabel("May", { exact: true }).fill(who);
        await page.getByLabel("do this").selectOption(action);
        await page.getByLabel("Repository").fill("team/app");
        if (tag !== undefined) await page.getByLabel("Tag", { exact: true }).fill(tag);
        const answered = page.waitForResponse((response) => response.url().includes("/api/v1/may"));
        await page.getByRole("button", { name: "Ask" }).click();
        await answered;
        const answer = page.locator("main [aria-live=polite]");
        await answer.getByText(who).waitFor();
        return (await answer.innerText()).trim();
      };
      await page.getByRole("tab", { name: "Who may what?" }).click();
      expect(await ask("ann", "push")).toMatch(/^Yes: ann may push a new tag to team\/app, because grant \d+ gives push/);
      expect(await ask("anonymous", "pull")).toMatch(/^No: anonymous may not pull team\/app, because no grant to everyone/);
      expect(await ask("root", "delete", "v1")).toMatch(/^No: root may not delete from team\/app:v1, because an immutable rule/);
      // The question is in the address.
      await page.reload();
      await page.getByText(/^No: root may not delete from/).waitFor();

      await page.getByRole("tab", { name: "Grants" }).click();
      await page
        .getByRole("button", { name: /Actions for grant/ })
        .last()
        .click();
      await page.getByRole("menuitem", { name: "Take it back…" }).click();
      await page.getByRole("button", { name: "Take it back", exact: true }).click();
      await grant.waitFor({ state: "detached" });

      await page.getByRole("tab", { name: "Audit log" }).click();
      await page.getByLabel("Action", { exact: true }).fill("grant.remove");
      await page.waitForURL(/action=grant\.remove/);
      await page.getByText("1 entry", { exact: true }).waitFor();
      const csv = page.waitForEvent("download");
      await page.getByRole("link", { name: "CSV of all that match" }).click();
      expect((await csv).suggestedFilename()).toBe("hythe-audit.csv");
    },
  );

  journey(
    "whom the provider did not let in reads why where they sign in, and then goes where they wanted",
    { closed: true },
    async (walk) => {
      const { house, open, page, signIn } = walk;
      await house.push("team/app", image(), "v1");
      await open("/sign-in?failed=CONFLICT&returnTo=/tags?usage=new");
      const alert = page.getByRole("alert").filter({ hasText: "Signing in did not work" });
      await alert.getByText("belongs to somebody else here").waitFor();
      await walk.checkAccessibility();
      await signIn(house.root);
      await page.waitForURL(/\/ui\/tags\?usage=new$/);
      await page.getByRole("link", { name: "team/app" }).first().waitFor();
      // Somebody who is in comes to the same page in the frame of all others.
      await open("/sign-in?failed=%3Cb%3Ecall%3C/b%3E&request=%3Ci%3E&returnTo=//evil.example");
      await alert.getByText("Signing in with the provider did not work. Try again.").waitFor();
      expect(await alert.innerText()).not.toMatch(/call|Request/);
      await signIn(house.root).catch(() => undefined);
      await page.waitForURL(/\/ui\/$/);
    },
  );

  journey("the first user closes an open registry, and whoever made them signs in", {}, async (walk) => {
    const { open, page, dialog, signIn, expectStatus } = walk;
    await open("/access?view=users");
    await page.getByText("Everybody on this machine may do everything").waitFor();
    expectStatus(401);
    await page.getByRole("button", { name: "Add a user" }).click();
    const form = await dialog("Add a user");
    expect(await form.getByRole("switch", { name: "Administrator of the registry" }).isChecked()).toBe(true);
    await form.getByLabel("Name").fill("ann");
    await form.getByLabel("Password", { exact: true }).fill("correct horse of ann");
    await form.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByLabel("Name", { exact: true }).last().waitFor();
    await form.waitFor({ state: "detached" });
    await signIn({ name: "ann", secret: "correct horse of ann" });
    await page.getByRole("cell", { name: "ann", exact: true }).first().waitFor();
    expect(await pagesOf(walk)).toContain("Access");
  });
});
