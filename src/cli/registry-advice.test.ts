// What a verb says when a registry does not do as it was asked: what happened, and what to do, for each way that it goes wrong.

import { describe, expect, test } from "vitest";
import { authority, goodCertificate, key } from "../../test/certificates.ts";
import { basic, openHouse } from "../../test/access-house.ts";
import { captureCli, type CliOptions } from "../../test/cli.ts";
import { credentialFolder } from "../../test/credential-folder.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions } from "../../test/fake/fake-registry.ts";
import { image } from "../../test/image.ts";
import { serveHttp } from "../../test/wire-servers.ts";
import { parseRegistryUrl } from "../client/registry-url.ts";
import { ociIndex } from "../oci/media-types.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { registryAddress } from "./registry-address.ts";

const repository = "team/app" as RepositoryName;

async function open(options: FakeOptions = {}) {
  const fake = await startFakeRegistry(options);
  await pushImage(fake.registry, repository, image(), "v1.0", "v1.1", "stable");
  return fake;
}

/** The lines on stderr without their prefix, behind the exit code. */
async function complain(argv: readonly string[], options?: CliOptions): Promise<[code: number, ...lines: string[]]> {
  const { code, stderr, stdout } = await captureCli(argv, options);
  expect(stdout).toBe("");
  const lines = stderr.trimEnd().split("\n");
  expect(lines.every((line) => line.startsWith("hythe: "))).toBe(true);
  return [code, ...lines.map((line) => line.slice("hythe: ".length))];
}

