import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matches, parseRepositoryPattern, parseTagPattern } from "./pattern.ts";
import { cpuMsOf } from "../../test/cpu-time.ts";

describe("a pattern", () => {
  it.each([
    ["team/*", "team/app", true],
    ["team/*", "team/app/deep", true],
    ["team/*", "team", false],
    ["team/*", "team-evil/app", false],
    ["team/*", "teams/app", false],
    ["team/app", "team/app", true],
    ["team/app", "team/app-x", false],
    ["team/app", "team/ap", false],
    ["*", "anything/at/all", true],
    ["*/app", "team/app", true],
    ["*/app", "app", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["a*b*c", "abxbc", true],
    ["a*bc*c", "abc", false],
    ["a*bc*c", "abcc", true],
  ])("%s and %s: %s", (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  it("means what it would as a regular expression, for every pattern and name", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "*"), maxLength: 10 });
    const name = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 12 });
    fc.assert(
      fc.property(text, name, (pattern, candidate) => {
        const regex = new RegExp(`^${pattern.replaceAll("*", "[^]*")}$`);
        expect(matches(pattern, candidate)).toBe(regex.test(candidate));
      }),
      { numRuns: 2000 },
    );
  });

  it("is matched quickly whatever the name is", () => {
    const spent = cpuMsOf(() => {
      for (let i = 0; i < 10_000; i++) expect(matches("*a*a*a*a*a*a*ab", "a".repeat(255))).toBe(false);
    });
    // One that goes back over its steps would take years.
    expect(spent).toBeLessThan(10_000);
  });

  it("of a repository has no capitals, of a tag may have; several stars are one", () => {
    expect(parseRepositoryPattern("team/**")).toBe("team/*");
    expect(parseTagPattern("V*")).toBe("V*");
    expect(() => parseRepositoryPattern("Team/*")).toThrow("lower-case");
    expect(() => parseTagPattern("a/b")).toThrow("may hold letters");
    expect(() => parseRepositoryPattern("")).toThrow("may hold");
    for (const never of ["/team", "team/", "a//b", "/*", "*/"]) {
      expect(() => parseRepositoryPattern(never), never).toThrow("fits no repository");
    }
    expect(() => parseRepositoryPattern("a*".repeat(9))).toThrow("more than 8 stars");
    expect(() => parseRepositoryPattern("a".repeat(256))).toThrow("longer than 255");
  });
});
