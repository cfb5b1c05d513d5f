import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digestAlgorithm, digestHex, digestOf, isDigestAlgorithm, parseDigest, toDigest } from "./digest.ts";

describe("a digest", () => {
  it.each(["sha256", "sha512"] as const)("of %s is the algorithm and the hex of the content's hash", (algorithm) => {
    const hex = createHash(algorithm).update("x").digest("hex");
    const digest = digestOf("x", algorithm);
    expect(digest).toBe(`${algorithm}:${hex}`);
    expect([digestAlgorithm(digest), digestHex(digest)]).toEqual([algorithm, hex]);
    expect(toDigest(algorithm, createHash(algorithm).update("x"))).toBe(digest);
    expect(parseDigest(digest)).toBe(digest);
  });

  it.each([
    "",
    "sha256",
    "sha256:",
    `sha256:${"a".repeat(63)}`,
    `sha256:${"a".repeat(65)}`,
    `sha256:${"A".repeat(64)}`,
    `SHA256:${"a".repeat(64)}`,
    `sha512:${"a".repeat(64)}`,
    `blake3:${"a".repeat(64)}`,
    `sha256:${"a".repeat(64)}\n`,
    `sha256:../../${"a".repeat(58)}`,
  ])("cannot be %j", (text) => {
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: "DIGEST_INVALID", status: 400 }));
  });

  it("knows its algorithms by their own names only", () => {
    expect(["sha256", "sha512", "md5", "toString", ""].map(isDigestAlgorithm)).toEqual([true, true, false, false, false]);
  });
});
