// The rules of the house that a machine can check (design.md calls them floors). Readable as documentation.

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { staleDocs } from "./docs.ts";

const root = join(import.meta.dirname, "..");

/** Rooms by floor, top to bottom. Imports point down; rooms on one floor do not know each other. */
const floors = [
  ["v2", "api", "web", "cli"],
  ["registry", "browse", "proxy", "pulls", "retention", "scan", "access", "jobs", "demo"],
  ["store", "client", "http"],
  ["oci", "wire"],
];
/** The rooms of src/web, likewise. */
const webFloors = [["pages"], ["parts"], ["grid", "chart"], ["ask"], ["show"]];
const webFloorOf = (room: string): number => webFloors.findIndex((rooms) => rooms.includes(room));
const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room));

interface Source {
  readonly path: string;
  readonly room: string;
  readonly text: string;
}

function sources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => {
      const path = join(folder, name);
      return { path, room: relative("src", dirname(path)).split("/")[0] ?? "", text: readFileSync(join(root, path), "utf8") };
    });
}

const imports = (text: string): string[] =>
  [
    ...text.matchAll(/(?:^|[\s;])(?:import|export)\s[^"';]*?from\s+"(\.[^"]+)"|import\("(\.[^"]+)"\)|^import\s+"(\.[^"]+)"/gm),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);
const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);

const src = sources("src");
const everything = [...src, ...sources("test"), ...sources("bench")];

test("the rule sees imports of every form", () => {
  const text =
    'import { a } from "./a.ts";\nimport type { B } from "../b/b.ts";\nexport { c } from "./c.ts";\nconst d = await import("./d.ts");\n';
  expect(imports(text)).toEqual(["./a.ts", "../b/b.ts", "./c.ts", "./d.ts"]);
});

test("imports point down, and rooms on one floor do not know each other", () => {
  const wrong = src
    .filter(({ path, room }) => !isTest(path) && room !== "")
    .flatMap(({ path, room, text }) =>
      imports(text)
        .map((target) => relative("src", join(dirname(path), target)))
        .filter((target) => {
          const other = target.split("/")[0]!;
          return other !== room && !(floorOf(room) >= 0 && floorOf(other) > floorOf(room));
        })
        .map((target) => `${path} -> ${target}`),
    );
  expect(wrong).toEqual([]);
});

test("every room stands on a floor", () => {
  expect([...new Set(src.map(({ room }) => room))].filter((room) => room !== "" && floorOf(room) < 0)).toEqual([]);
});

test("in src/web imports point down too, and of the rest of the house only the types of the wire are used", () => {
  const web = src.filter(({ path, room }) => room === "web" && !isTest(path));
  const wrong = web
    .filter(({ path }) => dirname(path) !== "src/web")
    .flatMap(({ path, text }) =>
      imports(text)
        .map((target) => relative("src/web", join(dirname(path), target)))
        .filter((target) => {
          const [own, other] = [basename(dirname(path)), target.split("/")[0]!];
          return target.startsWith("../")
            ? !target.startsWith("../wire/")
            : other !== own && webFloorOf(other) <= webFloorOf(own);
        })
        .map((target) => `${path} -> ${target}`),
    );
  expect(wrong).toEqual([]);
  // Their schemas would bring all of zod into the browser.
  expect(web.filter(({ text }) => /import (?!type)[^;]*\/wire\//.test(text)).map(({ path }) => path)).toEqual([]);
});

/** The files above the rooms say ./room/x.ts, those in a room ../room/x.ts. */
const forms = (path: string): RegExp =>
  path.startsWith("src/web/")
    ? /^(?:\.\/(?:[a-z]+\/)?|\.\.\/(?:\.\.\/wire\/)?(?:[a-z]+\/)?)[a-z0-9-]+(?:\.module)?\.(?:tsx?|css)$/
    : dirname(path) === "src"
      ? /^\.\/(?:[a-z0-9]+\/)?[a-z0-9-]+\.tsx?$/
      : /^(?:\.\/|\.\.\/[a-z0-9]+\/)[a-z0-9-]+\.tsx?$/;

test("imports name files: ./x.ts or ../room/x.ts, no aliases, no barrels", () => {
  const wrong = src
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, text }) =>
      imports(text)
        .filter((target) => !forms(path).test(target))
        .map((target) => `${path}: ${target}`),
    );
  expect(wrong).toEqual([]);
  expect(src.filter(({ path }) => basename(path) === "index.ts").map(({ path }) => path)).toEqual([]);
});

test("only main.ts reads the environment of the process", () => {
  const wrong = src.filter(({ path, text }) => !isTest(path) && path !== "src/main.ts" && /process\.env\b/.test(text));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test("no file is longer than 500 lines, no test longer than 800, main.ts not longer than 60, nine in ten under 300", () => {
  const lines = (text: string): number => text.split("\n").length - 1;
  const limit = (path: string): number => (path === "src/main.ts" ? 60 : isTest(path) ? 800 : 500);
  expect(
    everything.filter(({ path, text }) => lines(text) > limit(path)).map(({ path, text }) => `${path}: ${lines(text)}`),
  ).toEqual([]);
  const long = src.filter(({ text }) => lines(text) > 300);
  expect(long.length / src.length, long.map(({ path }) => path).join(" ")).toBeLessThan(0.1);
});

test("no name says nothing: utils, helpers, common, misc, core", () => {
  const vague = everything.filter(({ path }) => /(?:^|[/-])(?:utils?|helpers?|common|misc|core|shared)(?:[-./]|$)/.test(path));
  expect(vague.map(({ path }) => path)).toEqual([]);
});

test("every source file starts by saying what it is for", () => {
  const silent = src.filter(({ path, text }) => !isTest(path) && !text.startsWith("//") && !text.startsWith("#!"));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test("no open ends in the code", () => {
  const open = everything.filter(
    ({ path, text }) => path !== "test/architecture.test.ts" && /\b(?:TODO|FIXME|XXX)\b|\.only\(/.test(text),
  );
  expect(open.map(({ path }) => path)).toEqual([]);
});

test("generated pages are up to date (npm run docs)", () => {
  expect(staleDocs()).toEqual([]);
});

test("CONTRIBUTING.md fits on a screen: at most 60 lines", () => {
  expect(readFileSync(join(root, "CONTRIBUTING.md"), "utf8").split("\n").length - 1).toBeLessThanOrEqual(60);
});
