import { MutationObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import type { SessionAnswer } from "../../wire/session.ts";
import { createData } from "./data.ts";
import { session } from "./queries.ts";
import { signOut, watchSession } from "./session.ts";

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
  const observer = new MutationObserver(
    data,
    signOut(data, () => void forgotten.push("places")),
  );
  const leave = observer.subscribe(() => undefined);
  const done = observer.mutate();
  leave();
  await done;
  expect(forgotten).toEqual(["places"]);
  expect(data.getQueryData(secret)).toBeUndefined();
});

test("who is another one by now, because of another tab, sees nothing of what the one before saw", () => {
  const data = createData();
  const stop = watchSession(data);
  data.setQueryData(session().queryKey, answerFor("ann"));
  data.setQueryData(secret, ["hidden/app"]);
  data.setQueryData(session().queryKey, { ...answerFor("ann"), csrf: "renewed" });
  expect(data.getQueryData(secret)).toEqual(["hidden/app"]);
  data.setQueryData(session().queryKey, answerFor("bob"));
  expect(data.getQueryData(secret)).toBeUndefined();
  expect(data.getQueryData(session().queryKey)).toMatchObject({ name: "bob" });
  stop();
});
