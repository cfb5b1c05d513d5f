import { describe, expect, test } from "vitest";
import {
  commandHost,
  isLoopback,
  pullCommands,
  tagToPull,
  takesTag,
  tools,
  toolsFor,
  type Source,
  type Tool,
} from "./pull-commands.ts";

const digest = `sha256:${"4b".repeat(32)}`;
const https: Source = { url: "https://reg.example", needsLogin: false };
const http: Source = { url: "http://reg.example:5000", needsLogin: false };
const place = { repository: "team/app", tag: "v1.9" };
const pull = (
  tool: Tool,
  source = https,
  where: Parameters<typeof pullCommands>[2] = place,
  kind?: "chart" | "artifact",
): string => pullCommands(tool, source, where, kind).pull;

describe("over https", () => {
  test.each([
    ["docker", "docker pull reg.example/team/app:v1.9"],
    ["podman", "podman pull reg.example/team/app:v1.9"],
    ["nerdctl", "nerdctl pull reg.example/team/app:v1.9"],
    ["ctr", "ctr images pull reg.example/team/app:v1.9"],
    ["crictl", "crictl pull reg.example/team/app:v1.9"],
    ["skopeo", "skopeo copy docker://reg.example/team/app:v1.9 oci:app:v1.9"],
    ["crane", "crane pull reg.example/team/app:v1.9 app.tar"],
    ["oras", "oras copy reg.example/team/app:v1.9 --to-oci-layout app:v1.9"],
  ] as const)("%s names the whole reference and no flag", (tool, line) => {
    expect(pullCommands(tool, https, place)).toEqual({ pull: line, notes: [] });
  });

  test("a digest stands instead of the tag", () => {
    const byDigest = { repository: "team/app", digest };
    expect(pull("docker", https, byDigest)).toBe(`docker pull reg.example/team/app@${digest}`);
    expect(pull("skopeo", https, byDigest)).toBe(`skopeo copy docker://reg.example/team/app@${digest} oci:app`);
    expect(pull("helm", https, byDigest, "chart")).toBe(`helm pull oci://reg.example/team/app@${digest}`);
  });

  test("without either, the name alone", () => {
    expect(pull("docker", https, { repository: "team/app" })).toBe("docker pull reg.example/team/app");
  });
});

test("of a repository `latest` is fetched, without it the newest tag, without tags nothing", () => {
  expect(tagToPull([{ name: "v2" }, { name: "latest" }, { name: "v1" }])).toEqual({ name: "latest" });
  expect(tagToPull([{ name: "v2" }, { name: "v1" }])).toEqual({ name: "v2" });
  expect(tagToPull([])).toBeUndefined();
});

describe("over plain http", () => {
  test.each([
    ["podman", "podman pull --tls-verify=false reg.example:5000/team/app:v1.9"],
    ["nerdctl", "nerdctl --insecure-registry pull reg.example:5000/team/app:v1.9"],
    ["ctr", "ctr images pull --plain-http reg.example:5000/team/app:v1.9"],
    ["skopeo", "skopeo copy --src-tls-verify=false docker://reg.example:5000/team/app:v1.9 oci:app:v1.9"],
    ["crane", "crane pull --insecure reg.example:5000/team/app:v1.9 app.tar"],
    ["oras", "oras copy --from-plain-http reg.example:5000/team/app:v1.9 --to-oci-layout app:v1.9"],
  ] as const)("%s has its own flag", (tool, line) => {
    expect(pullCommands(tool, http, place)).toEqual({ pull: line, notes: [] });
  });

  test("docker and crictl have none, so a sentence names the host", () => {
    for (const tool of ["docker", "crictl"] as const) {
      const { notes } = pullCommands(tool, http, place);
      expect(notes).toHaveLength(1);
      expect(notes[0]).toContain("reg.example:5000");
    }
  });

  test.each(["http://127.0.0.1:5000", "http://127.8.8.8", "http://localhost:5000", "http://[::1]:5000"])(
    "%s is allowed by the clients themselves, so nothing is said",
    (url) => {
      expect(isLoopback(url)).toBe(true);
      expect(pullCommands("docker", { url, needsLogin: false }, place).notes).toEqual([]);
    },
  );
  test.each(["http://127.0.0.1.example", "http://localhost.example", "https://reg.example"])("%s is no loopback", (url) => {
    expect(isLoopback(url)).toBe(false);
  });
});

