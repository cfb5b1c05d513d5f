import { expect, test } from "vitest";
import type { SessionAnswer } from "../../wire/session.ts";
import type { StatusAnswer } from "../../wire/status.ts";
import { pagesFor } from "./pages.ts";

const nothing = { pull: false, push: false, overwrite: false, delete: false, admin: false };
const anonymous: SessionAnswer = {
  name: "anonymous",
  kind: "anonymous",
  groups: [],
  may: nothing,
  manages: false,
  visible: ["public/*"],
  open: false,
  provider: false,
  mustChange: false,
  hasPassword: false,
  csrf: null,
  expiresAt: null,
};
const user: SessionAnswer = { ...anonymous, name: "ann", kind: "user" };
const status: StatusAnswer = {
  version: "1",
  startedAt: "2026-11-21T12:00:00Z",
  now: "2026-11-21T12:00:00Z",
  trackedSince: null,
  replaying: false,
  features: { pulls: true },
  stores: { database: "sqlite", blobs: "disk" },
} as StatusAnswer;
const namesFor = (session: SessionAnswer, more: { status?: StatusAnswer; registries?: number } = {}): string =>
  pagesFor({ session, status, registries: 0, ...more })
    .map(({ name }) => name)
    .join(", ");

test("nobody in particular is offered what is for looking", () => {
  expect(namesFor(anonymous)).toBe("Home, Repositories, Tags, Activity, Settings");
});

test("who signed in has tokens of their own, and who gives rights has the access pages", () => {
  expect(namesFor(user)).toBe("Home, Repositories, Tags, Activity, My tokens, Settings");
  expect(namesFor({ ...user, manages: true })).toBe("Home, Repositories, Tags, Activity, Access, Settings");
});

test("other registries are offered where there is one, and to who could add one", () => {
  expect(namesFor(anonymous, { registries: 1 })).toContain("Registries");
  expect(namesFor({ ...user, manages: true, may: { ...nothing, admin: true } })).toContain("Registries, Access");
});

test("where pulls are not counted there is no activity", () => {
  expect(namesFor(user, { status: { ...status, features: { pulls: false } } })).not.toContain("Activity");
});
