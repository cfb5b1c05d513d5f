// The command line as a process, at registries that are not ours: what it says, how it ends, and that it agrees with crane.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pushImage as fillWith } from "../contract/pushing.ts";
import { credentialFolder } from "../credential-folder.ts";
import { startFakeRegistry } from "../fake/fake-registry.ts";
import { image, index } from "../image.ts";
import { findGoTool } from "../peers/go-tools.ts";
import { runHythe } from "../peers/hythe.ts";
import { findProgram, run } from "../peers/program.ts";
import { startDistribution, startDockerRegistry, type PeerRegistry } from "../peers/registries.ts";
import { pushImage } from "../push.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";

const root = join(import.meta.dirname, "..", "..");
const crane = findGoTool("crane");
const script = findProgram("script");
const [amd64, arm64] = [image({ layers: ["a", "b"] }), image({ layers: ["a", "c"], platform: "linux/arm64" })];
const whole = index([amd64, arm64]);

describe.each([
  { name: "docker-registry", start: startDockerRegistry, program: findProgram("docker-registry") },
  { name: "distribution 3", start: startDistribution, program: findGoTool("registry") },
])("$name", ({ program, start }) => {
  describe.skipIf(program === undefined)(program === undefined ? "(skipped: it is not on this machine)" : "", () => {
    let registry: PeerRegistry;
    let host: string;
    beforeAll(async () => {
      registry = (await start())!;
      host = new URL(registry.url).host;
      await pushImage(registry.url, "team/app", whole, "v1");
    });
    afterAll(() => registry.stop());

    test("is listed, read, tagged and deleted from", async () => {
      const name = `${host}/team/app`;
      expect(await runHythe(["ls", host])).toEqual({ code: 0, stdout: "team/app\n", stderr: "" });
      expect((await runHythe(["inspect", `${name}:v1`])).stdout).toContain(`linux/arm64  `);
      expect(await runHythe(["tag", `${name}:v1`, "v2"])).toMatchObject({ code: 0, stdout: `${name}:v2 is ${whole.digest}\n` });
      expect((await runHythe(["ls", name])).stdout).toBe("v1\nv2\n");
      const byTag = await runHythe(["delete", `${name}:v2`, "--yes", "--overwrite"]);
      expect(byTag).toMatchObject({ code: 0, stderr: "" });
      expect((await runHythe(["digest", `${name}:v1`])).stdout).toBe(`${whole.digest}\n`);
      expect((await runHythe(["ls", name])).stdout).toBe("v1\n");
    });

    test.skipIf(crane === undefined)("crane prints the same: digest, manifest, config, tags, repositories", async () => {
      const name = `${host}/team/app:v1`;
      const same: readonly (readonly [ours: readonly string[], cranes: readonly string[]])[] = [
        [
          ["digest", name],
          ["digest", name],
        ],
        [
          ["digest", name, "--platform", "linux/arm64"],
          ["digest", name, "--platform", "linux/arm64"],
        ],
        [
          ["manifest", name],
          ["manifest", name],
        ],
        [
          ["config", name],
          ["config", name, "--platform", "linux/amd64"],
        ],
        [
          ["catalog", host],
          ["catalog", host],
        ],
        [
          ["ls", `${host}/team/app`],
          ["ls", `${host}/team/app`],
        ],
      ];
      for (const [ours, cranes] of same) {
        const { stdout } = await runHythe(ours);
        expect(stdout.trimEnd()).toBe((await run(crane!, [...cranes, "--insecure"])).trimEnd());
      }
    });
  });
});

describe("the process at a registry with logins", () => {
  test("ends with the codes of the table: wrong password, unknown tag, no connection; and never prints a password", async () => {
    await using fake = await startFakeRegistry({ login: "basic", users: { ann: "swordfish" } });
    await fillWith(fake.registry, "team/app" as RepositoryName, amd64, "v1");
    const auths = (password: string): Record<string, string> => ({
      DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [fake.host]: { auth: Buffer.from(`ann:${password}`).toString("base64") } } }),
    });
    const name = `${fake.host}/team/app`;
    const wrong = await runHythe(["ls", name], auths("tunafish"));
    expect(wrong).toMatchObject({ code: 6, stdout: "", stderr: expect.stringContaining("does not accept the login of ann") });
    expect(wrong.stderr).not.toContain("tunafish");
    expect(await runHythe(["ls", name], auths("swordfish"))).toEqual({ code: 0, stdout: "v1\n", stderr: "" });
    expect(await runHythe(["digest", `${name}:v2`], auths("swordfish"))).toMatchObject({ code: 7 });
    const { host } = fake;
    await fake.close();
    expect(await runHythe(["ls", host, "--retries", "0"])).toMatchObject({ code: 9, stdout: "" });
  });

  test("stops without a word when nobody reads on, such as `head`", async () => {
    await using fake = await startFakeRegistry();
    const blob = { digest: amd64.blobs[1]!.digest };
    await fillWith(fake.registry, "team/app" as RepositoryName, amd64, "v1");
    const child = spawn(process.execPath, ["bin/hythe.js", "blob", `${fake.host}/team/app@${blob.digest}`], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    expect(await once(child, "close")).toEqual([0, null]);
    expect(stderr).toBe("");
  });

  test.skipIf(script === undefined)("asks at a terminal, where a password is not to be seen", async () => {
    await using fake = await startFakeRegistry({ login: "basic", users: { ann: "swordfish" } });
    await fillWith(fake.registry, "team/app" as RepositoryName, amd64, "v1");
    using folder = credentialFolder();
    /** What a terminal shows; an answer is typed when its question is there. */
    const atTerminal = async (command: string, question: string, answer: string): Promise<string> => {
      const child = spawn(script!, ["-qec", `${process.execPath} bin/hythe.js ${command}`, "/dev/null"], {
        cwd: root,
        env: { ...process.env, HOME: folder.home, DOCKER_CONFIG: "", REGISTRY_AUTH_FILE: "" },
        stdio: ["pipe", "pipe", "inherit"],
      });
      let shown = "";
      child.stdout.on("data", (chunk) => {
        const before = shown.includes(question);
        shown += String(chunk);
        if (!before && shown.includes(question)) child.stdin.write(`${answer}\r`);
      });
      await once(child, "close");
      return shown;
    };
    const login = await atTerminal(`login ${fake.host} -u ann`, "Password of ann: ", "swordfish");
    expect(login).toContain(`ann is logged in at ${fake.host}`);
    expect(login).not.toContain("swordfish");
    expect(await atTerminal(`delete ${fake.host}/team/app:v1`, "[y/N] ", "n")).toContain("nothing was deleted");
    expect(await atTerminal(`delete ${fake.host}/team/app:v1`, "[y/N] ", "y")).toContain("deleted the tag");
    expect((await fake.registry.tags("team/app" as RepositoryName, { limit: 10 })).items).toEqual([]);
  });
});