describe("a closed registry", () => {
  test.each([
    ["docker", "docker login reg.example:5000"],
    ["podman", "podman login --tls-verify=false reg.example:5000"],
    ["nerdctl", "nerdctl --insecure-registry login reg.example:5000"],
    ["skopeo", "skopeo login --tls-verify=false reg.example:5000"],
    ["crane", "crane auth login --insecure reg.example:5000"],
    ["helm", "helm registry login --plain-http reg.example:5000"],
    ["oras", "oras login --plain-http reg.example:5000"],
  ] as const)("%s has a line to log in", (tool, line) => {
    expect(pullCommands(tool, { ...http, needsLogin: true }, place).login).toBe(line);
    expect(pullCommands(tool, http, place).login).toBeUndefined();
  });

  test("ctr and crictl take the name with the line itself, and say so", () => {
    const closed = { ...https, needsLogin: true };
    expect(pull("ctr", closed)).toBe("ctr images pull --user NAME reg.example/team/app:v1.9");
    expect(pull("crictl", closed)).toBe("crictl pull --creds NAME:PASSWORD reg.example/team/app:v1.9");
    expect(pullCommands("ctr", closed, place).notes.join()).toContain("NAME");
  });
});

describe("what it is decides who can fetch it", () => {
  test("a chart comes by helm and its version", () => {
    expect(toolsFor("chart")[0]).toBe("helm");
    const chart = { repository: "charts/boat", tag: "1.2.3_build.4" };
    expect(pull("helm", http, chart, "chart")).toBe(
      "helm pull oci://reg.example:5000/charts/boat --version 1.2.3+build.4 --plain-http",
    );
    expect(pull("oras", https, chart, "chart")).toBe(
      "oras copy reg.example/charts/boat:1.2.3_build.4 --to-oci-layout boat:1.2.3_build.4",
    );
  });

  test("Helm refuses a tag that is no version, so it is to be fetched by digest", () => {
    expect([takesTag("helm", "latest"), takesTag("helm", "v1.2.3"), takesTag("oras", "latest")]).toEqual([false, true, true]);
    expect(pullCommands("helm", https, { repository: "boat", tag: "latest" }, "chart").notes.join()).toContain("by digest");
    expect(pullCommands("helm", https, { repository: "boat", tag: "latest", digest }, "chart").notes).toEqual([]);
  });

  test("an artifact comes by oras", () => {
    expect(toolsFor("artifact")[0]).toBe("oras");
    expect(pull("oras", http, place, "artifact")).toBe("oras pull --plain-http reg.example:5000/team/app:v1.9");
  });

  test("helm is for charts alone", () => {
    for (const kind of ["image", "index", undefined] as const)
      expect(toolsFor(kind)).toEqual(tools.filter((tool) => tool !== "helm"));
  });
});

describe("the host", () => {
  test.each([
    ["https://reg.example/", "reg.example"],
    ["http://hythe", "hythe:80"],
    ["https://hythe", "hythe:443"],
    ["http://localhost", "localhost"],
    ["http://[::1]:5000", "[::1]:5000"],
    ["https://registry-1.docker.io", "docker.io"],
  ])("%s is written %s", (url, host) => {
    expect(commandHost(url)).toBe(host);
  });
});

test("what stands in an address never becomes a command of the shell", () => {
  const hostile = { repository: "x';rm -rf ~;'$(id)", tag: "v1" };
  for (const tool of tools) {
    const line = pull(tool, https, hostile);
    const unquoted = line.replaceAll(String.raw`\'`, "").replaceAll(/'[^']*'/g, "");
    expect(unquoted, line).not.toMatch(/[;$()~`&|<>]/);
  }
});
