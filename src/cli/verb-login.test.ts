import { expect, test } from "vitest";
import { captureCli, type Captured, type CliOptions } from "../../test/cli.ts";
import { credentialFolder, type CredentialFolder } from "../../test/credential-folder.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { serveBusyLogin, serveHttp } from "../../test/wire-servers.ts";

const docker = ".docker/config.json";

interface Place extends AsyncDisposable {
  readonly fake: FakeRegistry;
  readonly folder: CredentialFolder;
  run(argv: readonly string[], more?: CliOptions): Promise<Captured>;
}

async function open(options: FakeOptions = {}, env: Record<string, string> = {}): Promise<Place> {
  const fake = await startFakeRegistry({ login: "basic", ...options });
  const folder = credentialFolder(env);
  const home = { home: folder.home, env: folder.options.env };
  return {
    fake,
    folder,
    run: (argv, more) => captureCli(argv, { ...home, ...more }),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      await fake.close();
    },
  };
}

test("a login is checked, saved for docker and podman too, and used from then on; a logout forgets it", async () => {
  await using each = await open();
  const { host } = each.fake;
  expect(await each.run(["ls", host])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining(`hythe login ${host}`) as string,
  });

  const done = await each.run(["login", host, "-u", "robot", "--password-stdin"], { input: "secret\n" });
  expect([done.code, done.stdout]).toEqual([0, `robot is logged in at ${host}\n`]);
  expect(done.stderr).toBe(
    `the password is in ${each.folder.home}/${docker}, not encrypted: a credential helper (credsStore in that file) would keep it safer\n`,
  );
  expect(JSON.parse(each.folder.read(docker))).toEqual({
    auths: { [host]: { auth: Buffer.from("robot:secret").toString("base64") } },
  });
  expect(await each.run(["ls", host])).toMatchObject({ code: 0 });

  expect(await each.run(["logout", host])).toMatchObject({
    code: 0,
    stdout: `logged out of ${host}: removed from ${each.folder.home}/${docker}\n`,
  });
  expect(await each.run(["logout", host])).toMatchObject({ code: 0, stdout: `nobody was logged in at ${host}\n` });
  expect(await each.run(["ls", host])).toMatchObject({ code: 6 });
});

test("at a terminal user name and password are asked for, and the password is not shown", async () => {
  await using each = await open();
  const { code, stderr, stdout } = await each.run(["login", each.fake.host], { typed: ["robot", "secret"] });
  expect([code, stdout]).toEqual([0, `robot is logged in at ${each.fake.host}\n`]);
  expect(stderr).toContain(`User name for ${each.fake.host}: robot\nPassword of robot: \n`);
  expect(stderr).not.toContain("secret\n");
});

test("an identity token of the token server is kept in place of the password, and works", async () => {
  await using each = await open({ login: "bearer" });
  const { host } = each.fake;
  const { stderr } = await each.run(["login", host, "-u", "robot", "-p", "secret"]);
  expect(stderr).toContain("the identity token is in ");
  const { auths } = JSON.parse(each.folder.read(docker)) as { auths: Record<string, Record<string, string>> };
  expect(auths[host]).toEqual({
    auth: Buffer.from("robot:").toString("base64"),
    identitytoken: expect.stringMatching(/^refresh-/) as string,
  });
  expect(await each.run(["ls", host])).toMatchObject({ code: 0 });
});

test("a configured helper keeps the secret, and forgets it again", async () => {
  await using each = await open();
  const { fake, folder } = each;
  folder.installHelper("vault");
  folder.write(docker, { credsStore: "vault" });
  const done = await each.run(["login", fake.host, "-u", "robot", "-p", "secret", "--json"]);
  expect(JSON.parse(done.stdout)).toEqual({
    host: fake.host,
    username: "robot",
    saved: `${folder.home}/${docker}`,
    helper: "vault",
    kind: "password",
    checked: true,
  });
  expect(done.stderr).toBe("");
  expect(folder.kept("vault")).toEqual({ [fake.host]: ["robot", "secret"] });
  expect(await each.run(["ls", fake.host])).toMatchObject({ code: 0 });
  const out = await each.run(["logout", fake.host, "--json"]);
  expect(JSON.parse(out.stdout)).toEqual({
    host: fake.host,
    removed: ["docker-credential-vault", `${folder.home}/${docker}`],
    remains: false,
  });
  expect(folder.kept("vault")).toEqual({});
});

test.each(["basic", "bearer"] as const)(
  "a wrong password (%s) saves nothing, is not repeated, and the answer says what to do",
  async (login) => {
    await using each = await open({ login });
    const { code, stderr, stdout } = await each.run(["login", each.fake.host, "-u", "robot", "-p", "wr0ng-pass"]);
    expect([code, stdout]).toEqual([6, ""]);
    expect(stderr).toBe(
      `hythe: ${each.fake.host} does not accept this user name and password, nothing was saved\n` +
        "hythe: check both; many registries want an access token in place of the password\n",
    );
    expect(each.folder.has(docker)).toBe(false);
  },
);

