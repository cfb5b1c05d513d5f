import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { contrast, distance, type Sight } from "../../test/colours.ts";

const css = readFileSync(join(import.meta.dirname, "theme.css"), "utf8");
const sights: readonly Sight[] = ["all", "protan", "deutan", "tritan"];

/** Names and values of what is set for a theme. */
function variablesOf(theme: "light" | "dark"): Map<string, string> {
  const [, block = ""] = new RegExp(`:root\\[data-mantine-color-scheme="${theme}"\\] \\{([^}]*)\\}`).exec(css) ?? [];
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]));
}

test("distances are those of the paper that the formula comes from", () => {
  // Equal colours, black and white, and two that only their hue tells apart.
  expect(distance("#336699", "#336699", "all")).toBe(0);
  expect(distance("#000000", "#ffffff", "all")).toBeCloseTo(100, 0);
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
});

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  const variables = variablesOf(theme);
  const colour = (name: string): string => variables.get(name)!;
  const surfaces = ["surface", "surface-raised", "surface-hover", "surface-chosen"].map(colour);
  const usage = ["used", "idle", "never", "unknown"].map((state) => colour(`usage-${state}`));

  test("text and the words of usage can be read on every surface: 4.5 to 1 (WCAG 1.4.3)", () => {
    for (const surface of surfaces) {
      for (const name of ["text", "usage-used", "usage-never", "usage-new"])
        expect(contrast(colour(name), surface)).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(colour("usage-idle"), colour("surface"))).toBeGreaterThanOrEqual(4.5);
  });

  test("signs and bars stand out from the page: 3 to 1 (WCAG 1.4.11)", () => {
    for (const sign of [...usage, colour("chart-bar"), colour("chart-before")]) {
      expect(contrast(sign, colour("surface"))).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(sights)("states are told apart by their colour with %s cones", (sight) => {
    const smallest = (colours: readonly string[]): number =>
      Math.min(...colours.flatMap((one, at) => colours.slice(at + 1).map((other) => distance(one, other, sight))));
    expect(smallest(usage)).toBeGreaterThanOrEqual(22);
  });
});
