import { describe, expect, test } from "vitest";
import { parsePasted } from "./pasted.ts";
import { formatPlace } from "./place.ts";

const hosts = {
  own: ["reg.example:5000", "127.0.0.1:5000"],
  registries: [
    { name: "hub", host: "registry-1.docker.io" },
    { name: "far", host: "far.example" },
  ],
};
const digest = `sha256:${"9f2c".repeat(16)}`;
function read(text: string): string | undefined {
  const { place, unknownHost } = parsePasted(text, hosts) ?? {};
  if (unknownHost !== undefined) return `? ${unknownHost}`;
  return place && `${place.registry ?? "own"} ${formatPlace(place)}`;
}

describe("references", () => {
  test.each([
    ["reg.example:5000/team/app:v1.9", "own team/app:v1.9"],
    [`reg.example:5000/team/app:v1@${digest}`, `own team/app@${digest}`],
    ["team/app", "own team/app"],
    ["tag:1.10", "own tag:1.10"],
    ["a/b/c", "own a/b/c"],
    ["far.example/x:1", "far x:1"],
    ["docker.io/nginx:1", "hub library/nginx:1"],
    ["other.example/x:1", "? other.example"],
  ])("%s", (text, place) => expect(read(text)).toBe(place));
});

describe("commands", () => {
  test.each([
    ["docker pull reg.example:5000/team/app:v1.9", "own team/app:v1.9"],
    ["docker pull --platform linux/amd64 127.0.0.1:5000/a/b/c:1.10", "own a/b/c:1.10"],
    ["skopeo copy --src-tls-verify=false docker://reg.example:5000/team/app:v1 dir:here", "own team/app:v1"],
    ["helm pull oci://reg.example:5000/charts/web --version 1.2.3+build", "own charts/web:1.2.3_build"],
    ['FROM "far.example/base:3" AS build', "far base:3"],
    ["image: reg.example:5000/team/app:v1", "own team/app:v1"],
    ["docker pull team/app", "own team/app"],
    ["docker pull team/app --platform linux/amd64", "own team/app"],
    ["helm pull oci://reg.example:5000/charts/web", "own charts/web"],
    ["helm pull oci://reg.example:5000/charts/web --version=1.2", "own charts/web:1.2"],
    ["docker run -p 8080:80 reg.example:5000/team/app:v1", "own team/app:v1"],
    ["docker run --publish-all 8080:80 reg.example:5000/team/app:v1", "own team/app:v1"],
    ["docker run -v data:/x reg.example:5000/team/app:v1", "own team/app:v1"],
    ["docker run -d --name app team/app:v1 sh -c true", "own team/app:v1"],
    ["docker run team/app echo hello", "own team/app"],
    ["FROM team/base AS build", "own team/base"],
  ])("%s", (text, place) => expect(read(text)).toBe(place));
});

describe("addresses", () => {
  test.each([
    ["https://reg.example:5000/team/app:v1", "own team/app:v1"],
    ["http://127.0.0.1:5000/ui/r/team/app:v1?view=layers", "own team/app:v1"],
    ["http://127.0.0.1:5000/ui/x/hub/library/nginx", "hub library/nginx"],
    [`http://127.0.0.1:5000/v2/team/app/manifests/${digest}`, `own team/app@${digest}`],
    ["http://127.0.0.1:5000/v2/team/app/tags/list", "own team/app"],
  ])("%s", (text, place) => expect(read(text)).toBe(place));
});

test("what is no reference is left to the search", () => {
  for (const text of ["", "sha256:9f2c", digest, "Not A Name", "://", "/x", "<script>"]) expect(read(text), text).toBeUndefined();
});

test("only what says more than a word is opened unasked", () => {
  expect(parsePasted("team/app", hosts)?.isSure).toBe(false);
  expect(parsePasted("team/app:v1", hosts)?.isSure).toBe(true);
  expect(parsePasted("docker pull nginx", hosts)?.isSure).toBe(true);
});
