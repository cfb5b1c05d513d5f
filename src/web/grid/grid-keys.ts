// What a key means in a list. Letters can be switched off by those who speak to their computer. Pure.

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** What pages do with a row; `move` counts lines, a page is what fits. */
export type RowAction = "open" | "copy" | "copyPull" | "compare" | "delete";
export type GridCommand =
  | { readonly do: "move"; readonly lines?: number; readonly pages?: number; readonly range: boolean }
  | { readonly do: "first" | "last"; readonly range: boolean }
  | { readonly do: "expand" | "fold" | "choose" | "all" | "clear" | RowAction };

const everybody = new Map<string, GridCommand["do"]>([
  ["ArrowRight", "expand"],
  ["ArrowLeft", "fold"],
  ["Enter", "open"],
  [" ", "choose"],
  ["Delete", "delete"],
  ["Escape", "clear"],
]);
const letters = new Map<string, GridCommand["do"]>([
  ["x", "choose"],
  ["c", "copy"],
  ["C", "copyPull"],
  ["d", "compare"],
]);

export function toCommand({ key, shiftKey, ctrlKey, metaKey, altKey }: Key, withLetters: boolean): GridCommand | undefined {
  if (altKey) return undefined;
  if (ctrlKey || metaKey) return key.toLowerCase() === "a" && !shiftKey ? { do: "all" } : undefined;
  switch (key) {
    case "ArrowDown":
      return { do: "move", lines: 1, range: shiftKey };
    case "ArrowUp":
      return { do: "move", lines: -1, range: shiftKey };
    case "PageDown":
      return { do: "move", pages: 1, range: shiftKey };
    case "PageUp":
      return { do: "move", pages: -1, range: shiftKey };
    case "Home":
      return { do: "first", range: shiftKey };
    case "End":
      return { do: "last", range: shiftKey };
    case "j":
    case "k":
      return withLetters ? { do: "move", lines: key === "j" ? 1 : -1, range: false } : undefined;
  }
  const command = everybody.get(key) ?? (withLetters ? letters.get(key) : undefined);
  return command === undefined ? undefined : ({ do: command } as GridCommand);
}
