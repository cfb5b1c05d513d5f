import { describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { etagOf, hasAlready, parseEtags } from "./conditions.ts";

const digest = digestOf("x");
const other = digestOf("y");

describe("conditions", () => {
  it.each([etagOf(digest), digest, `W/"${digest}"`, `"${other}","${digest}"`, ` "${other}" , W/"${digest}" `, "*"])(
    "a client that sends %s has it already",
    (header) => {
      expect(hasAlready(header, digest)).toBe(true);
    },
  );

  it.each([undefined, "", '""', "x", etagOf(other), `"${digest}`, `"${digest.toUpperCase()}"`])(
    "a client that sends %s has it not",
    (header) => {
      expect(hasAlready(header, digest)).toBe(false);
    },
  );

  it("keeps of a list only what can match", () => {
    expect(parseEtags(`"a", "${digest}", W/"${other}", *`)).toEqual([digest, other]);
  });
});
