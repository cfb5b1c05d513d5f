import { afterEach, expect, test, vi } from "vitest";
import { ask } from "./ask.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

const answered = (body: string | null, status = 200): void => {
  vi.stubGlobal("fetch", async () => new Response(body, { status, headers: { "x-request-id": "of a proxy" } }));
};
const problem = {
  type: "about:blank",
  title: "Bad gateway",
  status: 502,
  detail: "hub is away",
  code: "UNKNOWN",
  requestId: "r1",
};

test("an answer is what it says, or nothing", async () => {
  answered('{"items":[]}');
  expect(await ask("/tags")).toEqual({ items: [] });
  answered(null, 204);
  expect(await ask("/tags", { method: "DELETE" })).toBeUndefined();
});

test.each([200, 404, 502, 503, 504])(
  "a page of somebody in between is no answer of the registry, with status %i",
  async (status) => {
    answered("<html>Sign in</html>", status);
    const isAway = status > 500;
    const error = { status, code: "FOREIGN", isUnreachable: isAway, requestId: "" };
    await expect(ask("/tags")).rejects.toMatchObject({
      ...error,
      message: expect.stringContaining("does not come from the registry"),
    });
  },
);

test("what another registry did to ours is an answer of ours", async () => {
  answered(JSON.stringify(problem), 502);
  await expect(ask("/tags")).rejects.toMatchObject({ isUnreachable: false, requestId: "r1", message: "hub is away" });
});

test("nobody, and somebody who takes too long, are two things", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(ask("/tags")).rejects.toMatchObject({ code: "UNREACHABLE", isUnreachable: true, isTimeout: false });
  const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort(new DOMException("", "TimeoutError")));
  await expect(ask("/tags")).rejects.toMatchObject({ code: "TIMEOUT", isUnreachable: false, isTimeout: true });
  timeout.mockRestore();
});

test("an answer that breaks off is none, and who does not wait for it is told so", async () => {
  const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError("network error")) });
  vi.stubGlobal("fetch", async () => new Response(broken));
  await expect(ask("/tags")).rejects.toMatchObject({ code: "UNREACHABLE" });
  const leaving = AbortSignal.abort(new Error("gone elsewhere"));
  vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => Promise.reject(signal!.reason as Error));
  await expect(ask("/tags", { signal: leaving })).rejects.toThrow("gone elsewhere");
});
