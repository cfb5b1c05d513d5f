import { MutationObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import type { SessionAnswer } from "../../wire/session.ts";
import { createData } from "./data.ts";
import { session } from "./queries.ts";
import { signOut, watchSession, whenReaderLeaves } from "./session.ts";

const nothing = { pull: true, push: false, overwrite: false, delete: false, admin: false };
const answerFor = (name: string): SessionAnswer => ({
  name,
  kind: "user",
  groups: [],
  may: nothing,
  manages: false,
  visible: null,
  open: false,
  provider: false,
  mustChange: false,
  hasPassword: true,
  csrf: `csrf of ${name}`,
  expiresAt: null,
});
const secret = ["tags", "/tags", {}];

afterEach(() => void vi.unstubAllGlobals());

test("who signs out takes everything along, although the menu is gone by the time", async () => {
  vi.stubGlobal("fetch", async () => new Response(null, { status: 204 }));
  const data = createData();
  data.setQueryData(secret, ["hidden/app"]);
  const forgotten: string[] = [];
  const stop = whenReaderLeaves(() => void forgotten.push("places"));
  const observer = new MutationObserver(data, signOut(data));
  const leave = observer.subscribe(() => undefined);
  const done = observer.mutate();
  leave();
  await done;
  stop();
  expect(forgotten).toEqual(["places"]);
  expect(data.getQueryData(secret)).toBeUndefined();
});

test("who is another one by now, because of another tab, sees nothing of what the one before saw", () => {
  const { data, left, stop } = watch();
  data.setQueryData(session().queryKey, answerFor("ann"));
  data.setQueryData(secret, ["hidden/app"]);
  data.setQueryData(session().queryKey, { ...answerFor("ann"), csrf: "renewed" });
  expect(data.getQueryData(secret)).toEqual(["hidden/app"]);
  expect(left()).toBe(0);
  data.setQueryData(session().queryKey, answerFor("bob"));
  expect(data.getQueryData(secret)).toBeUndefined();
  expect(data.getQueryData(session().queryKey)).toMatchObject({ name: "bob" });
  expect(left()).toBe(1);
  stop();
});

test("neither does another one who must choose a password first, before or after it", () => {
  const { data, left, stop } = watch();
  data.setQueryData(session().queryKey, answerFor("ann"));
  data.setQueryData(secret, ["hidden/app"]);
  data.setQueryData(session().queryKey, { ...answerFor("bob"), mustChange: true });
  expect(data.getQueryData(secret)).toBeUndefined();
  expect(left()).toBe(1);
  data.setQueryData(session().queryKey, answerFor("bob"));
  expect(left()).toBe(1);
  stop();
});

function watch() {
  const data = createData();
  let count = 0;
  const stops = [whenReaderLeaves(() => void count++), watchSession(data)];
  // Whoever was here in the test before.
  data.setQueryData(session().queryKey, answerFor("nobody"));
  const before = count;
  return { data, left: () => count - before - 1, stop: () => stops.forEach((stop) => stop()) };
}
