import { describe, expect, test } from "vitest";
import { ariaSort, isShown, nextSort, toTracks, type GridColumn } from "./columns.ts";

const column = (more: Partial<GridColumn<never>> = {}): GridColumn<never> => ({
  id: "pulls",
  title: "Pulls",
  width: 80,
  cell: () => null,
  ...more,
});

describe("columns of a grid", () => {
  test("appear when the window is wide enough, unless the reader has decided", () => {
    expect(isShown(column({ from: 1200 }), {}, 1199)).toBe(false);
    expect(isShown(column({ from: 1200 }), {}, 1200)).toBe(true);
    expect(isShown(column({ from: 1200 }), { pulls: true }, 800)).toBe(true);
    expect(isShown(column(), { pulls: false }, 2560)).toBe(false);
    expect(isShown(column({ fixed: true }), { pulls: false }, 800)).toBe(true);
  });

  test("share what is left of a line", () => {
    expect(toTracks([column({ grow: 2 }), column()], true)).toEqual({ tracks: "36px minmax(80px, 2fr) 80px", width: 196 });
    expect(toTracks([column()], false)).toEqual({ tracks: "80px 1fr", width: 80 });
  });

  test("are sorted by a click, and the other way round by the next", () => {
    const pulls = { sort: "pulls", descending: true };
    expect(nextSort(pulls, "name")).toBe("-pulls");
    expect(nextSort(pulls, "-pulls")).toBe("pulls");
    expect(nextSort({ sort: "name" }, "-pulls")).toBe("name");
    expect(ariaSort("name", "-name")).toBe("descending");
    expect(ariaSort("name", "pulls")).toBe("none");
    expect(ariaSort(undefined, "pulls")).toBeUndefined();
  });
});
