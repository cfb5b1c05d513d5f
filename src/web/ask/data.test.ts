import { MutationObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { createData } from "./data.ts";

test("what was sent and answered by a change, passwords and new tokens, is forgotten with the form that asked for it", async () => {
  const data = createData();
  const observer = new MutationObserver(data, { mutationFn: async (body: { password: string }) => ({ token: body.password }) });
  const leave = observer.subscribe(() => undefined);
  await observer.mutate({ password: "correct horse" });
  const removed = new Promise((resolve) => data.getMutationCache().subscribe(({ type }) => type === "removed" && resolve(type)));
  leave();
  expect(await removed).toBe("removed");
  expect(data.getMutationCache().getAll()).toEqual([]);
});
