import { expect, test } from "vitest";
import { digestOf } from "./digest.ts";
import type { Child } from "./manifest.ts";
import { ociManifest } from "./media-types.ts";
import { findPlatform } from "./platform.ts";

const child = (platform: string, kind: Child["kind"] = "manifest"): Child => ({
  kind,
  platform,
  mediaType: ociManifest,
  digest: digestOf(platform),
  size: 1,
});
const platforms = ["linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "windows/amd64", "unknown/unknown"];
const children = platforms.map((platform) => child(platform));

test.each([
  ["linux/amd64", "linux/amd64"],
  ["amd64", "linux/amd64"],
  ["x86_64", "linux/amd64"],
  ["Linux/AMD64", "linux/amd64"],
  ["windows/amd64", "windows/amd64"],
  ["linux/arm64", "linux/arm64/v8"],
  ["aarch64", "linux/arm64/v8"],
  ["linux/arm64/v8", "linux/arm64/v8"],
  ["linux/arm/v7", "linux/arm/v7"],
  ["armhf", "linux/arm/v7"],
  ["linux/arm", "linux/arm/v6"],
])("%s is the image for %s", (wanted, found) => {
  expect(findPlatform(children, wanted).platform).toBe(found);
});

test("arm64/v8 finds what is called arm64", () => {
  expect(findPlatform([child("linux/arm64")], "linux/arm64/v8").platform).toBe("linux/arm64");
});

test("what is not there is answered with what is", () => {
  expect(() => findPlatform(children, "linux/s390x")).toThrow(
    "there is no image for linux/s390x: there is linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64/v8, windows/amd64",
  );
  expect(() => findPlatform(children, "linux/arm64/v9")).toThrow("there is no image for linux/arm64/v9");
  expect(() => findPlatform([child("linux/amd64", "blob")], "linux/amd64")).toThrow("it names no platforms");
});

test.each(["", "linux/", "a/b/c/d", "linux/amd 64", "linux//v8"])("'%s' is no platform", (wanted) => {
  expect(() => findPlatform(children, wanted)).toThrow(expect.objectContaining({ code: "REQUEST_INVALID" }));
});
