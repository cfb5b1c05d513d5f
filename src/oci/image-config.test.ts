import { expect, test } from "vitest";
import { parseImageConfig } from "./image-config.ts";

const unknown = { platform: undefined, createdMs: undefined };

test("a config says for what platform its image is, and when it was built", () => {
  const text = '{"os":"linux","architecture":"arm64","variant":"v8","created":"2026-01-02T03:04:05Z"}';
  expect(parseImageConfig(text)).toEqual({ platform: "linux/arm64/v8", createdMs: Date.UTC(2026, 0, 2, 3, 4, 5) });
  expect(parseImageConfig('{"os":"linux"}')).toEqual(unknown);
});

test("what is no config, or would take long to read as one, says nothing", () => {
  const named = '"os":"linux","architecture":"amd64"';
  const nested = `{${named},"x":${"[".repeat(40)}${"]".repeat(40)}}`;
  const long = `{${named},"x":[${"[1],".repeat(60_000)}1]}`;
  for (const text of ["", "{", "null", "7", "[]", nested, long]) expect(parseImageConfig(text)).toEqual(unknown);
});
