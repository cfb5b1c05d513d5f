import { describe, expect, test } from "vitest";
import { nearNames } from "./name-likeness.ts";

describe("names that look like a wrong one", () => {
  test("the nearest comes first, and half a word in another word is no likeness", () => {
    const known = ["edge/router", "platform/timeout", "shop/check-in", "shop/checkout", "shop/checkout-worker", "web/checkout"];
    expect(nearNames(known, "shop/chekout")).toEqual(["shop/checkout", "web/checkout"]);
  });

  test("a name under another folder is near, the one with the likest folder first", () => {
    expect(nearNames(["infra/checkout", "shops/checkout"], "shop/checkout")).toEqual(["shops/checkout", "infra/checkout"]);
    expect(nearNames(["team/app", "team/app-server"], "app")).toEqual(["team/app", "team/app-server"]);
  });

  test("a mistake in either half of a tag is found", () => {
    expect(nearNames(["latest", "stable", "v1"], "stabel")).toEqual(["stable"]);
    expect(nearNames(["latest", "stable", "v1"], "tlatest")).toEqual(["latest"]);
    expect(nearNames(["Stable", "v1"], "stable")).toEqual(["Stable"]);
    expect(nearNames(["v1.0", "v1.9", "v2.0"], "v1.8")).toEqual(["v1.0", "v1.9"]);
  });

  test("at most three, and none when nothing is like it", () => {
    expect(nearNames(["a1/app", "a2/app", "a3/app", "a4/app"], "a/app")).toHaveLength(3);
    expect(nearNames(["shop/checkout"], "base/node")).toEqual([]);
    expect(nearNames(["shop/checkout"], "")).toEqual([]);
  });
});
