// Other registries with bad manners: the reason stands there in words, and everything else works.

import { afterAll, beforeAll, expect } from "vitest";
import type { Config } from "../../src/config.ts";
import { parseRepositoryName } from "../../src/oci/reference.ts";
import { pushImage } from "../contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../fake/fake-registry.ts";
import type { Fault, FaultPlace } from "../fake/faults.ts";
import { nthImage } from "../fake/many-images.ts";
import { presets } from "../fake/presets.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const names = ["team/app", "library/nginx"].map(parseRepositoryName);

/** A registry with two repositories, and how ours knows it. */
async function startOther(options: FakeOptions = {}, fault?: Fault, place?: FaultPlace): Promise<FakeRegistry> {
  const fake = await startFakeRegistry(options);
  for (const [n, name] of names.entries()) await pushImage(fake.registry, name, nthImage(n), "1.0");
  if (fault !== undefined) fake.fail(fault, place);
  return fake;
}

type Registries = Config["registries"];

function settingsOf({ url }: FakeRegistry, named: readonly string[] = []): Registries[string] {
  return {
    url: new URL(url),
    username: undefined,
    password: undefined,
    insecure: true,
    names: named as Registries[string]["names"],
  };
}

const html: Fault = {
  kind: "answer",
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<html>Sign in to the proxy</html>",
};
const limited: Fault = {
  kind: "answer",
  status: 429,
  headers: { "retry-after": "90" },
  body: { errors: [{ code: "TOOMANYREQUESTS", message: "slow down" }] },
};

/** The list of repositories fails with these words; what our own registry has is shown meanwhile. */
async function expectReason({ page, open, expectStatus }: Walk, name: string, words: readonly RegExp[]): Promise<void> {
  expectStatus(429, 502, 504);
  await open(`/x/${name}`);
  const alert = page.getByRole("alert").filter({ hasText: `Could not load the repositories of ${name}` });
  await alert.waitFor();
  for (const word of words) expect(await alert.innerText()).toMatch(word);
  // Opening by name is possible whatever the list says.
  await page.getByRole("textbox", { name: "Open by name" }).fill("team/app:1.0");
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await page.waitForURL(`**/ui/x/${name}/team/app:1.0`);
  await page.getByRole("heading", { level: 1, name: "team/app:1.0" }).waitFor();
}

describeJourneys("other registries", () => {
  const state = { registries: {} as Record<string, Registries[string]>, fakes: [] as FakeRegistry[] };
  const use = (name: string, fake: FakeRegistry, named?: readonly string[]): void => {
    state.fakes.push(fake);
    state.registries[name] = settingsOf(fake, named);
  };
  // Filled before the house of a journey opens: it reads them then.
  const settings = { registries: state.registries };
  const prepared = async (): Promise<void> => {
    use("good", await startOther());
    use("hub", await startOther(presets.dockerHub), ["library/nginx"]);
    use("quiet", await startOther(presets.dockerHub));
    use("proxied", await startOther({}, html));
    use("busy", await startOther({}, limited));
    use("locked", await startOther({ login: "basic" }));
    use("liar", await startOther({}, { kind: "wrong bytes" }, { path: /\/library\/nginx\/manifests\// }));
  };

  beforeAll(prepared);
  afterAll(async () => {
    for (const fake of state.fakes) await fake.close();
  });

  journey(
    "one that lists its repositories is browsed like our own, and the page says what it cannot give",
    { settings },
    async (walk) => {
      const { open, page } = walk;
      await open("/x");
      const card = page.getByRole("region", { name: "good" });
      await card.getByText("It has not answered since the start").waitFor();
      expect(await card.innerText()).toMatch(/Pulls are not known: /);
      await card.getByRole("link", { name: "good" }).click();
      await page.getByRole("heading", { level: 1, name: "good" }).waitFor();
      await page.getByRole("cell", { name: "team/app" }).waitFor();
      await page.getByRole("searchbox", { name: "Filter repositories" }).fill("nginx");
      await page.getByRole("cell", { name: "team/app" }).waitFor({ state: "detached" });
      expect(new URL(page.url()).search).toBe("?q=nginx");
      // It was asked, and has answered.
      await page.getByText("It has not answered since the start").waitFor({ state: "detached" });
      await page.getByRole("link", { name: "library/nginx" }).click();
      await page.waitForURL("**/ui/x/good/library/nginx");
      await page.getByRole("link", { name: "1.0", exact: true }).waitFor();
      await open("/x/good");
      await page.getByText("You were at").waitFor();
    },
  );

  journey(
    "one without a list shows the names of the configuration and why, and opens any other by name",
    { settings },
    async (walk) => {
      const { open, page } = walk;
      await open("/x/hub");
      await page.getByRole("cell", { name: "library/nginx" }).waitFor();
      await page.getByText(/Repositories are not listed: /).waitFor();
      await page.getByRole("heading", { name: "Repositories that the configuration names" }).waitFor();
      await page.getByRole("textbox", { name: "Open by name" }).fill("No Name");
      await page.getByRole("button", { name: "Open", exact: true }).click();
      await page.getByText("That is no name of a repository or an image").waitFor();
      await page.getByRole("textbox", { name: "Open by name" }).fill("team/app");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/ui/x/hub/team/app");
      await page.getByRole("link", { name: "1.0", exact: true }).waitFor();
    },
  );

  journey("one that keeps its list to itself, and of which nothing is named, says so and opens by name", { settings }, (walk) =>
    expectReason(walk, "quiet", [/answered 401 to GET \/v2\/_catalog/]),
  );

  journey("a page of a proxy in place of an answer is told as one", { settings }, (walk) =>
    expectReason(walk, "proxied", [/registry proxied \(127\.0\.0\.1:\d+\)/i, /something that is not such a list/]),
  );

  journey("too many requests: when one may ask again", { settings }, (walk) =>
    expectReason(walk, "busy", [/429/, /Try again in \d+ s/]),
  );

  journey("one that wants a login: where its login is set", { settings }, (walk) =>
    expectReason(walk, "locked", [/its login is username and password of this registry in hythe\.yaml/]),
  );

  journey("another image than its digest says is shown by nobody, and spoils its own row only", { settings }, async (walk) => {
    const { open, page, expectStatus } = walk;
    expectStatus(502);
    await open("/x/liar/library/nginx:1.0");
    const alert = page.getByRole("alert").filter({ hasText: "Could not load library/nginx:1.0" });
    await alert.getByText(/sent bytes of sha256:[0-9a-f]{64} for library\/nginx@sha256:[0-9a-f]{64}/).waitFor();
    await open("/x/liar/team/app:1.0");
    await page.getByText("linux/amd64").first().waitFor();
  });

  journey("who may not see other registries is not told that there are any", { settings, closed: true }, async (walk) => {
    const { house, open, page, settle, signIn } = walk;
    const reader = await house.user("reader", ["pull team/*"]);
    await open("/x/good");
    await signIn(reader);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await settle();
    expect(await page.getByRole("navigation", { name: "Pages" }).innerText()).not.toContain("Registries");
  });
});
