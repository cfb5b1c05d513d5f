import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseManifest } from "../src/oci/manifest.ts";
import { image, index, manifestsOf } from "./image.ts";

test("the same names give the same bytes", () => {
  expect(image({ layers: ["a", "b"] }).digest).toBe(image({ layers: ["a", "b"] }).digest);
  expect(image({ layers: ["a"] }).digest).not.toBe(image({ layers: ["b"] }).digest);
  expect(image({ layers: ["a"] }).blobs[1]).toEqual(image({ layers: ["a", "b"] }).blobs[1]);
});

test("a layer is a tar that tar can read", () => {
  const folder = mkdtempSync(join(tmpdir(), "hythe-image-"));
  try {
    writeFileSync(join(folder, "layer.tar"), gunzipSync(image({ layers: ["hello"], layerBytes: 700 }).blobs[1]!.bytes));
    execFileSync("tar", ["xf", "layer.tar"], { cwd: folder });
    expect(execFileSync("stat", ["--format=%s", "hello"], { cwd: folder, encoding: "utf8" }).trim()).toBe("700");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("our own parser accepts what is built, in both families of types", () => {
  for (const types of ["oci", "docker"] as const) {
    const whole = index([image({ types }), image({ types, platform: "linux/arm64/v8" })], types);
    for (const part of manifestsOf(whole)) expect(() => parseManifest(part.bytes, part.mediaType)).not.toThrow();
  }
});
