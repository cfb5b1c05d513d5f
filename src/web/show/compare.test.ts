import { describe, expect, test } from "vitest";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { compareLayers, compareSettings, compareValues, formatCommand, sumLayers } from "./compare.ts";

type Image = NonNullable<ManifestAnswer["image"]>;

/** Of named layers, each made by a command that names it. */
function having(...names: string[]): ManifestAnswer {
  const layers = names.map((name, i) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest: `sha256:${name}`,
    size: 10 ** i,
    artifactType: null,
    annotations: {},
  }));
  const steps = names.map((name, layer) => ({ createdBy: `COPY ${name}`, createdAt: null, comment: null, layer }));
  return { layers, steps } as unknown as ManifestAnswer;
}
const marks = { same: "=", gone: "-", new: "+" } as const;
const diff = (before: string, after: string): string =>
  compareLayers(having(...before), having(...after))
    .map(({ change, createdBy }) => `${marks[change]}${createdBy.slice(5)}`)
    .join(" ");

describe("layers", () => {
  test.each([
    ["abc", "abc", "=a =b =c"],
    ["abc", "abd", "=a =b -c +d"],
    ["ab", "abc", "=a =b +c"],
    ["abc", "ab", "=a =b -c"],
    ["xab", "ab", "-x =a =b"],
    ["axb", "ab", "=a -x =b"],
    ["", "a", "+a"],
    ["a", "", "-a"],
    ["ab", "ba", "=b =a"],
    ["aa", "a", "=a -a"],
    ["a", "aa", "=a +a"],
    ["abcd", "xbyd", "+x -a =b +y -c =d"],
  ])("from %s to %s", (before, after, expected) => {
    expect(diff(before, after).split(" ").toSorted()).toEqual(expected.split(" ").toSorted());
  });

  test("what is gone stands where it was", () => {
    expect(diff("axb", "ab")).toBe("=a -x =b");
    expect(diff("xab", "ab")).toBe("-x =a =b");
    expect(diff("abc", "axc")).toBe("=a -b +x =c");
  });

  test("each layer of both is told once", () => {
    for (const [before, after] of [
      ["abcab", "bbaxc"],
      ["aaab", "baaa"],
      ["abc", "xyz"],
    ] as const) {
      const changes = compareLayers(having(...before), having(...after));
      const of = (...wanted: string[]): number => changes.filter(({ change }) => wanted.includes(change)).length;
      expect([of("same", "gone"), of("same", "new")]).toEqual([before.length, after.length]);
    }
  });

  test("the sums are those of the layers", () => {
    expect(sumLayers(compareLayers(having("a", "b", "c"), having("a", "b", "d", "e")))).toEqual({
      same: { count: 2, bytes: 11 },
      gone: { count: 1, bytes: 100 },
      new: { count: 2, bytes: 1100 },
    });
  });
});

describe("named values", () => {
  test("same, changed, gone and new, by name", () => {
    const changes = compareValues({ A: "1", B: "1", C: "1" }, { B: "2", C: "1", D: "" });
    expect(changes.map(({ name, change }) => `${name} ${change}`)).toEqual(["A gone", "B changed", "C same", "D new"]);
    expect(changes[1]).toEqual({ name: "B", change: "changed", before: "1", after: "2" });
  });

  test("what is hidden cannot be compared", () => {
    expect(compareValues({ TOKEN: null, KEY: null }, { TOKEN: null, KEY: "x" }).map(({ change }) => change)).toEqual([
      "hidden",
      "hidden",
    ]);
    expect(compareValues({ TOKEN: null }, {})[0]!.change).toBe("gone");
  });

  test("names such as __proto__ and constructor are names", () => {
    const before = Object.fromEntries([
      ["__proto__", "1"],
      ["constructor", "1"],
    ]);
    expect(compareValues(before, {}).map(({ name, change }) => [name, change])).toEqual([
      ["__proto__", "gone"],
      ["constructor", "gone"],
    ]);
  });
});

describe("settings of the config", () => {
  const image: Image = {
    os: "linux",
    architecture: "amd64",
    author: null,
    user: null,
    workingDir: "/app",
    entrypoint: ["sh", "-c", "a b"],
    cmd: [],
    env: [],
    ports: ["80/tcp", "443/tcp"],
    volumes: [],
    labels: {},
    stopSignal: null,
  };

  test("what neither has is left out; the order of ports says nothing", () => {
    const after = { ...image, ports: ["443/tcp", "80/tcp"], user: "1000", workingDir: null, entrypoint: ["sh"] };
    expect(compareSettings(image, after)!.map(({ name, change }) => `${name} ${change}`)).toEqual([
      "Entrypoint changed",
      "User new",
      "Working folder gone",
      "Ports same",
      "Platform same",
    ]);
  });

  test("without a config on one side there is nothing to compare", () => {
    expect(compareSettings(image, null)).toBeUndefined();
    expect(compareSettings(null, null)).toBeUndefined();
  });

  test("a command shows where its words end", () => {
    expect(formatCommand(["sh", "-c", "a b", ""])).toBe('sh -c "a b" ""');
  });
});
