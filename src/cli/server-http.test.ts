import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { captureCli, openRecorded, problem, type Recorded, type RecordedAnswer } from "../../test/cli.ts";
import { authority, goodCertificate, key } from "../../test/certificates.ts";
import { serveHttp } from "../../test/wire-servers.ts";
import { isHythe, openServer } from "./server-http.ts";

const nothing = { items: [], asOf: null, replaying: false };
const auth = (text: string): string => Buffer.from(text).toString("base64");

/** A home with a login of `host`, in docker's form. */
async function homeWith(host: string, entry: object): Promise<{ home: string; env: Record<string, string> }> {
  const home = mkdtempSync(join(tmpdir(), "hythe-server-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  await writeFile(join(home, "config.json"), JSON.stringify({ auths: { [host]: entry } }));
  return { home, env: { DOCKER_CONFIG: home } };
}

async function open(reply: (asked: URL) => RecordedAnswer): Promise<Recorded & { readonly host: string }> {
  const server = await openRecorded(reply);
  onTestFinished(() => server.close());
  return { ...server, host: new URL(server.url).host };
}

describe("the login of hythe login", () => {
  test("is sent as Basic to the server that it was saved for, and to no other", async () => {
    const server = await open(() => ({ body: nothing }));
    const other = await open(() => ({ body: nothing }));
    const saved = await homeWith(server.host, { auth: auth("ann:swordfish") });
    for (const { url } of [server, other]) await captureCli(["repos", "--server", url], saved);
    expect(server.authorizations).toEqual([`Basic ${auth("ann:swordfish")}`]);
    expect(other.authorizations).toEqual([undefined]);
  });

  test("does not follow a redirect", async () => {
    const other = await open(() => ({ body: nothing }));
    const server = await open(() => ({ status: 307, headers: { location: `${other.url}/api/v1/repositories` }, body: {} }));
    const saved = await homeWith(server.host, { auth: auth("ann:swordfish") });
    const { code, stderr } = await captureCli(["repos", "--server", server.url], saved);
    expect([code, other.asked]).toEqual([1, []]);
    expect(stderr).toContain("HTTP 307");
  });

  test("stays here when the way is plain HTTP and leads to another machine", async () => {
    const saved = await homeWith("registry.invalid:5000", { auth: auth("ann:swordfish") });
    const sent: unknown[] = [];
    const server = openServer({ ...saved }, "http://registry.invalid:5000", undefined, async (question) => {
      sent.push(question.authorization);
      return { status: 401, text: JSON.stringify(problem(401, "UNAUTHORIZED", "who are you?").body) };
    });
    await expect(server.get("/api/v1/repositories", {}, z.unknown())).rejects.toThrow(
      "registry.invalid:5000 wants a login, and it is not sent over plain HTTP\nname it with TLS: --server https://registry.invalid:5000, or add --insecure where nobody else is on the way",
    );
    expect(sent).toEqual([undefined]);
  });

  test("goes over plain HTTP to a host that is named insecure, as it does for images", async () => {
    const host = "registry.invalid:5000";
    const saved = await homeWith(host, { auth: auth("ann:swordfish") });
    const sent: unknown[] = [];
    const ways = [
      [saved, { insecure: true }],
      [{ ...saved, env: { ...saved.env, HYTHE_INSECURE: `other:1,${host}` } }, {}],
    ] as const;
    for (const [home, access] of ways) {
      const server = openServer(home, `http://${host}`, access, async (question) => {
        sent.push(question.authorization);
        return { status: 200, text: "{}" };
      });
      await server.get("/api/v1/repositories", {}, z.unknown());
    }
    expect(sent).toEqual([`Basic ${auth("ann:swordfish")}`, `Basic ${auth("ann:swordfish")}`]);
  });

  test("--auth-file names where it is, alone", async () => {
    const server = await open(() => ({ body: { ...nothing, items: [] } }));
    const saved = await homeWith(server.host, { auth: auth("ann:swordfish") });
    const alone = await homeWith(server.host, { auth: auth("bob:sailfish1") });
    const file = join(alone.home, "config.json");
    await captureCli(["tags", "team/app", "--server", server.url, "--auth-file", file], saved);
    expect(server.authorizations).toEqual([`Basic ${auth("bob:sailfish1")}`]);
  });
});

describe("a server that lets nobody in without a login", () => {
  const refused = (): RecordedAnswer => problem(401, "UNAUTHORIZED", "authentication required");

  test("is told of with what to do: log in, and then with the address of it", async () => {
    const { host, url } = await open(refused);
    expect(await captureCli(["repos", "--server", url])).toMatchObject({
      code: 6,
      stdout: "",
      stderr: `hythe: ${host} wants a login\nhythe: log in first: hythe login ${host}\n`,
    });
  });

  test("a login that is not accepted is named, without its password", async () => {
    const { host, url } = await open(refused);
    const saved = await homeWith(host, { auth: auth("ann:swordfish") });
    expect(await captureCli(["pulls", "team/app", "--server", url], saved)).toMatchObject({
      code: 6,
      stderr: `hythe: ${host} does not accept the saved login of ann\nhythe: log in again: hythe login ${host}\n`,
    });
  });

  test("a token of docker login is good for images alone", async () => {
    const { authorizations, host, url } = await open(refused);
    const saved = await homeWith(host, { auth: auth("ann:"), identitytoken: "secret" });
    expect(await captureCli(["repos", "--server", url], saved)).toMatchObject({
      code: 6,
      stderr: `hythe: ${host} wants a login, and the one that is saved is a token for images alone\nhythe: save another: hythe login ${host}\n`,
    });
    expect(authorizations).toEqual([undefined]);
  });
});

test("over TLS the authority is that of certs.d, and without it nothing is sent", async () => {
  const authorizations: unknown[] = [];
  const tls = { cert: goodCertificate, key };
  await using server = await serveHttp(
    (req, res) => {
      authorizations.push(req.headers.authorization);
      res.end(JSON.stringify(nothing));
    },
    { tls },
  );
  const url = server.url.origin;
  const { host } = new URL(url);
  const saved = await homeWith(host, { auth: auth("ann:swordfish") });
  expect(await captureCli(["repos", "--server", url], saved)).toMatchObject({
    code: 9,
    stderr: expect.stringContaining(
      `put the authority that signed it into ~/.docker/certs.d/${host}/ca.crt, or add --tls-verify=false to take any certificate\n`,
    ),
  });
  const certificates = join(saved.home, ".docker", "certs.d", host);
  await mkdir(certificates, { recursive: true });
  await writeFile(join(certificates, "ca.crt"), authority);
  expect(await captureCli(["repos", "--server", url], saved)).toMatchObject({ code: 0 });
  expect(authorizations).toEqual([`Basic ${auth("ann:swordfish")}`]);
});

describe("a server with a certificate that nobody vouches for", () => {
  const verbs = [
    ["repos"],
    ["tags"],
    ["user", "ls"],
    ["robot", "ls"],
    ["token", "ls"],
    ["grant", "ls"],
    ["rule", "ls"],
    ["audit"],
  ];

  test("is asked by every verb when it is said so, by a flag or for good", async () => {
    await using server = await serveHttp((_req, res) => res.end(JSON.stringify(nothing)), {
      tls: { cert: goodCertificate, key },
    });
    const { host, origin: url } = server.url;
    for (const verb of verbs) {
      expect(await captureCli([...verb, "--server", url])).toMatchObject({ code: 9 });
      for (const flag of ["--insecure", "--tls-verify=false"]) {
        expect(await captureCli([...verb, "--server", url, flag]), verb.join(" ")).toMatchObject({ code: 0 });
        expect(await captureCli([...verb, "--server", host, flag]), verb.join(" ")).toMatchObject({ code: 0 });
      }
      expect(await captureCli([...verb, "--server", url], { env: { HYTHE_INSECURE: host } })).toMatchObject({ code: 0 });
    }
  });

  test("is known as a Hythe, so that a login for it is good for these verbs, too", async () => {
    const session = { name: "anonymous", kind: "anonymous", groups: [], visible: [], open: false, provider: false, csrf: null };
    const may = { pull: false, push: false, overwrite: false, delete: false, admin: false };
    const answer = { ...session, may, manages: false, mustChange: false, hasPassword: false, expiresAt: null };
    await using server = await serveHttp((_req, res) => res.end(JSON.stringify(answer)), { tls: { cert: goodCertificate, key } });
    const home = { env: {}, home: "/nonexistent" };
    expect(await isHythe(home, server.url.host, { insecure: true })).toBe(true);
    expect(await isHythe(home, server.url.host, { tlsVerify: true })).toBe(false);
  });

  test("--tls-verify=true never speaks plain HTTP, not even with this machine", async () => {
    expect(await captureCli(["repos", "--tls-verify=true"])).toMatchObject({
      code: 2,
      stderr:
        "hythe: http://127.0.0.1:5000 is plain HTTP, which --tls-verify=true rules out\n" +
        "hythe: name it with TLS: --server https://127.0.0.1:5000\n",
    });
  });
});

test.each([
  ["127.0.0.1:5000", "http://127.0.0.1:5000"],
  ["localhost:5000", "http://localhost:5000"],
  ["[::1]:5000", "http://[::1]:5000"],
  ["registry.example.org", "https://registry.example.org"],
  ["registry.example.org:80", "https://registry.example.org:80"],
  ["http://registry.example.org/hythe/", "http://registry.example.org/hythe"],
])("--server %s is spoken to at %s", async (given, url) => {
  const asked: string[] = [];
  const server = openServer({ env: {}, home: "/nonexistent" }, given, undefined, async (question) => {
    asked.push(question.url.href);
    return { status: 200, text: "{}" };
  });
  await server.get("/api/v1/status", { a: "b c", d: undefined }, z.unknown());
  expect(asked).toEqual([`${url}/api/v1/status?a=b+c`]);
});
