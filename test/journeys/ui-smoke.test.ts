// The smoke group: list, expand, search, page and sort, the same walk over our own registry, the fake registry, and a real docker-registry.

import { afterAll, expect } from "vitest";
import { image, index } from "../image.ts";
import { startFakeRegistry } from "../fake/fake-registry.ts";
import { startDockerRegistry } from "../peers/registries.ts";
import { pushImage } from "../push.ts";
import { findProgram } from "../peers/program.ts";
import { describeJourneys, journey, type JourneyOptions, type Walk } from "../web.ts";

const repository = "team/app";
const count = 120;
const names = Array.from({ length: count }, (_, n) => `v1.${n}`);
const both = index([image({ layers: ["a"], platform: "linux/amd64" }), image({ layers: ["b"], platform: "linux/arm64" })]);
/** Where it stands on other registries is what the names of the configuration say. */
const other = "other";
const noLogin = { username: undefined, password: undefined };

interface Other {
  readonly url: string;
  close(): Promise<void>;
}

const dockerRegistry = async (): Promise<Other> => {
  const peer = (await startDockerRegistry())!;
  return { url: peer.url, close: () => peer.stop() };
};
const hasPeer = findProgram("docker-registry") !== undefined;
// Where it is missing, `npm test` says so in its list of what was skipped.
const others: Readonly<Record<string, () => Promise<Other>>> = {
  "the fake registry": startFakeRegistry,
  ...(hasPeer && { "Debian's docker-registry": dockerRegistry }),
};

async function walk({ page, open }: Walk, start: string): Promise<void> {
  await open(start === "/r/" ? "/repositories" : `/x/${other}`);
  await page.getByRole("link", { name: repository, exact: true }).first().click();
  const grid = page.getByRole("treegrid");
  const row = (name: string) => grid.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });

  // Sorted by version, the newest first: what is there is the whole list, not a page of it.
  await open(`${start}${repository}?sort=-version`);
  await row("v1.119").waitFor();
  expect(await grid.getAttribute("aria-rowcount")).toBe(String(count + 1));
  const shown = await grid.getByRole("row").filter({ hasText: /v1\./ }).first().innerText();
  expect(shown).toContain("v1.119");

  await row("v1.119").getByText("arm64").first().waitFor();
  if (start === "/r/") {
    // Of other registries the platforms stand in the row, and their digests on the page of the image.
    await row("v1.119")
      .getByRole("button", { name: /^Expand/ })
      .click();
    await grid.getByText("linux/arm64").first().waitFor();
    await row("v1.119").getByRole("button", { name: /^Fold/ }).click();
  }

  // The last row is reached without the rows between.
  await row("v1.119").focus();
  await page.keyboard.press("End");
  await row("v1.0").waitFor();

  await page
    .getByRole("searchbox", { name: /filter|search/i })
    .first()
    .fill("v1.11");
  await row("v1.110").waitFor();
  await expect.poll(() => grid.getAttribute("aria-rowcount")).toBe("12");
  await page.reload();
  await row("v1.110").waitFor();
  expect(await grid.getAttribute("aria-rowcount")).toBe("12");
}

describeJourneys("the smoke group", () => {
  journey("on our own registry", {}, async (visit) => {
    await visit.house.push(repository, both, ...names);
    await walk(visit, "/r/");
  });

  for (const [title, start] of Object.entries(others)) {
    const started: { close(): Promise<void> }[] = [];
    afterAll(() => Promise.all(started.map((server) => server.close())));
    const open = async (): Promise<JourneyOptions> => {
      const server = await start();
      started.push(server);
      await pushImage(server.url, repository, both, ...names);
      return { settings: { registries: { [other]: { url: new URL(server.url), ...noLogin, names: [], insecure: false } } } };
    };
    journey(`on ${title}`, open, (visit) => walk(visit, `/x/${other}/`));
  }
});
