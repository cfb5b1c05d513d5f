import { describe, expect, test } from "vitest";
import { toCommand } from "./grid-keys.ts";

const press = (
  key: string,
  more: { shiftKey?: boolean; ctrlKey?: boolean; metaKey?: boolean; altKey?: boolean } = {},
  letters = true,
) => toCommand({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more }, letters);

describe("keys in a grid", () => {
  test("move, choose and act", () => {
    expect(press("j")).toEqual({ do: "move", lines: 1, range: false });
    expect(press("ArrowUp", { shiftKey: true })).toEqual({ do: "move", lines: -1, range: true });
    expect(press("End")).toEqual({ do: "last", range: false });
    expect(press(" ")).toEqual({ do: "choose" });
    expect(press("c")).toEqual({ do: "copy" });
    expect(press("C", { shiftKey: true })).toEqual({ do: "copyPull" });
    expect(press("a", { ctrlKey: true })).toEqual({ do: "all" });
  });

  test("belong to the browser when they are none of ours", () => {
    for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) expect(press("c", more)).toBeUndefined();
    expect(press("ArrowLeft", { altKey: true })).toBeUndefined();
    expect(press("toString")).toBeUndefined();
    expect(press("q")).toBeUndefined();
  });

  test("letters can be switched off, the rest stays", () => {
    for (const key of ["j", "k", "x", "c", "C", "d"]) expect(press(key, {}, false)).toBeUndefined();
    expect(press("Delete", {}, false)).toEqual({ do: "delete" });
    expect(press("ArrowDown", {}, false)).toEqual({ do: "move", lines: 1, range: false });
  });
});
