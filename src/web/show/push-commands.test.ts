import { expect, test } from "vitest";
import { pushCommands, pushTools } from "./push-commands.ts";

test("no tool needs more than two lines, and all name the registry as clients reach it", () => {
  for (const tool of pushTools) {
    const { lines } = pushCommands(tool, "https://reg.example", false);
    expect(lines.length, tool).toBeLessThanOrEqual(2);
    expect(lines.at(-1), tool).toContain("reg.example/demo");
    expect(lines.join(" "), tool).not.toMatch(/insecure|plain-http|tls-verify/);
  }
});

test("plain http is told to each tool that asks", () => {
  const plain = (tool: (typeof pushTools)[number]): string => pushCommands(tool, "http://127.0.0.1:5000", false).lines.join("; ");
  expect(plain("docker")).toBe("docker tag alpine 127.0.0.1:5000/demo/alpine:1; docker push 127.0.0.1:5000/demo/alpine:1");
  expect(plain("podman")).toContain("--tls-verify=false");
  expect(plain("skopeo")).toContain("--dest-tls-verify=false");
  expect(plain("helm")).toContain("--plain-http");
  expect(plain("oras")).toContain("oras push --plain-http 127.0.0.1:5000/demo/hello:1 hello.txt");
});

test("Docker allows plain http on its own machine, and elsewhere when it is told", () => {
  expect(pushCommands("docker", "http://127.0.0.1:5000", false).note).toBeUndefined();
  expect(pushCommands("docker", "http://reg.example:5000", false).note).toContain('["reg.example:5000"]');
});

test("who has to log in is told how", () => {
  expect(pushCommands("docker", "https://reg.example", true).login).toBe("docker login reg.example");
  expect(pushCommands("podman", "http://127.0.0.1:5000", true).login).toBe("podman login --tls-verify=false 127.0.0.1:5000");
  expect(pushCommands("docker", "https://reg.example", false).login).toBeUndefined();
});
