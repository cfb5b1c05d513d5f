import { expect, test } from "vitest";
import { RecentAnswers } from "./recent-answers.ts";

const open = () => {
  const clock = { nowMs: 1000, works: 0 };
  const recent = new RecentAnswers(() => clock.nowMs);
  const ask = (question: unknown, work = async (): Promise<number> => ++clock.works): Promise<number> =>
    recent.get(["count", question], 100, work);
  return { clock, ask };
};

test("a question is worked out once for all who ask it within the time, and anew afterwards", async () => {
  const { clock, ask } = open();
  expect(await Promise.all([ask("a"), ask("a"), ask("b")])).toEqual([1, 1, 2]);
  clock.nowMs += 99;
  expect(await ask("a")).toBe(1);
  clock.nowMs += 1;
  expect(await ask("a")).toBe(3);
});

test("a failure is for those who waited, and is not kept", async () => {
  const { ask } = open();
  const failing = () => ask("a", () => Promise.reject(new Error("down")));
  const both = await Promise.allSettled([failing(), ask("a")]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await ask("a")).toBe(1);
});

test("an answer of a later time than now is worked out anew: the clock was set back", async () => {
  const { clock, ask } = open();
  await ask("a");
  clock.nowMs -= 500;
  expect(await ask("a")).toBe(2);
});

test("the oldest question is forgotten when there are too many", async () => {
  const { ask } = open();
  for (let i = 0; i < 201; i++) await ask(i);
  expect(await ask(200)).toBe(201);
  expect(await ask(0)).toBe(202);
});
