// Every page at every width, in both themes: nothing scrolls sideways, no text is cut off without a sign of it, what can be pressed can be
// hit, and what forced colours or a magnified page do to it is bearable.

import { expect } from "vitest";
import type { Page } from "playwright-core";
import { image, index } from "../image.ts";
import { describeJourneys, journey, type Walk } from "../web.ts";

const widths = [360, 768, 1280, 2560];
const long = "a-service-with-a-name-as-long-as-names-may-well-be-in-companies-that-like-words";
const pages = [
  "/",
  "/repositories",
  "/repositories?view=folders",
  "/tags",
  "/activity",
  "/r/team/app",
  "/r/team/app?view=untagged",
  "/r/team/app?view=history",
  "/r/team/app?view=activity",
  "/r/team/app?view=compare&a=v1.9&b=v1.10",
  `/r/team/${long}`,
  `/r/team/${long}:latest`,
  "/r/team/app:v1.10",
  "/r/team/app:v1.10?view=layers",
  "/r/team/app:v1.10?view=platforms",
  "/r/team/app:v1.10?view=referrers",
  "/r/team/app:v1.10?view=raw",
  "/access",
  "/settings",
  "/x",
  "/sign-in",
  "/nowhere",
];

async function fill({ house }: Walk): Promise<void> {
  const both = (seed: string) =>
    index([
      image({ layers: [seed, "base"], platform: "linux/amd64", annotations: { note: "x".repeat(300) } }),
      image({ layers: [`${seed}-arm`, "base"], platform: "linux/arm64/v8" }),
    ]);
  await house.push("team/app", both("one"), "v1.9", "stable", "latest");
  await house.push("team/app", both("two"), "v1.10", "a".repeat(128), "moved");
  await house.push("team/app", both("three"), "moved");
  await house.push("team/app", both("four"), "moved");
  await house.push(`team/${long}`, image({ layers: ["three"] }), "latest");
}

/** A sentence for each fault of what is to be seen. */
function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`the page scrolls sideways by ${scrollWidth - clientWidth} px`);
    for (const element of document.querySelectorAll<HTMLElement>("main *, header *, nav *")) {
      const style = getComputedStyle(element);
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? "").trim() !== "");
      if (
        !hasText ||
        style.visibility === "hidden" ||
        element.clientWidth <= 1 ||
        element.closest(".sr-only, [class*=VisuallyHidden]") !== null
      )
        continue;
      const hides = style.overflowX === "hidden" || style.overflowX === "clip";
      if (hides && style.textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1) {
        faults.push(`cut off: ${element.innerText.slice(0, 60)}`);
      }
    }
    for (const element of document.querySelectorAll<HTMLElement>("button, a[href], input, [role=button], [role=tab]")) {
      // Of a link that is broken into lines, the first.
      let { left, top, right, bottom } = element.getClientRects()[0] ?? element.getBoundingClientRect();
      // Of what is cut, or scrolls in a part of the page, what is in sight.
      for (let around = element.parentElement; around !== null; around = around.parentElement) {
        if (getComputedStyle(around).overflow === "visible") continue;
        const edge = around.getBoundingClientRect();
        [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
        [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
      }
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      if (right - left <= 1 || bottom - top <= 1 || x >= innerWidth || y >= innerHeight || !element.checkVisibility()) continue;
      const hit = document.elementFromPoint(x, y);
      // A label or a switch may stand for it, and what sticks to an edge lies over what passes below.
      const stands = element.closest("label") ?? element.parentElement!;
      if (
        hit === null ||
        (!element.contains(hit) && !stands.contains(hit) && hit.closest("[role=dialog], header, footer") === null)
      ) {
        faults.push(`cannot be hit: ${element.getAttribute("aria-label") ?? element.innerText.slice(0, 60)}`);
      }
    }
    return faults;
  });
}

describeJourneys("the layout", () => {
  for (const theme of ["light", "dark"] as const) {
    journey(`holds at every width on every page, ${theme}`, { theme }, async (walk) => {
      await fill(walk);
      walk.expectStatus(404);
      const faults: string[] = [];
      for (const path of pages) {
        await walk.open(path);
        await walk.settle();
        for (const width of widths) {
          await walk.page.setViewportSize({ width, height: 800 });
          await walk.settle();
          for (const fault of await faultsOf(walk.page)) faults.push(`${path} at ${width}: ${fault}`);
        }
      }
      expect(faults).toEqual([]);
    });
  }

  journey("a chart that is not drawn anew yet does not make a narrower page scroll sideways", { width: 2560 }, async (walk) => {
    await fill(walk);
    // Of every size the first is told, as long as it takes.
    await walk.page.addInitScript(() => {
      const Real = globalThis.ResizeObserver;
      globalThis.ResizeObserver = class extends Real {
        constructor(told: ResizeObserverCallback) {
          let isTold = false;
          super((entries, observer) => {
            if (!isTold) told(entries, observer);
            isTold = true;
          });
        }
      };
    });
    for (const path of ["/", "/activity", "/r/team/app?view=activity"]) {
      await walk.page.setViewportSize({ width: 2560, height: 800 });
      await walk.open(path);
      await walk.page.getByRole("slider").first().waitFor();
      await walk.settle();
      await walk.page.setViewportSize({ width: 360, height: 800 });
      expect(await faultsOf(walk.page), path).toEqual([]);
    }
  });

  journey("holds when the page is magnified twice", { width: 640, height: 400 }, async (walk) => {
    await fill(walk);
    walk.expectStatus(404);
    for (const path of pages) {
      await walk.open(path);
      await walk.settle();
      expect(await faultsOf(walk.page), path).toEqual([]);
    }
  });

  journey("is legible in forced colours, where the states keep their signs", {}, async (walk) => {
    await fill(walk);
    await walk.page.emulateMedia({ forcedColors: "active" });
    await walk.open("/r/team/app");
    await walk.page.getByRole("treegrid").getByRole("link", { name: "v1.10", exact: true }).waitFor();
    await walk.settle();
    const signs = walk.page.locator("[data-usage] svg, svg[data-usage]");
    expect(await signs.count()).toBeGreaterThan(0);
    // Drawn in a colour that is in force: not the page's own behind it.
    const [ink, paper] = await signs.first().evaluate((sign) => {
      const mark = sign.querySelector("path, circle, rect") ?? sign;
      const style = getComputedStyle(mark);
      return [style.fill === "none" ? style.stroke : style.fill, getComputedStyle(document.body).backgroundColor];
    });
    expect(ink).toMatch(/^rgb/);
    expect(ink).not.toBe(paper);
    expect(await faultsOf(walk.page)).toEqual([]);
    // axe looks at the colours of the themes, which are not in force here.
    await walk.page.emulateMedia({ forcedColors: "none" });
  });
});
