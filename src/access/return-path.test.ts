import fc from "fast-check";
import { expect, test } from "vitest";
import { parseReturnPath } from "./return-path.ts";

const server = "https://registry.example.org";

test("a path of this server is where the browser goes, with its query and fragment", () => {
  for (const path of ["/", "/repositories", "/tags?repository=team/app&sort=-pulls#v1", "/a:b", "/x?next=https://evil.example"])
    expect(parseReturnPath(path)).toBe(path);
  expect(parseReturnPath("/a/../b")).toBe("/b");
  expect(parseReturnPath("/é")).toBe("/%C3%A9");
});

test("every way out of this server is refused", () => {
  for (const text of [
    "",
    "repositories",
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/%2e//evil.example",
    "/x/..//evil.example",
    "/x/%2e%2e//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:evil.example",
    "@evil.example",
    "/\u0000",
    "/a\r\nSet-Cookie: x=y",
    `/${"x".repeat(1000)}`,
    `/${"é".repeat(400)}`,
  ])
    expect(() => parseReturnPath(text), JSON.stringify(text)).toThrow("must be a path on this server");
});

test("whatever is taken stays on the server, also after it was resolved once more", () => {
  const pieces = fc.constantFrom(
    "/",
    "\\",
    ".",
    "..",
    "%2e",
    "%2f",
    "%5c",
    "@",
    ":",
    "?",
    "#",
    "\t",
    "\n",
    "evil.example",
    "a",
    "é",
    " ",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      let path: string;
      try {
        path = parseReturnPath(`/${parts.join("")}`);
      } catch {
        return;
      }
      const url = new URL(path, server);
      expect(url.origin).toBe(server);
      expect(new URL(url.pathname + url.search + url.hash, server).origin).toBe(server);
      expect(parseReturnPath(path)).toBe(path);
      expect(path).toMatch(/^\/(?!\/)[\u0021-\u007e]*$/);
    }),
    { numRuns: 5000 },
  );
});
