// docs/client.md: each of its examples runs against a real registry and prints what the page says.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readExamples, runExample } from "../doc-examples.ts";
import { image, index } from "../image.ts";
import { startProtocolServer, type ProtocolServer } from "../protocol-server.ts";
import { pushImage } from "../push.ts";
import { execute } from "../steps.ts";

const page = "docs/client.md";
const examples = readExamples(page);
const documented = "http://127.0.0.1:5000";

let server: ProtocolServer;
const folder = mkdtempSync(join(tmpdir(), "hythe-docs-"));
beforeAll(async () => {
  server = await startProtocolServer();
  const release = (layer: string) =>
    index([image({ layers: ["base", layer] }), image({ layers: ["base", layer], platform: "linux/arm64" })]);
  await pushImage(server.url, "team/app", release("v1.0"), "v1.0");
  await pushImage(server.url, "team/app", release("v1.1"), "v1.1", "latest");
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server[Symbol.asyncDispose]();
});

test("the page has examples", () => {
  expect(examples.length).toBeGreaterThan(0);
});

test("their types are right for whoever installed the package", async () => {
  // Below the checkout, where the package's own name is known.
  const sources = mkdtempSync(join(import.meta.dirname, "examples-"));
  onTestFinished(() => rmSync(sources, { recursive: true }));
  const files = examples.map(({ code, line }) => {
    const file = join(sources, `line-${line}.mts`);
    writeFileSync(file, code);
    return file;
  });
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--module", "nodenext", "--target", "esnext", "--types", "node"];
  const flags = ["--ignoreConfig", "--noEmit", "--allowImportingTsExtensions", "--skipLibCheck", ...strict];
  expect(await execute(["tsc", ...flags, ...files])).toEqual({ ok: true, output: "" });
});

describe("in the order of the page, each finding what those before it left", () => {
  test.each(examples)("$heading (line $line)", async ({ code, printed = "" }) => {
    const there = code
      .replaceAll(documented, server.url)
      .replaceAll("127.0.0.1:5000", `127.0.0.1:${server.port}`)
      .replaceAll("/tmp/", `${folder}/`);
    const output = await runExample(there);
    expect(output.replaceAll(`${folder}/`, "/tmp/").replaceAll(server.url, documented)).toBe(printed);
  });
});
