import { describe, expect, test } from "vitest";
import { imageFor, platformChoices } from "./compare-platforms.ts";

const pulls = { count: null, lastPulledAt: null, checks: null, lastCheckedAt: null };
const index = (...platforms: (string | null)[]) => ({
  platforms: platforms.filter((name) => name !== null),
  children: platforms.map((platform) => ({
    mediaType: "m",
    digest: `sha256:${platform}`,
    size: 1,
    artifactType: null,
    annotations: {},
    platform,
    bytes: 1,
    present: true,
    pulls,
  })),
});
const image = (platform?: string) => ({ platforms: platform === undefined ? [] : [platform], children: [] });

describe("the platforms to choose from", () => {
  test("two images need none", () => {
    expect(platformChoices(image("linux/amd64"), image("linux/arm64"))).toEqual([]);
  });

  test("those that both have come first, the usual one before all", () => {
    const [a, b] = [index("linux/s390x", "linux/arm64", "linux/amd64"), index("linux/riscv64", "linux/amd64", "linux/arm64")];
    expect(platformChoices(a, b)).toEqual(["linux/amd64", "linux/arm64", "linux/s390x", "linux/riscv64"]);
  });

  test("of an index and an image, the image's platform comes first", () => {
    expect(platformChoices(index("linux/amd64", "linux/arm64", null), image("linux/arm64"))).toEqual([
      "linux/arm64",
      "linux/amd64",
    ]);
  });
});

describe("the image for a platform", () => {
  test("is the child of that name, or none", () => {
    expect(imageFor(index("linux/amd64"), "linux/amd64")).toMatchObject({ digest: "sha256:linux/amd64" });
    expect(imageFor(index("linux/amd64"), "linux/arm64")).toBeUndefined();
  });

  test("is the image itself, unless it is for another one", () => {
    expect(imageFor(image("linux/amd64"), undefined)).toBe("itself");
    expect(imageFor(image(), "linux/arm64")).toBe("itself");
    expect(imageFor(image("linux/amd64"), "linux/arm64")).toBeUndefined();
  });
});
