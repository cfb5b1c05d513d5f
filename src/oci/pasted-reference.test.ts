import { expect, test } from "vitest";
import { parsePasted } from "./pasted-reference.ts";

const digest = `sha256:${"4b0e".repeat(16)}`;

/** host/name:tag@digest of what is likeliest meant. */
function first(text: string): string | undefined {
  const [found] = parsePasted(text);
  if (found === undefined) return undefined;
  const { host, repository, tag, digest: of } = found;
  return `${host === undefined ? "" : `${host} `}${repository}${tag === undefined ? "" : `:${tag}`}${of === undefined ? "" : `@${of}`}`;
}

test.each([
  ["team/app", "team/app"],
  ["tag", "tag"],
  ["team/app:1.10", "team/app:1.10"],
  [`team/app@${digest}`, `team/app@${digest}`],
  [`team/app:v1@${digest}`, `team/app:v1@${digest}`],
  ["team/app@sha256:4b0e", "team/app@sha256:4b0e"],
  ["reg.example:5000/team/app:v1", "reg.example:5000 team/app:v1"],
  ["localhost/app", "localhost app"],
  ["docker pull reg.example/team/app:v1", "reg.example team/app:v1"],
  ["docker run --rm -it -p 8080:80 team/app:v1 sh -c 'echo hello'", "team/app:v1"],
  ["$ skopeo inspect docker://reg.example/team/app:v1", "reg.example team/app:v1"],
  ["helm pull oci://reg.example/charts/app --version 1.2.3+build", "reg.example charts/app:1.2.3_build"],
  ['FROM "team/app:v1"', "team/app:v1"],
  ["image: team/app:v1,", "team/app:v1"],
  ["https://reg.example/ui/r/team/app:v1?view=layers", "reg.example team/app:v1"],
  [`https://reg.example/v2/team/app/manifests/${digest}`, `reg.example team/app@${digest}`],
  ["https://reg.example/v2/team/app/manifests/v1", "reg.example team/app:v1"],
  ["https://reg.example/team/app", "reg.example team/app"],
])("%s means %s", (text, expected) => {
  expect(first(text)).toBe(expected);
});

test.each(["", "   ", digest, "sha256:4b", "Team/App", "v1.9_?", "-x", "team/app:", "team/app@md5:1", "https://reg.example/"])(
  "%s names nothing",
  (text) => {
    expect(parsePasted(text)).toEqual([]);
  },
);
