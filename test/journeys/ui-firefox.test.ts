// The UI in Debian's Firefox: what the smoke group looks at, seen by another engine.

import { describe, expect, test } from "vitest";
import { buildWeb } from "../../src/web-build.ts";
import { openHouse } from "../access-house.ts";
import { firefoxPath, openFirefox } from "../firefox.ts";
import { image, index } from "../image.ts";

const lack = firefoxPath === undefined ? " (skipped: firefox-esr is not installed)" : "";
const textOf = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})?.innerText`;

describe.skipIf(lack !== "")(`in Firefox${lack}`, () => {
  test("repositories and tags are listed, searched and sorted", async () => {
    await buildWeb();
    await using house = await openHouse({}, { closed: false });
    const both = index([image({ layers: ["a"], platform: "linux/amd64" }), image({ layers: ["b"], platform: "linux/arm64" })]);
    await house.push("team/app", both, "v1.9", "v1.10");
    await house.push("team/web", image({ layers: ["c"] }), "latest");
    await using tab = await openFirefox();
    await tab.open(`${house.url}/team/app`);
    expect(await tab.until(textOf("h1"))).toContain("team/app");
    expect(await tab.until("document.querySelector('[role=treegrid]')?.innerText.includes('v1.10')")).toBe("true");
    await tab.open(`${house.url}/ui/r/team/app?sort=version&q=1.9`);
    expect(
      await tab.until("[...document.querySelectorAll('[role=row]')].filter((row) => /v1\\.9/.test(row.innerText)).length === 1"),
    ).toBe("true");
    expect(await tab.until("!/v1\\.10/.test(document.querySelector('[role=treegrid]').innerText)")).toBe("true");
    await tab.open(`${house.url}/ui/repositories`);
    expect(await tab.until("document.querySelector('[role=treegrid]')?.innerText.includes('team/web')")).toBe("true");
    expect(tab.errors).toEqual([]);
  });
});
