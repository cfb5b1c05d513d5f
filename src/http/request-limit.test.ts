import { describe, expect, test } from "vitest";
import { RegistryError } from "../oci/errors.ts";
import { countRequests, createRequestLimit, noRequestLimit } from "./request-limit.ts";

function limited(perSecond: number, most?: number) {
  let nowMs = 5_000_000.125;
  const limit = createRequestLimit({ perSecond, monotonic: () => nowMs, ...(most !== undefined && { most }) });
  return {
    wait: (ms: number): void => void (nowMs += ms),
    /** How many of `requests` were let through. */
    ask(requests: number, principalId: number, address = "10.0.0.1"): number {
      let count = 0;
      for (let i = 0; i < requests; i++) {
        try {
          limit.count(principalId, address);
          count++;
        } catch (error) {
          expect(error).toMatchObject({ code: "TOOMANYREQUESTS", status: 429 });
        }
      }
      return count;
    },
    refusal(principalId: number, address = "10.0.0.1"): RegistryError {
      try {
        limit.count(principalId, address);
      } catch (error) {
        if (error instanceof RegistryError) return error;
      }
      throw new Error("it was let through");
    },
  };
}

test.each([1, 3, 50])("%i a second: ten seconds' worth at once, then one for each part of a second", (perSecond) => {
  const { ask, wait, refusal } = limited(perSecond);
  expect(ask(1000, 7)).toBe(10 * perSecond);
  expect(refusal(7).headers).toEqual({ "Retry-After": "1" });
  expect(refusal(7).message).toBe(`more than ${perSecond} requests a second for too long, try again in 1 s`);
  wait(1000);
  expect(ask(1000, 7)).toBe(perSecond);
  wait(500);
  wait(500);
  expect(ask(1000, 7)).toBe(perSecond);
  wait(3600_000);
  expect(ask(1000, 7)).toBe(10 * perSecond);
});

test("who is refused again and again loses nothing by it", () => {
  const { ask, wait } = limited(1);
  ask(10, 7);
  for (let i = 0; i < 9; i++) {
    wait(100);
    expect(ask(10, 7)).toBe(0);
  }
  wait(100);
  expect(ask(10, 7)).toBe(1);
});

test("users are counted by who they are, wherever they are; the others by where they are", () => {
  const { ask } = limited(1);
  expect(ask(20, 7, "10.0.0.1")).toBe(10);
  expect(ask(20, 7, "10.0.0.2")).toBe(0);
  expect(ask(20, 8, "10.0.0.1")).toBe(10);
  expect(ask(20, 0, "10.0.0.1")).toBe(10);
  expect(ask(20, 0, "10.0.0.2")).toBe(10);
  expect(ask(20, 0, "2001:db8::1")).toBe(10);
  expect(ask(20, 0, "2001:db8::ffff:1")).toBe(0);
  expect(ask(20, 0, "2001:db8:0:1::1")).toBe(10);
});

test("the registry's own work is never held up, and 0 means no limit", () => {
  expect(limited(1).ask(1000, -1)).toBe(1000);
  expect(limited(0).ask(1000, 0)).toBe(1000);
});

test("a flood from everywhere costs bounded memory, and who keeps asking is remembered", () => {
  const { ask } = limited(1, 100);
  expect(ask(10, 7)).toBe(10);
  for (let i = 1; i <= 45; i++) ask(1, 1000 + i);
  expect(ask(1, 7)).toBe(0);
  // Whole generations later.
  for (let i = 1; i <= 1000; i++) ask(1, 2000 + i);
  expect(ask(20, 7)).toBe(10);
});

describe("who a request is counted for", () => {
  type Shown = "ann" | "late ann" | "nobody" | "wrong" | "late wrong";
  const caller = { address: "10.0.0.1" };
  function counted() {
    const counts: [number, string][] = [];
    const limit = { count: (id: number, address: string): void => void counts.push([id, address]) };
    const identify = (shown: Shown): number | Promise<number> => {
      if (shown === "wrong") throw new Error("refused");
      if (shown === "late wrong") return Promise.reject(new Error("refused"));
      if (shown === "nobody") return 0;
      return shown === "ann" ? 7 : Promise.resolve(7);
    };
    return { counts, identify: countRequests(limit, identify, (id) => id), plain: identify };
  }

  test("is whoever was found, and the address when credentials were refused, once each", async () => {
    const { counts, identify } = counted();
    expect(identify("ann", caller)).toBe(7);
    expect(await identify("late ann", caller)).toBe(7);
    expect(identify("nobody", caller)).toBe(0);
    expect(() => identify("wrong", caller)).toThrow("refused");
    await expect(identify("late wrong", caller)).rejects.toThrow("refused");
    expect(counts).toEqual([7, 7, 0, 0, 0].map((id) => [id, caller.address]));
  });

  test("beyond the limit the answer is 429, also to credentials that are refused", async () => {
    const limit = createRequestLimit({ perSecond: 1, monotonic: () => 0 });
    const identify = countRequests(limit, counted().plain, (id) => id);
    for (let i = 0; i < 10; i++) expect(() => identify("wrong", caller)).toThrow("refused");
    expect(() => identify("wrong", caller)).toThrow("try again in 1 s");
    await expect(identify("late wrong", caller)).rejects.toMatchObject({ status: 429 });
    expect(await identify("late ann", caller)).toBe(7);
  });

  test("costs nothing without a limit", () => {
    const { plain } = counted();
    expect(countRequests(noRequestLimit, plain, (id) => id)).toBe(plain);
  });
});