test.each(["Basic", "Bearer"] as const)(
  "too many guesses (%s) end at once with 8, and the answer says when to go on",
  async (way) => {
    await using each = await open();
    await using host = await serveBusyLogin(way, "30");
    const { code, stderr, stdout } = await each.run(["login", host.url.host, "-u", "robot", "-p", "secret"]);
    expect([code, stdout]).toEqual([8, ""]);
    const [what, advice] = stderr.split("\n");
    expect(what).toBe(
      `hythe: too many passwords were tried at ${host.url.host}, it looks at no more for now, and nothing was saved`,
    );
    expect(advice).toMatch(/^hythe: try again after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    expect(each.folder.has(docker)).toBe(false);
  },
);

test("what is missing is said before anybody is asked", async () => {
  await using each = await open();
  const { host } = each.fake;
  const cases: [string[], CliOptions, string][] = [
    [[], {}, "there is no terminal to ask at: give -u NAME and --password-stdin"],
    [["-u", "ann"], {}, "there is no terminal to ask at: give -u NAME and --password-stdin"],
    [["--password-stdin"], { input: "x" }, "--password-stdin needs the user name: add -u NAME"],
    [["-u", "ann", "-p", "x", "--password-stdin"], {}, "give either --password or --password-stdin"],
    [["-u", "ann", "--password-stdin"], { input: "\n" }, "a login needs a password"],
    [["-u", "", "-p", "x"], {}, "a login needs a user name"],
    [["-u", "a:b", "-p", "x"], {}, "a user name has no colon"],
    [[], { typed: [] }, "a login needs a user name"],
    [["-u", "ann"], { typed: [] }, "a login needs a password"],
  ];
  for (const [flags, options, message] of cases) {
    const { code, stderr } = await each.run(["login", host, ...flags], options);
    expect([code, stderr.split("\n").at(-2)]).toEqual([2, `hythe: ${message}`]);
  }
  expect(each.fake.requests).toEqual([]);
});

test("the host may be copied from anywhere, but a repository is none", async () => {
  await using each = await open();
  const { host } = each.fake;
  const flags = ["-u", "robot", "-p", "secret", "--json"];
  for (const text of [`http://${host}/`, `${host}/`, `https://${host}/v2/`]) {
    const { stdout } = await each.run(["login", text, ...flags]);
    expect(JSON.parse(stdout)).toMatchObject({ host });
  }
  expect(await each.run(["login", `${host}/team/app`, ...flags])).toMatchObject({
    code: 2,
    stderr: `hythe: a login is for a whole registry: leave off /team/app, as in ${host}\n`,
  });
  expect(await each.run(["logout", "a b"])).toMatchObject({ code: 2 });
});

test("a host where nobody answers says so, and nothing is saved", async () => {
  await using each = await open();
  const closed = await serveHttp(() => undefined);
  await closed[Symbol.asyncDispose]();
  const flags = ["-u", "ann", "-p", "x", "--retries", "0"];
  const { code, stderr } = await each.run(["login", closed.url.host, ...flags]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/refuse/);
  expect(stderr).toContain("is it running, and is that its port?");
  expect(await each.run(["login", "no.such.host.invalid", ...flags])).toMatchObject({
    stderr: expect.stringContaining("no.such.host.invalid") as string,
  });
  expect(each.folder.has(docker)).toBe(false);
});

test("a token server elsewhere gets no password, and the answer says how to allow it", async () => {
  await using each = await open();
  await using registry = await serveHttp((_req, res) => {
    res.setHeader("www-authenticate", 'Bearer realm="http://stranger.example/token"').writeHead(401).end();
  });
  const { code, stderr } = await each.run(["login", registry.url.host, "-u", "ann", "-p", "x"]);
  expect(code).toBe(6);
  expect(stderr).toContain("stranger.example");
  expect(stderr).toContain("HYTHE_ALLOWED_REALMS=stranger.example");
});

test("a registry that asks nobody: the login is saved and said not to be checked", async () => {
  await using each = await open({ login: "open" });
  const { stderr, stdout } = await each.run(["login", each.fake.host, "-u", "ann", "-p", "x"]);
  expect(stdout).toBe(`the login of ann at ${each.fake.host} is saved\n`);
  expect(stderr).toContain("lets everybody in without a login, so the password could not be checked");
});

test("--auth-file reads, saves and forgets in that file alone", async () => {
  await using each = await open();
  const { fake, folder } = each;
  const file = `${folder.home}/deep/auth.json`;
  await each.run(["login", fake.host, "-u", "robot", "-p", "secret", "--auth-file", file]);
  expect([folder.has("deep/auth.json"), folder.has(docker)]).toEqual([true, false]);
  expect(await each.run(["ls", fake.host, "--auth-file", file])).toMatchObject({ code: 0 });
  expect(await each.run(["ls", fake.host])).toMatchObject({ code: 6 });
  expect(await each.run(["logout", fake.host])).toMatchObject({ stdout: `nobody was logged in at ${fake.host}\n` });
  expect(await each.run(["logout", fake.host, "--auth-file", file])).toMatchObject({
    stdout: `logged out of ${fake.host}: removed from ${file}\n`,
  });
});

test("a login in the environment outlives a logout, which says so and ends with 3", async () => {
  await using plain = await open();
  const { host } = plain.fake;
  const DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { [host]: { username: "robot", password: "secret" } } });
  const env = { ...plain.folder.options.env, DOCKER_AUTH_CONFIG };
  expect(await plain.run(["ls", host], { env })).toMatchObject({ code: 0 });
  expect(await plain.run(["logout", host], { env })).toMatchObject({
    code: 3,
    stdout: "",
    stderr: `DOCKER_AUTH_CONFIG in the environment still gives a login of ${host}\n`,
  });
});

test("a damaged file is one sentence with its place, for every verb", async () => {
  await using each = await open();
  each.folder.write(docker, '{\n  "auths": {\n    "x": { "auth": "c2VjcmV0" },\n  }\n}');
  const message = `hythe: ${each.folder.home}/${docker} is not JSON from line 4 on\n`;
  for (const argv of [
    ["ls", each.fake.host],
    ["logout", each.fake.host],
  ]) {
    expect(await each.run(argv)).toMatchObject({ code: 2, stderr: message });
  }
});
