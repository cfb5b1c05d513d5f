import fc from "fast-check";
import { expect, test } from "vitest";
import { nextPage, parseLinks } from "./link.ts";
import { cpuMsOf } from "../../test/cpu-time.ts";

const plain = (header: string): unknown =>
  parseLinks(header).map(({ parameters, target }) => [target, Object.fromEntries(parameters)]);

test.each([
  ['</v2/a/tags/list?last=b&n=2>; rel="next"', [["/v2/a/tags/list?last=b&n=2", { rel: "next" }]]],
  ["</a>; rel=next", [["/a", { rel: "next" }]]],
  ["<>;REL = next", [["", { rel: "next" }]]],
  [
    '</a,b;c>; title="x, y; \\"z\\""; rel=prev , </d>;rel="next last"',
    [
      ["/a,b;c", { title: 'x, y; "z"', rel: "prev" }],
      ["/d", { rel: "next last" }],
    ],
  ],
  ["</a>; rel=next; rel=prev", [["/a", { rel: "next" }]]],
  ["</a>;;; crossorigin; rel=next", [["/a", { crossorigin: "", rel: "next" }]]],
  ["</a>", [["/a", {}]]],
  [", ,</a>;rel=next", [["/a", { rel: "next" }]]],
  ["/a; rel=next", []],
  ["</a; rel=next", []],
  ['</a>; rel="next', [["/a", { rel: "next" }]]],
  ['</a>; rel="next\\', [["/a", { rel: "next" }]]],
  ['</a>; title="a, </b>; rel=next', [["/a", { title: "a, </b>; rel=next" }]]],
  ["", []],
])("the header %s", (header, links) => {
  expect(plain(header)).toEqual(links);
});

test("any list of links is read back as it was written", () => {
  const text = fc.string({ unit: "binary-ascii" });
  const link = fc.record({
    target: text.map((each) => each.replaceAll(">", "").trim()),
    parameters: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9*-]{0,8}$/), text, { maxKeys: 4 }),
  });
  fc.assert(
    fc.property(fc.array(link, { maxLength: 4 }), (links) => {
      const quote = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`;
      const written = links.map(({ parameters, target }) =>
        [`<${target}>`, ...Object.entries(parameters).map(([name, value]) => `${name}=${quote(value)}`)].join("; "),
      );
      expect(plain(written.join(", "))).toEqual(links.map(({ parameters, target }) => [target, { ...parameters }]));
    }),
  );
});

test("nothing that a registry can send makes it throw or leads off the path", () => {
  const odd = fc.array(
    fc.constantFrom("<", ">", ";", ",", '"', "\\", "=", "rel", "next", " ", "/v2/", "https://evil.example", "?n=1"),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        odd.map((parts) => parts.join("")),
      ),
      (header) => {
        const page = nextPage(header, "/v2/a/tags/list");
        expect(page ?? "/v2/a/tags/list?").toMatch(/^\/v2\/a\/tags\/list\?/);
      },
    ),
  );
});

test("a long header without an end is read in linear time", () => {
  const spent = cpuMsOf(() => {
    parseLinks(`</a>; title="${"\\a".repeat(200_000)}`);
    parseLinks("<".repeat(200_000));
    parseLinks(`</a>${";".repeat(200_000)}`);
  });
  expect(spent).toBeLessThan(2000);
});

test.each([
  ["quoted", '</v2/a/tags/list?last=b&n=2>; rel="next"', "/v2/a/tags/list?last=b&n=2"],
  ["not quoted", "</v2/a/tags/list?last=b>; rel=next", "/v2/a/tags/list?last=b"],
  ["in capitals", "</v2/a/tags/list?last=b>; REL=NEXT", "/v2/a/tags/list?last=b"],
  ["behind another link", '</v2/?x>; rel="prev", </v2/?y>; rel="next"', "/v2/a/tags/list?y"],
  ["absolute", '<https://r.example/v2/a/tags/list?last=b>; rel="next"', "/v2/a/tags/list?last=b"],
  ["with an opaque token", '</v2/a/tags/list?next_page=gAAA%3D%2F~+x>; rel="next"', "/v2/a/tags/list?next_page=gAAA%3D%2F~+x"],
  ["of a wrong repository", '</v2/b/other/tags/list?last=b>; rel="next"', "/v2/a/tags/list?last=b"],
  ["that is only a query", '<?last=b>; rel="next"', "/v2/a/tags/list?last=b"],
  ["on another host", '<https://evil.example/steal?last=b>; rel="next"', "/v2/a/tags/list?last=b"],
  ["with a fragment", '</v2/a/tags/list?last=b#c>; rel="next"', "/v2/a/tags/list?last=b"],
  ["without a query", '</v2/a/tags/list>; rel="next"', undefined],
  ["of another kind", '</v2/a/tags/list?last=b>; rel="prev"', undefined],
])("a link %s leads to our own path with its query", (_what, header, expected) => {
  expect(nextPage(header, "/v2/a/tags/list")).toBe(expected);
});

test("no header, no next page", () => {
  expect(nextPage(undefined, "/v2/a/tags/list")).toBeUndefined();
});
