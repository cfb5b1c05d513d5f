import { expect, test } from "vitest";
import { formatWait } from "./wait.ts";

test("a wait is told in the unit that fits, never as less than it is", () => {
  const told = [-5, 0, 24.2, 90, 91, 3600, 7300].map(formatWait);
  expect(told).toEqual(["1 s", "1 s", "25 s", "90 s", "2 min", "60 min", "3 h"]);
});
