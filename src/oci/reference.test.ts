import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import {
  formatReference,
  isRepositoryName,
  isTag,
  maxNameLength,
  parseReference,
  parseRepositoryName,
  parseTag,
} from "./reference.ts";
import { cpuMsOf } from "../../test/cpu-time.ts";

const name = parseRepositoryName("lib/app");

describe("a repository name", () => {
  it.each(["a", "0", "lib/app", "a.b", "a_b", "a__b", "a-b", "a---b", "a/b/c/d", "blobs/uploads", `${"a".repeat(128)}/b`, "v2"])(
    "can be %s",
    (text) => {
      expect(parseRepositoryName(text)).toBe(text);
    },
  );

  it.each([
    "",
    "A",
    "a/",
    "/a",
    "a//b",
    ".a",
    "a.",
    "a..b",
    "a___b",
    "a_-b",
    "-a",
    "a-",
    "_catalog",
    "a/_b",
    "a b",
    "a:b",
    "a@b",
    "\u00e9",
    "a\n",
    "..",
    "a/../b",
    "a".repeat(129),
    `${"a".repeat(100)}/${"b".repeat(100)}`,
  ])("cannot be %j", (text) => {
    expect(() => parseRepositoryName(text)).toThrow(expect.objectContaining({ code: "NAME_INVALID", status: 400 }));
  });

  it("is a path whose parts are names", () => {
    const part = fc.stringMatching(/^[a-b._-]{0,5}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        expect(isRepositoryName(parts.join("/"))).toBe(parts.every(isRepositoryName));
      }),
    );
  });

  it("is decided quickly whatever the text is", () => {
    const spent = cpuMsOf(() => {
      for (const text of [
        `${"a-".repeat(100_000)}!`,
        `${"-".repeat(maxNameLength - 2)}!`,
        `a${"-".repeat(maxNameLength - 2)}`,
        `${"a__".repeat(66)}!`,
      ]) {
        expect(isRepositoryName(text)).toBe(false);
      }
    });
    expect(spent).toBeLessThan(100);
  });
});

describe("a reference", () => {
  it.each(["latest", "V1.0", "_x", "a".repeat(128)])("can be the tag %s", (text) => {
    expect(parseReference(name, text)).toEqual({ repository: name, tag: text });
    expect(formatReference(parseReference(name, text))).toBe(`lib/app:${text}`);
  });

  it("can be a digest of either algorithm", () => {
    for (const digest of [digestOf("x"), digestOf("x", "sha512")]) {
      expect(parseReference(name, digest)).toEqual({ repository: name, digest });
      expect(formatReference({ repository: name, digest })).toBe(`lib/app@${digest}`);
    }
  });

  it.each(["", ".a", "-a", "a/b", "a+b", "a".repeat(129)])("is no tag when it is %j", (text) => {
    expect(isTag(text)).toBe(false);
    expect(() => parseTag(text)).toThrow(expect.objectContaining({ code: "MANIFEST_INVALID" }));
  });

  it.each(["sha256:x", ":", "a:b", `sha256:${"A".repeat(64)}`, `sha1:${"a".repeat(40)}`])(
    "with a colon is a digest or an error: %s",
    (text) => {
      expect(() => parseReference(name, text)).toThrow(expect.objectContaining({ code: "DIGEST_INVALID" }));
    },
  );
});
