// The commands that the UI shows are run as they stand there, by the clients themselves, and what the button says it copied is in the
// clipboard, on plain http too.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, expect } from "vitest";
import { authority, goodCertificate, key } from "../certificates.ts";
import { repositoryCounts } from "../counts.ts";
import { image, writeLayout } from "../image.ts";
import { findGoTool, type GoTool } from "../peers/go-tools.ts";
import { findProgram, freePort, run } from "../peers/program.ts";
import { describeJourneys, journey, type JourneyOptions } from "../web.ts";

const folder = mkdtempSync(join(tmpdir(), "hythe-commands-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const goTools: readonly GoTool[] = ["crane", "oras", "helm"];
const places = [findProgram("skopeo"), ...goTools.map(findGoTool)].flatMap((path) => (path === undefined ? [] : [dirname(path)]));
const isHere = (tool: string): boolean =>
  tool === "skopeo"
    ? findProgram(tool) !== undefined
    : goTools.includes(tool as GoTool) && findGoTool(tool as GoTool) !== undefined;

/** In an empty folder, with a home of its own; returns what is in the folder then. */
async function runShown(command: string, env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const home = mkdtempSync(join(folder, "home-"));
  mkdirSync(join(home, ".config", "containers"), { recursive: true });
  writeFileSync(join(home, ".config", "containers", "policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const cwd = mkdtempSync(join(folder, "in-"));
  await run("sh", ["-c", command], {
    cwd,
    env: { ...process.env, ...env, HOME: home, PATH: [...places, process.env["PATH"]].join(delimiter) },
  });
  return readdirSync(cwd);
}

async function shownCommand(page: Page, tool: string, by: "tag" | "digest" = "tag"): Promise<string> {
  await page.getByRole("radio", { name: tool, exact: true }).check();
  const choice = page.getByRole("radiogroup", { name: "Fetch by" });
  // There is none as long as the digest is not known; the command is by tag then.
  if (by === "digest" || (await choice.count()) > 0) await choice.getByText(by, { exact: true }).click();
  return page.getByRole("button", { name: "Copy the pull command" }).locator("xpath=preceding-sibling::code").innerText();
}

/** With a certificate of its own, which the browser takes. */
async function withTls(): Promise<JourneyOptions> {
  const files = { "tls.certificate": join(folder, "tls.crt"), "tls.key": join(folder, "tls.key") };
  writeFileSync(files["tls.certificate"], goodCertificate);
  writeFileSync(files["tls.key"], key);
  writeFileSync(join(folder, "ca.crt"), authority);
  return { settings: files, args: ["--ignore-certificate-errors"] };
}

/** At a name that only this browser knows. */
async function underName(): Promise<JourneyOptions> {
  const port = await freePort();
  const origin = `http://registry.test:${port}`;
  const args = ["--host-resolver-rules=MAP registry.test 127.0.0.1"];
  return { settings: { listen: { host: "127.0.0.1", port }, externalUrl: new URL(origin) }, origin, args };
}

const helm = findGoTool("helm");
const oras = findGoTool("oras");
const skopeo = findProgram("skopeo");
const anyTool = [...places, skopeo].some((place) => place !== undefined) ? undefined : "skopeo, crane or oras";

describeJourneys("pull commands", () => {
  journey(
    "run as they are shown, by tag and by digest, and count as pulls",
    {},
    async (walk) => {
      const { house, page } = walk;
      await house.push("team/app", image({ layers: ["a", "b"] }), "v1.9");
      await walk.open("/r/team/app:v1.9");
      await walk.settle();
      const tools = await page.getByRole("radio").evaluateAll((all) => all.map((radio) => (radio as HTMLInputElement).value));
      const commandTools = tools.filter((tool) => tool !== "tag" && tool !== "digest");
      expect(commandTools).toEqual(["docker", "podman", "nerdctl", "ctr", "crictl", "skopeo", "crane", "oras"]);
      const here = commandTools.filter(isHere);
      for (const [at, tool] of here.entries()) {
        expect((await runShown(await shownCommand(page, tool))).join(), tool).toMatch(/^app/);
        expect((await runShown(await shownCommand(page, tool, "digest"))).join(), tool).toMatch(/^app/);
        const { repository, tags } = await repositoryCounts(house.url, "team/app");
        expect([repository[0], tags["v1.9"]![0]], `after ${tool}`).toEqual([2 * (at + 1), at + 1]);
      }
      expect(await shownCommand(page, "docker")).toBe(`docker pull ${new URL(house.url).host}/team/app:v1.9`);
      await expect.poll(() => page.getByText("insecure-registries").count()).toBe(0);
    },
    anyTool,
  );

  journey("a repository is pulled by a tag that is there, in the request that fills its table", {}, async (walk) => {
    const { house, page, open, settle, asked, clock } = walk;
    await house.push("team/app", image({ layers: ["one"] }), "v1");
    clock.move(1000);
    await house.push("team/app", image({ layers: ["two"] }), "v2");
    const name = `${new URL(house.url).host}/team/app`;
    await open("/r/team/app");
    await page.getByText(`docker pull ${name}:v2`, { exact: true }).waitFor();
    await settle();
    expect(asked.filter((path) => path.startsWith("/tags?"))).toHaveLength(1);
    await house.push("team/app", image({ layers: ["one"] }), "latest");
    clock.move(1000);
    await house.push("team/app", image({ layers: ["three"] }), "v3");
    await open("/r/team/app?view=about");
    await page.getByText(`docker pull ${name}`, { exact: true }).waitFor();
    for (const tag of ["latest", "v1", "v2", "v3"])
      await fetch(`${house.url}/v2/team/app/manifests/${tag}`, { method: "DELETE" });
    await open("/r/team/app");
    await page.getByText("There are no tags here").waitFor();
    expect(await page.getByRole("button", { name: "Copy the pull command" }).count()).toBe(0);
    await page.getByText("A tag that was deleted is in").getByRole("link", { name: "History" }).click();
    await page.getByText("Type the name of one that was deleted").waitFor();
  });

  journey("the tool that was chosen is the tool of the next page", {}, async ({ house, page, open }) => {
    await house.push("team/app", image(), "v1", "v2");
    await open("/r/team/app:v1");
    await page.getByRole("radio", { name: "podman" }).check();
    await open("/r/team/app:v2");
    expect(await page.getByRole("radio", { name: "podman" }).isChecked()).toBe(true);
    await page.getByText("podman pull --tls-verify=false").waitFor();
  });

  journey(
    "of a chart and of an artifact are those of Helm and ORAS",
    {},
    async (walk) => {
      const { house, page } = walk;
      const { host } = new URL(house.url);
      const cwd = mkdtempSync(join(folder, "push-"));
      const env = { ...process.env, HOME: cwd };
      await run(helm!, ["create", "boat"], { cwd, env });
      await run(helm!, ["package", "boat"], { cwd, env });
      await run(helm!, ["push", "boat-0.1.0.tgz", `oci://${host}/charts`, "--plain-http"], { cwd, env });
      writeFileSync(join(cwd, "notes.txt"), "notes");
      const push = [
        "push",
        "--plain-http",
        "--artifact-type",
        "application/vnd.notes",
        `${host}/notes:v1`,
        "notes.txt:text/plain",
      ];
      await run(oras!, push, { cwd, env });
      await walk.open("/r/charts/boat:0.1.0");
      await page.getByText("Helm chart", { exact: true }).waitFor();
      expect(await shownCommand(page, "helm")).toBe(`helm pull oci://${host}/charts/boat --version 0.1.0 --plain-http`);
      for (const tool of ["helm", "oras", "skopeo"].filter(isHere)) {
        expect((await runShown(await shownCommand(page, tool))).join(), tool).toMatch(/^boat/);
        expect((await runShown(await shownCommand(page, tool, "digest"))).join(), `${tool} by digest`).toMatch(/^boat/);
      }
      await walk.open("/r/notes:v1");
      await page.getByText("artifact, application/vnd.notes").waitFor();
      expect(await runShown(await shownCommand(page, "oras"))).toEqual(["notes.txt"]);
    },
    helm === undefined || oras === undefined ? "helm and oras" : undefined,
  );

  journey(
    "over https need no flag",
    withTls,
    async (walk) => {
      const { house, page } = walk;
      const trust = { SSL_CERT_FILE: join(folder, "ca.crt") };
      const layout = join(folder, "layout");
      writeLayout(layout, image({ layers: ["tls"] }), "v1");
      const to = `docker://${new URL(house.url).host}/team/app:v1`;
      await run(skopeo!, ["--insecure-policy", "copy", `oci:${layout}:v1`, to], { env: { ...process.env, ...trust } });
      await walk.open("/r/team/app:v1");
      for (const tool of ["skopeo", "crane", "oras"].filter(isHere)) {
        const command = await shownCommand(page, tool);
        expect(command).not.toMatch(/insecure|plain-http|tls-verify/);
        expect((await runShown(command, trust)).join(), tool).toMatch(/^app/);
      }
    },
    skopeo === undefined ? "skopeo" : undefined,
  );

  journey(
    "name the address that clients reach, and say what plain http needs",
    { settings: { externalUrl: new URL("http://reg.example:5000") } },
    async ({ house, page, open }) => {
      await house.push("team/app", image(), "v1");
      await open("/r/team/app:v1");
      expect(await shownCommand(page, "docker")).toBe("docker pull reg.example:5000/team/app:v1");
      await page.getByText('"insecure-registries": ["reg.example:5000"]').waitFor();
      expect(await shownCommand(page, "skopeo")).toBe(
        "skopeo copy --src-tls-verify=false docker://reg.example:5000/team/app:v1 oci:app:v1",
      );
      expect(await page.getByText("insecure-registries").count()).toBe(0);
      expect(await page.getByText(/ login /).count()).toBe(0);
    },
  );

  journey("come with the one to log in, where that is needed", { closed: true }, async ({ house, page, open, signIn }) => {
    await house.push("team/app", image(), "v1");
    await open("/r/team/app:v1");
    await signIn(house.root);
    const { host } = new URL(house.url);
    await shownCommand(page, "docker");
    await page.getByText(`docker login ${host}`, { exact: true }).waitFor();
    await shownCommand(page, "skopeo");
    await page.getByText(`skopeo login --tls-verify=false ${host}`, { exact: true }).waitFor();
  });

  journey("are copied where the browser has no clipboard interface: on plain http under a name", underName, async (walk) => {
    const { house, page } = walk;
    await house.push("team/app", image(), "v1");
    await page.clock.install();
    await walk.open("/r/team/app:v1");
    expect(await page.evaluate(() => [isSecureContext, navigator.clipboard === undefined])).toEqual([false, true]);
    const command = await shownCommand(page, "docker");
    expect(command).toBe(`docker pull registry.test:${house.port}/team/app:v1`);
    await page.getByRole("button", { name: "Copy the pull command" }).focus();
    // It says so for a moment, which does not pass before it has been read.
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Copied" }).waitFor();
    await page.clock.resume();
    await walk.open("/r/team/app?view=compare");
    const field = page.locator("input").and(page.getByLabel("From"));
    await field.press("ControlOrMeta+V");
    expect(await field.inputValue()).toBe(command);
  });
});
