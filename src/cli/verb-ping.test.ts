import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { authority, expiredCertificate, goodCertificate, key, otherCertificate } from "../../test/certificates.ts";
import { captureCli, type Captured, type CliOptions } from "../../test/cli.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { image } from "../../test/image.ts";
import { serveHttp, type Served } from "../../test/wire-servers.ts";
import type { RepositoryName } from "../oci/reference.ts";

async function holding(options: FakeOptions = {}): Promise<FakeRegistry> {
  const fake = await startFakeRegistry(options);
  await pushImage(fake.registry, "team/app" as RepositoryName, image(), "v1");
  return fake;
}

const ping = (place: string, flags: readonly string[] = [], options: CliOptions = {}): Promise<Captured> =>
  captureCli(["ping", place, ...flags], options);

/** A home with this login and, for one host, this authority. */
function homeWith({ host, login, ca }: { host: string; login?: string; ca?: string }): string {
  const home = mkdtempSync(join(tmpdir(), "hythe-ping-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, ".docker", "certs.d", host), { recursive: true });
  const auths = login === undefined ? {} : { [host]: { auth: Buffer.from(login).toString("base64") } };
  writeFileSync(join(home, ".docker", "config.json"), JSON.stringify({ auths }));
  if (ca !== undefined) writeFileSync(join(home, ".docker", "certs.d", host, "ca.crt"), ca);
  return home;
}

const serveTls = (cert: string): Promise<Served> => serveHttp((_request, response) => response.end("{}"), { tls: { cert, key } });

test("a registry in order is walked through to the rights, and the code is 0", async () => {
  await using fake = await holding({ login: "bearer" });
  const home = homeWith({ host: fake.host, login: "robot:secret" });
  const { code, stderr, stdout } = await ping(`${fake.host}/team/app`, [], { home });
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(
    [
      "ok      name        127.0.0.1 is an address, no name to be looked up",
      `ok      connection  ${fake.host} can be reached at 127.0.0.1 port ${fake.host.split(":")[1]}`,
      "ok      TLS         none: everything goes over the wire as plain text",
      `ok      registry    it is one, and wants a token of ${new URL(fake.tokens.realm).host}`,
      "ok      login       it accepts robot",
      "ok      rights      robot may read team/app",
      "",
    ].join("\n"),
  );
});

test("a name that nobody knows ends at the first step, with 9", async () => {
  const { code, stdout } = await ping("registry.nowhere.invalid", ["--timeout", "5"]);
  expect(code).toBe(9);
  expect(stdout).toMatch(/^FAILED {2}name {8}registry\.nowhere\.invalid .*\n {20}\S.*\n$/);
});

test("a port on which nothing listens ends at the connection, with 9", async () => {
  const served = await serveHttp(() => undefined);
  await served[Symbol.asyncDispose]();
  const { code, stdout } = await ping(served.url.host);
  expect(code).toBe(9);
  expect(stdout).toContain(`FAILED  connection  ${served.url.host} refuses the connection: nothing listens on this port\n`);
  expect(stdout).toContain("is the registry running, and on this port?");
});

test.each([
  [
    "that has expired",
    expiredCertificate,
    /has a certificate that has expired: it is for localhost/,
    /whoever runs it must renew/,
  ],
  ["for another name", otherCertificate, /has a certificate for another name: it is for other\.example/, /use one of the names/],
])("a certificate %s is said to be one, with its facts", async (_what, cert, words, advice) => {
  await using served = await serveTls(cert);
  const host = `localhost:${served.port}`;
  const { code, stdout } = await ping(host, ["--tls-verify=true"], { home: homeWith({ host, ca: authority }) });
  expect(code).toBe(9);
  expect(stdout).toMatch(words);
  expect(stdout).toMatch(advice);
});

test("for an authority that is not known the file and the flag are named that change it, and both do", async () => {
  await using served = await serveTls(goodCertificate);
  const host = `localhost:${served.port}`;
  const { code, stdout } = await ping(host, ["--tls-verify=true"]);
  expect(code).toBe(9);
  expect(stdout).toContain(`as ~/.docker/certs.d/${host}/ca.crt it is found here, and --tls-verify=false takes any certificate`);
  const trusting = await ping(host, ["--tls-verify=true"], { home: homeWith({ host, ca: authority }) });
  expect(trusting.code).toBe(0);
  expect(trusting.stdout).toMatch(
    /ok {6}TLS {9}TLSv1\.3, it is for localhost, 127\.0\.0\.1 by Test authority, valid until 2120-01-01\n/,
  );
  const blind = await ping(host, ["--tls-verify=false"]);
  expect([blind.code, blind.stdout.includes("not checked, as you wish")]).toEqual([0, true]);
});

test("plain HTTP where TLS was expected names the flag for it", async () => {
  await using fake = await holding();
  const { code, stdout } = await ping(fake.host, ["--tls-verify=true"]);
  expect(code).toBe(9);
  expect(stdout).toMatch(/FAILED {2}TLS .*does not speak TLS on this port[^]*--insecure does\n$/);
  expect((await ping(fake.host, ["--insecure"])).code).toBe(0);
});

test("a website in place of a registry is called one, with 1", async () => {
  await using served = await serveHttp((_request, response) => response.end("<!doctype html><title>Welcome</title>"));
  const { code, stdout } = await ping(served.url.host);
  expect(code).toBe(1);
  expect(stdout).toContain(`FAILED  registry    ${served.url.host} answers with a page for people, not like a registry\n`);
});

test("without a login, and with a wrong password, it says what to do, with 6, and never the password", async () => {
  await using fake = await holding({ login: "bearer" });
  const nobody = await ping(`${fake.host}/team/app`);
  expect(nobody.code).toBe(6);
  expect(nobody.stdout).toMatch(new RegExp(`FAILED .*\\n +log in.*: hythe login ${fake.host}\\n$`));
  const home = homeWith({ host: fake.host, login: "robot:wr0ng-pass" });
  const wrong = await ping(`${fake.host}/team/app`, [], { home });
  expect(wrong.code).toBe(6);
  expect(wrong.stdout).toMatch(/FAILED {2}login .*refused the credentials/);
  expect(wrong.stdout).toContain(`check the user name and the password, and log in again: hythe login ${fake.host}`);
  expect(wrong.stdout).not.toContain("wr0ng-pass");
});

test("no right is 6, a repository that is not there 7", async () => {
  await using fake = await holding();
  expect((await ping(`${fake.host}/team/none`)).code).toBe(7);
  fake.fail({ kind: "answer", status: 403, body: { errors: [{ code: "DENIED", message: "members only" }] } }, { path: /tags/ });
  const { code, stdout } = await ping(`${fake.host}/team/app`);
  expect(code).toBe(6);
  expect(stdout).toMatch(/FAILED {2}rights .*answered 403 to GET \/v2\/team\/app\/tags\/list: members only/);
});

test("--json is one document with every step and the code of the error", async () => {
  await using fake = await holding();
  const { code, stdout } = await ping(`${fake.host}/team/none`, ["--json"]);
  expect(code).toBe(7);
  const names = ["name", "connection", "TLS", "registry", "rights"];
  const report = JSON.parse(stdout) as { steps: { name: string }[] };
  expect(report).toMatchObject({ host: fake.host, repository: "team/none", ok: false });
  expect(report.steps.map(({ name }) => name)).toEqual(names);
  expect(report.steps.at(-1)).toMatchObject({
    ok: false,
    code: "NAME_UNKNOWN",
    advice: expect.stringContaining("spelling") as string,
  });
});

test("an image in place of a repository, and nothing at all, are usage", async () => {
  expect((await ping("127.0.0.1:5000/team/app:v1")).code).toBe(2);
  expect((await captureCli(["ping"])).code).toBe(2);
});