/** A home in which robot is logged in with this password. */
function loggedIn(host: string, password: string): CliOptions & Disposable {
  const folder = credentialFolder();
  const auth = Buffer.from(`robot:${password}`).toString("base64");
  folder.write(".docker/config.json", { auths: { [host]: { auth } } });
  return { home: folder.home, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

describe("the wrong host", () => {
  test("a port on which nothing listens: is it running?", async () => {
    const served = await serveHttp(() => undefined);
    const { host } = served.url;
    await served[Symbol.asyncDispose]();
    expect(await complain(["digest", `${host}/team/app`, "--retries", "0"])).toEqual([
      9,
      `${host} refuses the connection: nothing listens on this port`,
      "is it running, and is that its port? `hythe serve` starts a registry on 127.0.0.1:5000",
    ]);
  });

  test("a server that is no registry: ping shows what it answers", async () => {
    await using served = await serveHttp(
      (_req, res) => void res.writeHead(404, { "content-type": "text/html" }).end("<h1>Hello</h1>"),
    );
    const { host } = served.url;
    const ping = `\`hythe ping ${host}\` shows whether it is a registry at all`;
    expect(await complain(["ls", host])).toEqual([
      11,
      `${host} does not list its repositories: the registry does not tell which repositories it has`,
      `the tags of a repository can be asked for all the same: \`hythe ls ${host}/REPOSITORY\`; ${ping}`,
    ]);
    expect((await complain(["digest", `${host}/team/app`]))[0]).toBe(7);
  });

  test("a host without a repository, and an address as of a browser, say what is missing and what is too much", async () => {
    expect(await complain(["inspect", "127.0.0.1:5000"])).toEqual([2, expect.stringContaining("as in 127.0.0.1:5000/team/app")]);
    expect(await complain(["inspect", "https://example.org/app"])).toEqual([
      2,
      expect.stringContaining("leave out 'https://' in front"),
    ]);
  });
});

describe("who we are", () => {
  test.each(["basic", "bearer"] as const)("nobody is logged in (%s): log in first", async (login) => {
    await using fake = await open({ login });
    expect(await complain(["digest", `${fake.host}/team/app:v1.0`])).toEqual([
      6,
      `${fake.host}/team/app wants a login, or is not there`,
      `log in first: hythe login ${fake.host}`,
    ]);
    expect(await complain(["ls", fake.host])).toEqual([
      6,
      `${fake.host} wants a login`,
      `log in first: hythe login ${fake.host}`,
    ]);
  });

  test("a login that is good, and not good enough: who may not do what, and whom to ask", async () => {
    await using house = await openHouse();
    const { name, secret } = await house.user("robot", ["pull team/*"]);
    expect(name).toBe("robot");
    const host = new URL(house.url).host;
    using home = loggedIn(host, secret);
    const body = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [] });
    const headers = { authorization: basic(house.root), "content-type": ociIndex };
    await house.asker.ask({ method: "PUT", path: "/v2/team/app/manifests/v1.0", headers, body });
    const advice = `ask who runs ${host} for the right, or log in as somebody else: hythe login ${host}`;
    expect(await complain(["digest", `${host}/other/app:v1.0`], home)).toEqual([
      6,
      `robot may not read other/app at ${host}`,
      advice,
    ]);
    expect(await complain(["tag", `${host}/team/app:v1.0`, "v2"], home)).toEqual([
      6,
      `robot may not change team/app at ${host}`,
      advice,
    ]);
    expect(await complain(["delete", `${host}/team/app:v1.0`, "--yes"], home)).toEqual([
      6,
      `robot may not delete in team/app at ${host}`,
      advice,
    ]);
  });

  test.each(["basic", "bearer"] as const)(
    "the wrong password (%s): log in again, and the password is not in the answer",
    async (login) => {
      await using fake = await open({ login });
      using home = loggedIn(fake.host, "hunter2-wrong");
      const said = await complain(["digest", `${fake.host}/team/app:v1.0`], home);
      expect(said).toEqual([6, `${fake.host} does not accept the login of robot`, `log in again: hythe login ${fake.host}`]);
      expect(JSON.stringify(said)).not.toContain("hunter2");
    },
  );

  test("a change where anybody may read: it is the change that wants a login", async () => {
    await using fake = await open({ login: "bearer", anonymous: "pull" });
    expect(await complain(["tag", `${fake.host}/team/app:v1.0`, "v2"])).toEqual([
      6,
      `changing ${fake.host}/team/app wants a login`,
      `log in first: hythe login ${fake.host}`,
    ]);
  });

  test("an immutable tag: another login would not help", async () => {
    await using fake = await open();
    fake.fail({ kind: "answer", status: 403, body: { errors: [{ code: "DENIED", message: "the tag 'v2' is immutable" }] } });
    expect(await complain(["tag", `${fake.host}/team/app:v1.0`, "v2"])).toEqual([
      6,
      expect.stringContaining("'v2' is immutable"),
      "push under another tag: this one is kept for everybody",
    ]);
  });

  test("no right, without a login and with one", async () => {
    await using fake = await open();
    fake.fail({ kind: "answer", status: 403, body: { errors: [{ code: "DENIED", message: "not for you" }] } });
    const name = `${fake.host}/team/app`;
    expect(await complain(["tag", `${name}:v1.0`, "v2"])).toEqual([
      6,
      expect.stringContaining("403"),
      `it may want a login: hythe login ${fake.host}`,
    ]);
    using home = loggedIn(fake.host, "secret");
    expect(await complain(["tag", `${name}:v1.0`, "v2"], home)).toEqual([
      6,
      expect.stringContaining("not for you"),
      `robot has no right to do this: ask who runs ${fake.host}, or log in as somebody else with \`hythe login ${fake.host}\``,
    ]);
  });

  test("a token server elsewhere gets no password, and the setting that would allow it is named", async () => {
    await using fake = await open({ login: "bearer" });
    fake.fail({ kind: "unauthorized", realm: "https://tokens.example.net/token" });
    using home = loggedIn(fake.host, "secret");
    const [code, what, advice] = await complain(["digest", `${fake.host}/team/app:v1.0`], home);
    expect(code).toBe(6);
    expect(what).toContain("tokens.example.net");
    expect(advice).toBe("here that is HYTHE_ALLOWED_REALMS=tokens.example.net in the environment");
  });
});

describe("what is not there", () => {
  test("an unknown tag, with those that look like it", async () => {
    await using fake = await open();
    const name = `${fake.host}/team/app`;
    expect(await complain(["inspect", `${name}:v1.2`])).toEqual([
      7,
      `${name} has no tag 'v1.2'; did you mean v1.0, v1.1?`,
      `\`hythe ls ${name}\` lists its tags`,
    ]);
  });

  test("an unknown repository, with those that look like it", async () => {
    await using fake = await open();
    expect(await complain(["inspect", `${fake.host}/team/apq:v1.0`])).toEqual([
      7,
      `there is no repository 'team/apq' at ${fake.host}; did you mean team/app?`,
    ]);
  });

  test("an unknown digest is named whole", async () => {
    await using fake = await open();
    const digest = `sha256:${"0".repeat(64)}`;
    expect(await complain(["manifest", `${fake.host}/team/app@${digest}`])).toEqual([
      7,
      `${fake.host}/team/app has no manifest ${digest}`,
    ]);
  });
});

