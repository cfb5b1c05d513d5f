import { describe, expect, test } from "vitest";
import { formatSharing, layerRows, readableStep, type LayerRow } from "./layers.ts";

const layer = (name: string) => ({
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  digest: `sha256:${name}`,
  size: 10,
  artifactType: null,
  annotations: {},
  sharedBy: null,
});
const step = (createdBy: string, of: number | null) => ({ createdBy, createdAt: null, comment: null, layer: of });
const short = (rows: readonly LayerRow[]): string[] =>
  rows.map((row) =>
    row.kind === "empty"
      ? `(${row.steps.map(({ createdBy }) => createdBy).join(" ")})`
      : `${row.number} ${row.layer.digest.slice(7)} ${row.step?.createdBy ?? "?"}`,
  );

describe("layers and steps", () => {
  test("each layer has its step, and steps between two layers are folded", () => {
    const steps = [step("add", 0), step("env", null), step("cmd", null), step("run", 1), step("user", null)];
    expect(short(layerRows({ layers: [layer("a"), layer("b")], steps }))).toEqual(["1 a add", "(env cmd)", "2 b run", "(user)"]);
  });

  test("without steps there are the layers", () => {
    for (const steps of [null, []]) expect(short(layerRows({ layers: [layer("a")], steps }))).toEqual(["1 a ?"]);
  });

  test("no layer is lost or twice there, whatever the steps say", () => {
    const layers = [layer("a"), layer("b"), layer("c")];
    for (const order of [[2], [1, 0], [0, 0], [7, 1], [2, 1, 0]]) {
      const rows = layerRows({ layers, steps: order.map((of, i) => step(`s${i}`, of)) });
      const shown = rows.flatMap((row) => (row.kind === "layer" ? [row.number] : []));
      expect(shown, order.join()).toEqual([1, 2, 3]);
      const steps = rows
        .flatMap((row) => (row.kind === "layer" ? [row.step] : [...row.steps]))
        .filter((each) => each !== undefined);
      expect(steps, order.join()).toHaveLength(order.length);
    }
  });
});

describe("what made a layer", () => {
  test.each([
    ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'],
    ["/bin/sh -c apt-get update", "RUN apt-get update"],
    ["RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"],
    ["RUN |1 VERSION=1.2 /bin/sh -c make && make install # buildkit", "RUN make && make install"],
    ["COPY a b # buildkit", "COPY a b"],
    ["RUN make\n  install", "RUN make\n  install"],
    ["", ""],
  ])("%j reads %j", (text, readable) => {
    expect(readableStep(text)).toBe(readable);
  });
});

test("a step of any length is read in the time of its length", () => {
  const length = 2_000_000;
  const hostile = [
    `RUN${" ".repeat(length)}x`,
    `RUN |1 ${"a ".repeat(length / 2)}`,
    `|${"1".repeat(length)}`,
    `/bin/sh -c #(nop)${" ".repeat(length)}`,
    `/bin/sh -c ${" ".repeat(length)}x`,
  ];
  // Quadratic, each would be hours.
  for (const text of hostile) expect(readableStep(text).length).toBeLessThanOrEqual(length + 40);
});

describe("who else has a layer", () => {
  test.each([
    [{ manifests: 40, tags: 38, repositories: 4, more: false }, "also in 38 tags, 4 repositories"],
    [{ manifests: 1, tags: 1, repositories: 1, more: false }, "also in 1 tag, 1 repository"],
    [{ manifests: 2, tags: 0, repositories: 1, more: false }, "also in 2 untagged images, 1 repository"],
    [{ manifests: 1000, tags: 1000, repositories: 9, more: true }, "also in at least 1,000 tags, 9 repositories"],
    [{ manifests: 0, tags: 0, repositories: 0, more: false }, "only here"],
    [null, undefined],
  ])("%j is %j", (sharing, text) => {
    expect(formatSharing(sharing)).toBe(text);
  });
});
