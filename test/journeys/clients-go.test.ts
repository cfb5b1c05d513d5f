import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifestCounts, repositoryCounts } from "../counts.ts";
import { image, index, writeLayout } from "../image.ts";
import { findGoTool, type GoTool } from "../peers/go-tools.ts";
import { startHythe, type Hythe } from "../peers/hythe.ts";
import { run } from "../peers/program.ts";
import { pushImage } from "../push.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const blobs = join("blobs", "sha256");

/** A suite that needs a tool: it runs where `npm test` could build it. */
function withTool(tool: GoTool, suite: (program: string) => void): void {
  const program = findGoTool(tool);
  describe.skipIf(program === undefined)(program === undefined ? `${tool} (skipped: not built here, it needs Go)` : tool, () => {
    suite(program ?? tool);
  });
}

describe("clients written in Go", () => {
  let folder: string;
  let server: Hythe;
  let host: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hythe-clients-"));
    server = await startHythe({ data: join(folder, "data") });
    host = new URL(server.url).host;
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const files = (path: string): Record<string, string> =>
    Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString("base64")]));
  const multi = (name: string) =>
    index(platforms.map((platform) => image({ layers: ["base", name], platform, layerBytes: 50_000 })));

  withTool("crane", (crane) => {
    test("push and pull bring an index back byte for byte", async () => {
      const whole = multi("crane");
      writeLayout(join(folder, "crane-in"), whole, "v1");
      await run(crane, ["push", join(folder, "crane-in"), `${host}/go/crane:v1`, "--index", "--insecure"]);
      // crane pushes the layout's own index.json, which names ours.
      const answer = await fetch(`${server.url}/v2/go/crane/manifests/v1`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(join(folder, "crane-in", "index.json")))).toBe(true);
      await run(crane, ["pull", `${host}/go/crane@${whole.digest}`, join(folder, "crane-out"), "--format=oci", "--insecure"]);
      const pulled = files(join(folder, "crane-out", blobs));
      expect(pulled).toMatchObject(files(join(folder, "crane-in", blobs)));
    });

    test("a pull by tag is one pull, crane digest is one check", async () => {
      const whole = image({ layers: ["crane-one"] });
      await pushImage(server.url, "go/crane-one", whole, "v1");
      expect((await run(crane, ["digest", `${host}/go/crane-one:v1`, "--insecure"])).trim()).toBe(whole.digest);
      expect(await repositoryCounts(server.url, "go/crane-one")).toEqual({ repository: [0, 1], tags: { v1: [0, 1] } });
      await run(crane, ["pull", `${host}/go/crane-one:v1`, join(folder, "one.tar"), "--insecure"]);
      const counts = await repositoryCounts(server.url, "go/crane-one");
      expect(counts.repository[0]).toBe(1);
      expect(counts.tags["v1"]![0]).toBe(1);
    });

    test("copying within the registry mounts what is there", async () => {
      const whole = image({ layers: ["crane-copy"], layerBytes: 100_000 });
      await pushImage(server.url, "go/from", whole, "v1");
      await run(crane, ["copy", `${host}/go/from:v1`, `${host}/go/to:v1`, "--insecure"]);
      expect((await run(crane, ["digest", `${host}/go/to:v1`, "--insecure"])).trim()).toBe(whole.digest);
      expect((await run(crane, ["ls", `${host}/go/to`, "--insecure"])).trim()).toBe("v1");
    });
  });

  withTool("regctl", (regctl) => {
    const config = (): Record<string, string | undefined> => ({ ...process.env, REGCTL_CONFIG: join(folder, "regctl.json") });

    test("copies an index out byte for byte, as one pull of its tag", async () => {
      const whole = multi("regctl");
      await run(regctl, ["registry", "set", "--tls", "disabled", host], { env: config() });
      await pushImage(server.url, "go/regctl", whole, "v1");
      await run(regctl, ["image", "copy", `${host}/go/regctl:v1`, `ocidir://${join(folder, "regctl-out")}:v1`], {
        env: config(),
      });
      writeLayout(join(folder, "regctl-in"), whole, "v1");
      expect(files(join(folder, "regctl-out", blobs))).toEqual(files(join(folder, "regctl-in", blobs)));
      const counts = await repositoryCounts(server.url, "go/regctl");
      expect([counts.repository[0], counts.tags["v1"]![0]]).toEqual([1, 1]);
      for (const { digest } of whole.children) {
        expect(await manifestCounts(server.url, "go/regctl", digest)).toMatchObject({ count: 1, direct: 0, asChild: 1 });
      }
    });

    test("copies an index in byte for byte", async () => {
      const whole = multi("regctl-in");
      writeLayout(join(folder, "regctl-push"), whole, "v1");
      await run(regctl, ["registry", "set", "--tls", "disabled", host], { env: config() });
      await run(regctl, ["image", "copy", `ocidir://${join(folder, "regctl-push")}:v1`, `${host}/go/regctl-in:v1`], {
        env: config(),
      });
      const answer = await fetch(`${server.url}/v2/go/regctl-in/manifests/v1`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(whole.bytes)).toBe(true);
    });
  });

  withTool("oras", (oras) => {
    test("pushes files as an artifact, pulls them, attaches and finds a referrer", async () => {
      const cwd = join(folder, "oras");
      mkdirSync(cwd);
      writeFileSync(join(cwd, "hello.txt"), "hello\n");
      const to = `${host}/go/oras:v1`;
      await run(oras, ["push", "--plain-http", "--artifact-type", "application/vnd.test", to, "hello.txt:text/plain"], { cwd });
      await run(oras, ["attach", "--plain-http", "--artifact-type", "application/vnd.note", to, "hello.txt:text/plain"], { cwd });
      const before = await repositoryCounts(server.url, "go/oras");
      await run(oras, ["pull", "--plain-http", "-o", "out", to], { cwd });
      expect(readFileSync(join(cwd, "out", "hello.txt"), "utf8")).toBe("hello\n");
      const after = await repositoryCounts(server.url, "go/oras");
      expect(after.tags["v1"]![0] - before.tags["v1"]![0]).toBe(1);
      expect(after.repository[0] - before.repository[0]).toBe(1);
      expect(await run(oras, ["discover", "--plain-http", "--format", "tree", to], { cwd })).toContain("application/vnd.note");
    });
  });

  withTool("helm", (helm) => {
    test("pushes and pulls a chart, as one pull of its version", async () => {
      const cwd = join(folder, "helm");
      mkdirSync(cwd);
      const env = {
        ...process.env,
        HELM_CONFIG_HOME: join(cwd, "config"),
        HELM_CACHE_HOME: join(cwd, "cache"),
        HELM_DATA_HOME: join(cwd, "data"),
      };
      await run(helm, ["create", "boat"], { cwd, env });
      await run(helm, ["package", "boat"], { cwd, env });
      await run(helm, ["push", "boat-0.1.0.tgz", `oci://${host}/go/charts`, "--plain-http"], { cwd, env });
      mkdirSync(join(cwd, "out"));
      const before = await repositoryCounts(server.url, "go/charts/boat");
      await run(helm, ["pull", `oci://${host}/go/charts/boat`, "--version", "0.1.0", "--plain-http", "-d", "out"], { cwd, env });
      expect(readFileSync(join(cwd, "out", "boat-0.1.0.tgz")).equals(readFileSync(join(cwd, "boat-0.1.0.tgz")))).toBe(true);
      const after = await repositoryCounts(server.url, "go/charts/boat");
      expect(after.tags["0.1.0"]![0] - before.tags["0.1.0"]![0]).toBe(1);
    });
  });
});