describe("TLS", () => {
  const listener = (_req: unknown, res: { writeHead(status: number): { end(text: string): unknown } }): void =>
    void res.writeHead(200).end('{"repositories":["team/app"]}');
  const tls = { cert: goodCertificate, key };

  test("a certificate of an unknown authority: where to put that, or how to take any", async () => {
    await using served = await serveHttp(listener, { tls });
    const { host } = served.url;
    const place = host.replace("127.0.0.1", "localhost");
    const said = await complain(["ls", place, "--tls-verify=true", "--retries", "0"]);
    expect(said).toEqual([
      9,
      `${place} has a certificate that no known authority signed`,
      `put the authority that signed it into ~/.docker/certs.d/${place}/ca.crt, or add --tls-verify=false to take any certificate`,
    ]);
    using folder = credentialFolder();
    folder.write(`.docker/certs.d/${place}/ca.crt`, authority);
    expect(await captureCli(["ls", place, "--tls-verify=true"], { home: folder.home })).toMatchObject({
      code: 0,
      stdout: "team/app\n",
    });
    for (const flag of ["--tls-verify=false", "--insecure"]) {
      expect(await captureCli(["ls", place, flag])).toMatchObject({ code: 0, stdout: "team/app\n" });
    }
    expect((await captureCli(["ls", place], { env: { HYTHE_INSECURE: `other:1,${place}` } })).code).toBe(0);
  });

  test("plain HTTP where TLS is spoken: TLS is asked for", async () => {
    await using served = await serveHttp((_req, res) => {
      res.writeHead(400, { "content-type": "text/plain" }).end("Client sent an HTTP request to an HTTPS server.\n");
    });
    const { host } = served.url;
    expect(await complain(["ls", host])).toEqual([
      2,
      expect.not.stringContaining("write https://"),
      "it speaks TLS: add --tls-verify=true, or --tls-verify=false to take any certificate",
    ]);
  });

  test("TLS where plain HTTP is spoken: it is never tried by itself, and the flag is named", async () => {
    await using served = await serveHttp(listener);
    const { host } = served.url;
    expect(await complain(["ls", host, "--tls-verify=true", "--retries", "0"])).toEqual([
      9,
      `${host} does not speak TLS on this port`,
      "when plain HTTP is what you want there, add --insecure",
    ]);
    expect(await captureCli(["ls", host, "--insecure"])).toMatchObject({ code: 0, stdout: "team/app\n" });
  });
});

test("a registry elsewhere is spoken to over TLS that is checked, whoever else is named insecure", async () => {
  const env = { HYTHE_INSECURE: "other.example.org, registry.example.org:5000" };
  for (const host of ["registry.example.org", "10.0.0.1:5000", "192.168.1.2", "localhost.example.org:5000"]) {
    const { registryUrl, verifyTls } = await registryAddress(host, {}, { env });
    expect([parseRegistryUrl(registryUrl).protocol, verifyTls]).toEqual(["https:", true]);
    const unchecked = await registryAddress(host, { tlsVerify: false }, { env });
    expect(parseRegistryUrl(unchecked.registryUrl).protocol).toBe("https:");
  }
  for (const host of ["127.0.0.1:5000", "localhost", "[::1]:5000", "registry.localhost:5000"]) {
    expect(parseRegistryUrl((await registryAddress(host, {}, { env })).registryUrl).protocol).toBe("http:");
  }
});

describe("later", () => {
  test("a rate limit says when, and that a login may help", async () => {
    await using fake = await open();
    fake.fail({ kind: "answer", status: 429, headers: { "retry-after": "3600" } });
    const [code, what, advice] = await complain(["digest", `${fake.host}/team/app:v1.0`]);
    expect(code).toBe(8);
    expect(what).toContain("429");
    expect(advice).toMatch(/^try again after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; who is logged in may pull more: hythe login /);
  });

  test("a registry that says nothing is given up after --timeout", async () => {
    await using fake = await open();
    fake.fail({ kind: "silent" });
    expect(await complain(["digest", `${fake.host}/team/app:v1.0`, "--timeout", "0.2", "--retries", "0"])).toEqual([
      9,
      `${fake.host} sent nothing for 0.2 s`,
      `\`hythe ping ${fake.host}\` shows where it ends`,
    ]);
  });
});
