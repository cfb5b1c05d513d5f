import { expect, test } from "vitest";
import { LookupBatch } from "./lookup-batch.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what is asked in one turn is one question, and everyone gets the answer to the own key", async () => {
  const asked: (readonly number[])[] = [];
  const batch = new LookupBatch<number, string>(async (keys) => {
    asked.push(keys);
    return keys.map((key) => (key % 2 === 0 ? `even ${key}` : undefined));
  });
  expect(await Promise.all([4, 3, 4, 2].map((key) => batch.find(key)))).toEqual(["even 4", undefined, "even 4", "even 2"]);
  expect(await batch.find(6)).toBe("even 6");
  expect(asked).toEqual([[4, 3, 4, 2], [6]]);
});

test("two questions run at a time; the others grow into the next one", async () => {
  const answers: ((rows: string[]) => void)[] = [];
  const asked: (readonly number[])[] = [];
  const batch = new LookupBatch<number, string>((keys) => {
    asked.push(keys);
    return new Promise((resolve) => answers.push(resolve));
  });
  const found = [];
  for (const key of [1, 2, 3, 4]) {
    found.push(batch.find(key));
    await turn();
  }
  expect(asked).toEqual([[1], [2]]);
  answers[1]!(["two"]);
  await found[1];
  await turn();
  expect(asked).toEqual([[1], [2], [3, 4]]);
  answers[0]!(["one"]);
  answers[2]!(["three", "four"]);
  expect(await Promise.all(found)).toEqual(["one", "two", "three", "four"]);
});

test("a failure reaches everyone who asked, and the next question is asked all the same", async () => {
  let failing = true;
  const batch = new LookupBatch<number, number>(async (keys) => {
    if (failing) throw new Error("the database is away");
    return keys;
  });
  const results = await Promise.allSettled([batch.find(1), batch.find(2)]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  failing = false;
  expect(await batch.find(3)).toBe(3);
});
