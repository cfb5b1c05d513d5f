import { describe, expect, test } from "vitest";
import { showAgo, showBytes, showCount, showDigest } from "./human.ts";
import { parseMoment } from "./moments.ts";
import { parseRepositoryTarget, parseTarget } from "./target.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

describe("what people read", () => {
  test("counts are grouped, and an unknown one is not zero", () => {
    expect([0, 8201, 12_345_678].map(showCount)).toEqual(["0", "8,201", "12,345,678"]);
    expect(showCount(null)).toBe("-");
  });

  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "0.98 KiB"],
    [1024, "1.00 KiB"],
    [10_240, "10.0 KiB"],
    [1_023_400, "999 KiB"],
    [1_023_600, "0.98 MiB"],
    [104_857_600, "100 MiB"],
    [19_542_101_196, "18.2 GiB"],
    [Number.MAX_SAFE_INTEGER, "8.00 PiB"],
  ])("%d bytes are %s: three digits, never four", (bytes, text) => {
    expect(showBytes(bytes)).toBe(text);
  });

  test.each([
    ["2026-11-21T11:59:30Z", "just now"],
    ["2026-11-21T12:00:30Z", "just now"],
    ["2026-11-21T11:55:00Z", "5 min ago"],
    ["2026-11-19T13:00:00Z", "47 h ago"],
    ["2026-11-19T12:00:00Z", "2 d ago"],
    ["2026-09-23T12:00:00Z", "59 d ago"],
    ["2026-08-21T12:00:00Z", "3 months ago"],
    ["2023-11-21T12:00:00Z", "3 years ago"],
    [null, "never"],
  ])("%s is %s", (iso, text) => {
    expect(showAgo(iso, now)).toBe(text);
  });

  test("digests are short, and say an algorithm other than the usual one", () => {
    expect(showDigest(`sha256:${"0123456789abcdef".repeat(4)}`)).toBe("0123456789ab");
    expect(showDigest(`sha512:${"0123456789abcdef".repeat(8)}`)).toBe("sha512:0123456789ab");
  });
});

describe("times in flags", () => {
  test.each([
    ["2026-11-17", "2026-11-17T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2026-11-17T09:30", "2026-11-17T09:30:00.000Z"],
    ["2026-11-17T09:30Z", "2026-11-17T09:30:00.000Z"],
    ["2026-11-17T09:30:05.5+02:00", "2026-11-17T07:30:05.500Z"],
    ["90m", "2026-11-21T10:30:00.000Z"],
    ["36h", "2026-11-20T00:00:00.000Z"],
    ["7d", "2026-11-14T12:00:00.000Z"],
    ["2w", "2026-11-07T12:00:00.000Z"],
    ["999999y", "1970-01-01T00:00:00.000Z"],
  ])("%s is %s", (text, iso) => {
    expect(new Date(parseMoment("--from", text, now)).toISOString()).toBe(iso);
  });

  test.each([
    "",
    "yesterday",
    "7",
    "-7d",
    "2026-02-30",
    "2026-02-30T10:00+01:00",
    "2026-13-01",
    "2026-11-17 09:30",
    "2026-11-17T25:00",
    "9999999y",
  ])("'%s' is none", (text) => {
    expect(() => parseMoment("--from", text, now)).toThrow(/--from .* is not a time/);
  });
});

describe("what a verb is asked about", () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  test.each([
    ["app", { repository: "app" }],
    ["my.app", { repository: "my.app" }],
    ["team/app", { repository: "team/app" }],
    ["team/app:v1", { repository: "team/app", tag: "v1" }],
    [`app@${digest}`, { repository: "app", digest }],
    ["team/my.app:1.0", { repository: "team/my.app", tag: "1.0" }],
  ])("%s is on our server", (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  test.each([
    "127.0.0.1:5000/team/app",
    "example.org/app",
    "localhost/app",
    "host:1/app:v1",
    "[::1]:5000/app",
    "https://example.org/app",
    "http://host",
  ])("%s names another registry", (text) => {
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  });

  test.each([
    ["Team/App", "NAME_INVALID"],
    ["", "NAME_INVALID"],
    [":v1", "NAME_INVALID"],
    ["app:", "MANIFEST_INVALID"],
    ["app:a:b", "MANIFEST_INVALID"],
    ["app@sha256:12", "DIGEST_INVALID"],
    ["app@v1", "DIGEST_INVALID"],
    [`app:v1@${digest}`, "REQUEST_INVALID"],
  ])("'%s' is nothing: %s", (text, code) => {
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code }));
  });

  test("where a repository is wanted, a tag is too much", () => {
    expect(parseRepositoryTarget("team/app")).toBe("team/app");
    expect(() => parseRepositoryTarget("team/app:v1")).toThrow("`hythe pulls team/app:v1`");
  });
});
