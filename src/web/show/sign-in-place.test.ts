import { describe, expect, it } from "vitest";
import { readFailure, readReturnTo } from "./sign-in-place.ts";

describe("the place of signing in", () => {
  it("leads to a place of the UI and nowhere else", () => {
    expect(readReturnTo({ returnTo: "/r/team/app?view=activity" })).toBe("/r/team/app?view=activity");
    for (const returnTo of [undefined, "", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
      expect(readReturnTo({ returnTo }), returnTo).toBe("/");
    }
  });

  it("says why the provider let nobody in, in words of its own whatever the link says", () => {
    expect(readFailure({})).toBeUndefined();
    expect(readFailure({ failed: "UNREACHABLE", request: "ab12-3" })).toEqual({
      sentence: expect.stringContaining("cannot be reached"),
      requestId: "ab12-3",
    });
    expect(readFailure({ failed: "<b>Call 555</b>", request: "call 555" })).toEqual({
      sentence: "Signing in with the provider did not work. Try again.",
      requestId: undefined,
    });
    expect(readFailure({ failed: "constructor" })?.sentence).toMatch(/did not work/);
  });
});
