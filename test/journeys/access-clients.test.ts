// Real clients against a closed registry and against one that everybody may pull from: they sign in, push, pull, list and delete as they
// do it of themselves, and are refused in a way that they understand.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, type Credentials, type House } from "../access-house.ts";
import { image, writeLayout } from "../image.ts";
import { findGoTool, type GoTool } from "../peers/go-tools.ts";
import { findProgram, run } from "../peers/program.ts";

const whole = image({ layers: ["base", "app"], layerBytes: 100_000 });
let folder: string;
/** closed: nothing without signing in; pulling: everybody may pull everything. */
let houses: Record<"closed" | "pulling", House>;
let people: Record<"closed" | "pulling", Record<"ann" | "bob" | "ci", Credentials>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hythe-access-clients-"));
  writeLayout(join(folder, "layout"), whole, "v1");
  houses = { closed: await openHouse(), pulling: await openHouse() };
  await houses.pulling.grant({ kind: "everyone" }, "pull *");
  const settle = async (house: House): Promise<Record<"ann" | "bob" | "ci", Credentials>> => {
    await house.push("other/app", whole, "v1");
    return {
      ann: await house.user("ann", ["push team/*", "delete team/*"]),
      bob: await house.user("bob", ["pull team/*"]),
      ci: await house.robot("ci", ["push team/*"]),
    };
  };
  people = { closed: await settle(houses.closed), pulling: await settle(houses.pulling) };
});
afterAll(async () => {
  for (const house of Object.values(houses)) await house[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const hostOf = (house: House): string => new URL(house.url).host;
const kinds = ["closed", "pulling"] as const;

/** A suite that needs a program: it runs where that is. */
function withProgram(name: string, program: string | undefined, why: string, suite: (path: string) => void): void {
  describe.skipIf(program === undefined)(program === undefined ? `${name} (skipped: ${why})` : name, () => {
    suite(program ?? name);
  });
}
const withTool = (tool: GoTool, suite: (path: string) => void): void =>
  withProgram(tool, findGoTool(tool), "not built here, it needs Go", suite);

/** What the program says when it fails. */
async function failing(program: string, args: readonly string[], options: Parameters<typeof run>[2] = {}): Promise<string> {
  try {
    return `it went well: ${await run(program, args, options)}`;
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error);
  }
}

withProgram("skopeo", findProgram("skopeo"), "skopeo is not installed", (skopeo) => {
  const insecure = "--tls-verify=false";
  /** One file a user and registry, as if each had a machine of their own. */
  const authfile = (kind: string, { name }: Pick<Credentials, "name">): string => join(folder, `skopeo-${kind}-${name}.json`);
  const login = (kind: (typeof kinds)[number], who: Credentials): Promise<string> =>
    run(skopeo, ["login", insecure, "--authfile", authfile(kind, who), "-u", who.name, "-p", who.secret, hostOf(houses[kind])]);
  const layout = (): string => `oci:${join(folder, "layout")}:v1`;
  const at = (kind: (typeof kinds)[number], path: string): string => `docker://${hostOf(houses[kind])}/${path}`;
  const copyArgs = (auth: string, from: string, to: string): string[] => [
    "--insecure-policy",
    "copy",
    "--authfile",
    auth,
    "--src-tls-verify=false",
    "--dest-tls-verify=false",
    from,
    to,
  ];

  test.each(kinds)("%s: a password that is wrong is refused at the login, one that is right is kept", async (kind) => {
    const { ann } = people[kind];
    const wrong = [
      "login",
      insecure,
      "--authfile",
      authfile(kind, { name: "wrong" }),
      "-u",
      "ann",
      "-p",
      "wrong horse",
      hostOf(houses[kind]),
    ];
    expect(await failing(skopeo, wrong)).toMatch(/invalid username\/password|unauthorized/);
    expect(await login(kind, ann)).toContain("Login Succeeded");
    expect(readFileSync(authfile(kind, ann), "utf8")).toContain(hostOf(houses[kind]));
  });

  test.each(kinds)("%s: who may push pushes, copies within, inspects, lists and deletes", async (kind) => {
    const { ann } = people[kind];
    await login(kind, ann);
    const auth = authfile(kind, ann);
    await run(skopeo, copyArgs(auth, layout(), at(kind, "team/app:v1")));
    await run(skopeo, copyArgs(auth, at(kind, "team/app:v1"), at(kind, "team/copy:v2")));
    const inspected = JSON.parse(await run(skopeo, ["inspect", insecure, "--authfile", auth, at(kind, "team/app:v1")])) as {
      Digest: string;
    };
    expect(inspected.Digest).toBe(whole.digest);
    expect(JSON.parse(await run(skopeo, ["list-tags", insecure, "--authfile", auth, at(kind, "team/copy")]))).toMatchObject({
      Tags: ["v2"],
    });
    await run(skopeo, copyArgs(auth, at(kind, "team/copy:v2"), `dir:${join(folder, `skopeo-${kind}-out`)}`));
    await run(skopeo, ["delete", insecure, "--authfile", auth, at(kind, "team/copy:v2")]);
    expect(await failing(skopeo, ["inspect", insecure, "--authfile", auth, at(kind, "team/copy:v2")])).toMatch(
      /manifest unknown|not known/,
    );
  });

  test.each(kinds)("%s: a robot comes with its token, who may only pull pulls, and neither does more", async (kind) => {
    const { bob, ci } = people[kind];
    await login(kind, ci);
    await login(kind, bob);
    await run(skopeo, copyArgs(authfile(kind, ci), layout(), at(kind, "team/robot:v1")));
    await run(skopeo, copyArgs(authfile(kind, bob), at(kind, "team/robot:v1"), `dir:${join(folder, `skopeo-${kind}-bob`)}`));
    expect(await failing(skopeo, copyArgs(authfile(kind, bob), layout(), at(kind, "team/robot:v2")))).toMatch(
      /denied|unauthorized|authentication required/,
    );
    expect(await failing(skopeo, ["delete", insecure, "--authfile", authfile(kind, ci), at(kind, "team/robot:v1")])).toMatch(
      /denied|unauthorized|authentication required/i,
    );
    expect(await failing(skopeo, copyArgs(authfile(kind, ci), layout(), at(kind, "other/app:v2")))).toMatch(
      /denied|unauthorized|authentication required/,
    );
  });

  test("pulling: who has not signed in pulls, and does nothing else; closed: nothing at all", async () => {
    const nobody = join(folder, "skopeo-nobody.json");
    writeFileSync(nobody, "{}");
    await run(skopeo, copyArgs(nobody, at("pulling", "other/app:v1"), `dir:${join(folder, "skopeo-anonymous")}`));
    const tags = await run(skopeo, ["list-tags", insecure, "--authfile", nobody, at("pulling", "other/app")]);
    expect(JSON.parse(tags)).toMatchObject({ Tags: ["v1"] });
    expect(await failing(skopeo, copyArgs(nobody, layout(), at("pulling", "other/app:v2")))).toMatch(
      /denied|unauthorized|authentication required/,
    );
    for (const path of ["other/app:v1", "other/none:v1"]) {
      expect(await failing(skopeo, ["inspect", insecure, "--authfile", nobody, at("closed", path)])).toMatch(
        /unauthorized|authentication required/,
      );
    }
  });

  test("what was issued ends with the right: the next command is refused", async () => {
    const house = houses.closed;
    const eve = await house.user("eve");
    const id = await house.grant({ kind: "principal", name: "eve" }, "push team/*");
    await login("closed", eve);
    await run(skopeo, copyArgs(authfile("closed", eve), layout(), at("closed", "team/eve:v1")));
    await house.grants.remove(id, { principal: { id: -1, name: "console" } });
    const inspect = ["inspect", insecure, "--authfile", authfile("closed", eve), at("closed", "team/eve:v1")];
    expect(await failing(skopeo, inspect)).toMatch(/denied|unauthorized|authentication required/);
  });
});

withTool("crane", (crane) => {
  /** Signed in at both registries. */
  const configOf = async (who: "ann" | "bob" | "ci" | "nobody"): Promise<NodeJS.ProcessEnv> => {
    const env = { ...process.env, DOCKER_CONFIG: join(folder, `crane-${who}`) };
    mkdirSync(env.DOCKER_CONFIG, { recursive: true });
    if (who === "nobody") return env;
    for (const kind of kinds) {
      const { name, secret } = people[kind][who];
      await run(crane, ["auth", "login", hostOf(houses[kind]), "-u", name, "-p", secret], { env });
    }
    return env;
  };

  test.each(kinds)("%s: pushes, copies, lists, pulls and deletes", async (kind) => {
    const env = await configOf("ann");
    const host = hostOf(houses[kind]);
    await run(crane, ["push", join(folder, "layout"), `${host}/team/crane:v1`, "--insecure"], { env });
    await run(crane, ["copy", `${host}/team/crane:v1`, `${host}/team/crane-copy:v1`, "--insecure"], { env });
    expect((await run(crane, ["ls", `${host}/team/crane-copy`, "--insecure"], { env })).trim()).toBe("v1");
    await run(crane, ["pull", `${host}/team/crane:v1`, join(folder, `crane-${kind}.tar`), "--insecure"], { env });
    const digest = (await run(crane, ["digest", `${host}/team/crane-copy:v1`, "--insecure"], { env })).trim();
    await run(crane, ["delete", `${host}/team/crane-copy@${digest}`, "--insecure"], { env });
    expect(await failing(crane, ["digest", `${host}/team/crane-copy:v1`, "--insecure"], { env })).toMatch(
      /MANIFEST_UNKNOWN|NAME_UNKNOWN|404/,
    );
    expect(await run(crane, ["catalog", host, "--insecure"], { env })).toContain("team/crane");
  });

  test.each(kinds)("%s: is refused what its user may not do", async (kind) => {
    const host = hostOf(houses[kind]);
    const bob = await configOf("bob");
    expect(await failing(crane, ["push", join(folder, "layout"), `${host}/team/bob:v1`, "--insecure"], { env: bob })).toMatch(
      /UNAUTHORIZED|DENIED/,
    );
    const nobody = await configOf("nobody");
    const digest = ["digest", `${host}/other/app:v1`, "--insecure"];
    if (kind === "pulling") expect((await run(crane, digest, { env: nobody })).trim()).toBe(whole.digest);
    else expect(await failing(crane, digest, { env: nobody })).toMatch(/UNAUTHORIZED|401/);
  });
});

withTool("regctl", (regctl) => {
  test.each(kinds)("%s: signs in, pushes, lists and deletes a tag", async (kind) => {
    const host = hostOf(houses[kind]);
    const env = {
      ...process.env,
      REGCTL_CONFIG: join(folder, `regctl-${kind}.json`),
      DOCKER_CONFIG: join(folder, "regctl-docker"),
    };
    const { ann, bob } = people[kind];
    await run(regctl, ["registry", "set", "--tls", "disabled", "--skip-check", host], { env });
    await run(regctl, ["registry", "login", host, "-u", ann.name, "-p", ann.secret, "--skip-check"], { env });
    await run(regctl, ["image", "copy", `ocidir://${join(folder, "layout")}:v1`, `${host}/team/regctl:v1`], { env });
    await run(regctl, ["image", "copy", `${host}/team/regctl:v1`, `${host}/team/regctl-copy:v2`], { env });
    expect((await run(regctl, ["tag", "ls", `${host}/team/regctl-copy`], { env })).trim()).toBe("v2");
    await run(regctl, ["tag", "delete", `${host}/team/regctl-copy:v2`], { env });
    expect((await run(regctl, ["tag", "ls", `${host}/team/regctl-copy`], { env })).trim()).toBe("");
    await run(regctl, ["registry", "login", host, "-u", bob.name, "-p", bob.secret, "--skip-check"], { env });
    expect(
      await failing(regctl, ["image", "copy", `ocidir://${join(folder, "layout")}:v1`, `${host}/team/bob:v1`], { env }),
    ).toMatch(/unauthorized|denied|forbidden/i);
  });
});

withTool("oras", (oras) => {
  test.each(kinds)("%s: signs in, pushes an artifact, attaches, finds and deletes", async (kind) => {
    const host = hostOf(houses[kind]);
    const cwd = join(folder, `oras-${kind}`);
    mkdirSync(cwd);
    writeFileSync(join(cwd, "hello.txt"), "hello\n");
    const { ann } = people[kind];
    const config = ["--registry-config", join(cwd, "config.json")];
    await run(oras, ["login", "--plain-http", ...config, host, "-u", ann.name, "-p", ann.secret], { cwd });
    const to = `${host}/team/oras:v1`;
    const type = ["--artifact-type", "application/vnd.test"];
    await run(oras, ["push", "--plain-http", ...config, ...type, to, "hello.txt:text/plain"], { cwd });
    await run(oras, ["attach", "--plain-http", ...config, ...type, to, "hello.txt:text/plain"], { cwd });
    expect(await run(oras, ["discover", "--plain-http", ...config, "--format", "tree", to], { cwd })).toContain(
      "application/vnd.test",
    );
    await run(oras, ["pull", "--plain-http", ...config, "-o", "out", to], { cwd });
    expect(readFileSync(join(cwd, "out", "hello.txt"), "utf8")).toBe("hello\n");
    await run(oras, ["manifest", "delete", "--plain-http", ...config, "--force", to], { cwd });
    const wrong = ["login", "--plain-http", "--registry-config", join(cwd, "wrong.json"), host, "-u", "ann", "-p", "wrong horse"];
    expect(await failing(oras, wrong, { cwd })).toMatch(/unauthorized|401/i);
  });
});

withTool("helm", (helm) => {
  test.each(kinds)("%s: signs in, pushes and pulls a chart", async (kind) => {
    const host = hostOf(houses[kind]);
    const cwd = join(folder, `helm-${kind}`);
    mkdirSync(cwd);
    const env = {
      ...process.env,
      HELM_CONFIG_HOME: join(cwd, "config"),
      HELM_CACHE_HOME: join(cwd, "cache"),
      HELM_DATA_HOME: join(cwd, "data"),
      HELM_REGISTRY_CONFIG: join(cwd, "registry.json"),
    };
    const { ci } = people[kind];
    await run(helm, ["registry", "login", host, "-u", ci.name, "-p", ci.secret, "--plain-http"], { cwd, env });
    await run(helm, ["create", "boat"], { cwd, env });
    await run(helm, ["package", "boat"], { cwd, env });
    await run(helm, ["push", "boat-0.1.0.tgz", `oci://${host}/team/charts`, "--plain-http"], { cwd, env });
    mkdirSync(join(cwd, "out"));
    await run(helm, ["pull", `oci://${host}/team/charts/boat`, "--version", "0.1.0", "--plain-http", "-d", "out"], { cwd, env });
    expect(readFileSync(join(cwd, "out", "boat-0.1.0.tgz")).equals(readFileSync(join(cwd, "boat-0.1.0.tgz")))).toBe(true);
  });
});
