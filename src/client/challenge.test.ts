import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges } from "./challenge.ts";
import { cpuMsOf } from "../../test/cpu-time.ts";

function parse(...headers: string[]) {
  return parseChallenges(headers).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

const realm = "https://auth.example.org/token";

describe("challenges", () => {
  it("have a scheme and parameters", () => {
    expect(parse(`Bearer realm="${realm}",service="registry.example.org",scope="repository:a/b:pull,push"`)).toEqual([
      ["bearer", { realm, service: "registry.example.org", scope: "repository:a/b:pull,push" }],
    ]);
  });

  it("come from several headers, in their order", () => {
    expect(parse("Negotiate", 'Basic realm="a"')).toEqual([
      ["negotiate", {}],
      ["basic", { realm: "a" }],
    ]);
  });

  it("come several in one header, as Forgejo sends them and as Node merges repeated headers", () => {
    expect(parse(`Bearer realm="${realm}",service="container_registry",scope="*",Basic realm="Forgejo Package"`)).toEqual([
      ["bearer", { realm, service: "container_registry", scope: "*" }],
      ["basic", { realm: "Forgejo Package" }],
    ]);
    expect(parse(`Negotiate, NTLM, Basic realm="x", Bearer realm="${realm}"`).map(([scheme]) => scheme)).toEqual([
      "negotiate",
      "ntlm",
      "basic",
      "bearer",
    ]);
  });

  it("may have a URL as realm of Basic, as Amazon ECR does", () => {
    expect(parse('Basic realm="https://1.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"')).toEqual([
      ["basic", { realm: "https://1.dkr.ecr.eu-west-1.amazonaws.com/", service: "ecr.amazonaws.com" }],
    ]);
  });

  it("keep commas, equals signs and schemes inside of quotes", () => {
    expect(parse('Bearer realm="a, Basic realm=b", scope="x,y"')).toEqual([
      ["bearer", { realm: "a, Basic realm=b", scope: "x,y" }],
    ]);
  });

  it("undo backslashes in quotes", () => {
    expect(parse(String.raw`Basic realm="say \"hi\", \\ all", a=b`)).toEqual([
      ["basic", { realm: String.raw`say "hi", \ all`, a: "b" }],
    ]);
  });

  it("have schemes and names in lower case, and values as they are", () => {
    expect(parse("BEARER Realm=AbC")).toEqual([["bearer", { realm: "AbC" }]]);
  });

  it("may have spaces around the equals sign, tabs, empty elements and values without quotes", () => {
    expect(parse(', Bearer\trealm = "r" ,, service= s ,')).toEqual([["bearer", { realm: "r", service: "s" }]]);
  });

  it("of unknown schemes do not disturb, with or without a token68", () => {
    expect(parse(`Negotiate oYG2MIGzoAMKAQ==, Bearer realm="${realm}"`)).toEqual([
      ["negotiate", {}],
      ["bearer", { realm }],
    ]);
    expect(parse(`Unknown a=b;c, Bearer realm="${realm}"`).at(-1)).toEqual(["bearer", { realm }]);
  });

  it("are separate even where the comma is missing", () => {
    expect(parse('Bearer realm="r" service="s" Basic realm="b"')).toEqual([
      ["bearer", { realm: "r", service: "s" }],
      ["basic", { realm: "b" }],
    ]);
  });

  it("keep the first of two equal parameters", () => {
    expect(parse('Bearer realm="a", realm="b"')).toEqual([["bearer", { realm: "a" }]]);
  });

  it("lose a value whose quote never ends", () => {
    expect(parse('Bearer service="s", realm="https://auth')).toEqual([["bearer", { service: "s" }]]);
  });

  it("are none in an empty header, and parameters without a scheme are none", () => {
    expect(parse("")).toEqual([]);
    expect(parse('realm="x", service="y"')).toEqual([]);
  });

  it("come back from any way to write them", () => {
    fc.assert(
      fc.property(fc.array(fc.array(challenge, { minLength: 1, maxLength: 3 }), { maxLength: 3 }), fc.nat(), (headers, style) => {
        const parsed = parse(
          ...headers.map((each) => each.map((one, index) => write(one, style + index)).join(style % 2 === 0 ? "," : " , ")),
        );
        expect(parsed).toEqual(headers.flat().map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]));
      }),
    );
  });

  it("never throw, whatever a registry sends", () => {
    const pieces = fc.constantFrom("Bearer", " ", ",", "=", '"', "\\", "realm", "a", "==", "\t", "\n", "é", "\0");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(pieces).map((all) => all.join("")),
        ),
        (header) => {
          for (const { scheme, parameters } of parseChallenges([header])) {
            expect(scheme).toMatch(/^[^A-Z\s,"=]+$/);
            for (const name of parameters.keys()) expect(name).toMatch(/^[^A-Z\s,"=]+$/);
          }
        },
      ),
    );
  });

  it.each(["a ", 'a="', "a=,", "\\", '"\\', " =", "a\t", "a a="])(
    "take linear time for a hundred thousand characters of %j",
    (piece) => {
      expect(cpuMsOf(() => parseChallenges([piece.repeat(100_000 / piece.length)]))).toBeLessThan(1000);
    },
  );
});

const token = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const value = fc.oneof(fc.stringMatching(/^[A-Za-z0-9:/.*,\\" =-]{0,20}$/), fc.string({ maxLength: 10 }));
const challenge = fc.record({
  scheme: token,
  parameters: fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name, maxLength: 4 }),
});

function write({ scheme, parameters }: { scheme: string; parameters: [string, string][] }, style: number): string {
  const equals = style % 3 === 0 ? " = " : "=";
  const written = parameters.map(([name, text], index) => {
    const bare = (style + index) % 2 === 0 && /^[A-Za-z0-9:/.*-]+$/.test(text);
    return `${style % 5 === 0 ? name.toUpperCase() : name}${equals}${bare ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`}`;
  });
  return `${style % 2 === 0 ? scheme : scheme.toUpperCase()} ${written.join(style % 7 === 0 ? "," : ", ")}`.trimEnd();
}
