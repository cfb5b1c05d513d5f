import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { naturalKey, nameOrders, versionKey } from "./name-orders.ts";

/** By key, then by name, as texts. */
function sortBy(order: keyof typeof nameOrders, names: readonly string[], descending = false): string[] {
  const { keyOf } = nameOrders[order];
  const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);
  const sorted = names.toSorted((a, b) => compare(keyOf(a), keyOf(b)) || compare(a, b));
  return descending ? sorted.toReversed() : sorted;
}

const tagName = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);

describe("natural order", () => {
  test("numbers in names count by value, wherever they are", () => {
    const names = ["app-10", "app-2", "app-1", "10", "9", "1.10.0", "1.9.0", "a", "Z", "app", "app-2-b", "app-2-a10", "app-2-a9"];
    expect(sortBy("natural", names)).toEqual([
      "1.9.0",
      "1.10.0",
      "9",
      "10",
      "Z",
      "a",
      "app",
      "app-1",
      "app-2",
      "app-2-a9",
      "app-2-a10",
      "app-2-b",
      "app-10",
    ]);
  });

  test("two runs of digits compare as the numbers that they are, of any length", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 60n }), fc.bigInt({ min: 0n, max: 10n ** 60n }), (a, b) => {
        const [x, y] = [naturalKey(`v${a}-x`), naturalKey(`v${b}-x`)];
        expect(Math.sign(Number(x > y) - Number(x < y))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

/** Precedence as semver.org section 11 words it, without any trick. */
function precedence(a: string, b: string): number {
  const parse = (text: string) => {
    const [, core = "", pre] = /^(\d+\.\d+\.\d+)(?:-([^+]+))?(?:\+.*)?$/.exec(text)!;
    return { core: core.split(".").map(BigInt), pre: pre?.split(".") };
  };
  const [x, y] = [parse(a), parse(b)];
  for (let i = 0; i < 3; i++) if (x.core[i] !== y.core[i]) return x.core[i]! < y.core[i]! ? -1 : 1;
  if (x.pre === undefined || y.pre === undefined) return Number(x.pre === undefined) - Number(y.pre === undefined);
  for (let i = 0; i < Math.max(x.pre.length, y.pre.length); i++) {
    const [p, q] = [x.pre[i], y.pre[i]];
    if (p === undefined || q === undefined) return p === undefined ? -1 : 1;
    if (p === q) continue;
    const [pIsNumber, qIsNumber] = [/^\d+$/.test(p), /^\d+$/.test(q)];
    if (pIsNumber && qIsNumber) return BigInt(p) < BigInt(q) ? -1 : 1;
    if (pIsNumber !== qIsNumber) return pIsNumber ? -1 : 1;
    return p < q ? -1 : 1;
  }
  return 0;
}

const number = fc.oneof(fc.nat(3), fc.nat(1000), fc.bigInt({ min: 0n, max: 10n ** 30n })).map(String);
const field = fc.oneof(number, fc.constantFrom("alpha", "beta", "rc", "x-1", "-", "A", "a", "aa", "0a"));
const semver = fc
  .tuple(
    number,
    number,
    number,
    fc.option(fc.array(field, { minLength: 1, maxLength: 4 })),
    fc.option(fc.constantFrom("b1", "b2")),
  )
  .map(([major, minor, patch, pre, build]) =>
    [`${major}.${minor}.${patch}`, pre === null ? "" : `-${pre.join(".")}`, build === null ? "" : `+${build}`].join(""),
  );

describe("version order", () => {
  test("the example of semver.org section 11 comes out as it is written there", () => {
    const written = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
    ];
    expect(sortBy("version", written.toReversed())).toEqual(written);
    expect(sortBy("version", ["2.1.1", "2.1.0", "2.0.0", "1.0.0"])).toEqual(["1.0.0", "2.0.0", "2.1.0", "2.1.1"]);
  });

  test("any two versions have the precedence of semver.org", () => {
    fc.assert(
      fc.property(semver, semver, (a, b) => {
        const [x, y] = [versionKey(a), versionKey(b)];
        expect(Math.sign(Number(x > y) - Number(x < y))).toBe(precedence(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test("what is no version comes before all that are", () => {
    const names = ["latest", "v1.2", "1.10", "v1.2.0-rc.1", "main", "20261121", "24.04", "2", "sha-12ab", "1.2.0_build.5"];
    const sorted = ["20261121", "latest", "main", "sha-12ab", "v1.2.0-rc.1", "1.2.0_build.5", "v1.2", "1.10", "2", "24.04"];
    expect(sortBy("version", names)).toEqual(sorted);
    expect(sortBy("version", names, true)).toEqual(sorted.toReversed());
  });
});

test("keys of tags and of repository names are printable ASCII, however long their numbers are", () => {
  const long = fc.string({ unit: fc.constantFrom(..."0123456789ab.-_"), minLength: 1, maxLength: 255 });
  fc.assert(
    fc.property(fc.oneof(tagName, semver, long), (name) => {
      for (const { keyOf } of Object.values(nameOrders)) expect(keyOf(name)).toMatch(/^[\x20-\x7e]*$/);
    }),
  );
  const digits = [89, 90, 91, 179, 180, 181, 254].map((length) => `${"9".repeat(length)}a`);
  expect(sortBy("natural", digits.toReversed())).toEqual(digits);
});

test.each(Object.keys(nameOrders) as (keyof typeof nameOrders)[])(
  "the order by %s is total: every shuffle sorts the same",
  (order) => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(tagName, semver), { maxLength: 30 }), fc.boolean(), (names, descending) => {
        const sorted = sortBy(order, names, descending);
        expect(sortBy(order, names.toReversed(), descending)).toEqual(sorted);
      }),
    );
  },
);
