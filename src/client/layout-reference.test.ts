import fc from "fast-check";
import { expect, test } from "vitest";
import { isLayoutReference, parseLayoutReference } from "./layout-reference.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

test.each([
  ["oci:app", { folder: "app" }],
  ["oci:./app:v1", { folder: "./app", tag: "v1" }],
  ["oci:/srv/a:b/app", { folder: "/srv/a:b/app" }],
  ["oci:/srv/a:b/app:v1", { folder: "/srv/a:b/app", tag: "v1" }],
  ["oci:a@b:v1", { folder: "a@b", tag: "v1" }],
  [`oci:app@${digest}`, { folder: "app", digest }],
  [`oci:app:v1@${digest}`, { folder: "app", tag: "v1", digest }],
])("%s is a folder with what is behind it", (text, expected) => {
  expect(parseLayoutReference(text)).toEqual(expected);
});

test.each([
  ["oci:", "REQUEST_INVALID"],
  ["oci::v1", "REQUEST_INVALID"],
  ["oci:a\0b", "REQUEST_INVALID"],
  ["oci:app:", "MANIFEST_INVALID"],
  ["oci:app:not a tag", "MANIFEST_INVALID"],
  [`oci:app@${digest}0`, "DIGEST_INVALID"],
])("%j is told what is wrong with it", (text, code) => {
  expect(() => parseLayoutReference(text)).toThrow(expect.objectContaining({ code }));
});

test("whatever folder, tag and digest are put together are found again", () => {
  const folder = fc.stringMatching(/^[a-z./ -]{1,20}$/);
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), { nil: undefined });
  fc.assert(
    fc.property(folder, tag, fc.boolean(), (path, name, withDigest) => {
      const text = `oci:${path}${name === undefined ? "" : `:${name}`}${withDigest ? `@${digest}` : ""}`;
      expect(isLayoutReference(text)).toBe(true);
      expect(parseLayoutReference(text)).toEqual({
        folder: path,
        ...(name !== undefined && { tag: name }),
        ...(withDigest && { digest }),
      });
    }),
  );
});
