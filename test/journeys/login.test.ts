// Logins at real registries, by password and by tokens that they verify themselves, and in files that skopeo writes and reads.

import { randomUUID, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRegistryClient, credentialsFromFiles, parseRepositoryName, parseTag } from "../../src/client/client.ts";
import { authority, authorityKey } from "../certificates.ts";
import { captureCli, type Captured } from "../cli.ts";
import { pushImage } from "../contract/pushing.ts";
import { credentialFolder, type CredentialFolder } from "../credential-folder.ts";
import { image } from "../image.ts";
import { findGoTool } from "../peers/go-tools.ts";
import { findProgram, run } from "../peers/program.ts";
import { startDistribution, startDockerRegistry, type PeerRegistry } from "../peers/registries.ts";
import { tokenScript, type Answer, type Asked, type TokenScript } from "../token-script.ts";

const app = parseRepositoryName("team/app");
const v1 = { repository: app, tag: parseTag("v1") };
const service = "a real registry";
const issuer = "a token server";
/** bcrypt of `secret`, made with crypt(3). */
const htpasswd = "robot:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";
const skopeo = findProgram("skopeo");

/** A token as distribution reads it (docs/spec/auth/jwt). */
function jwt(scopes: readonly string[]): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const certificate = authority.replaceAll(/-----[^-]+-----|\s/g, "");
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type, name, actions = ""] = scope.split(":");
    return { type, name, actions: actions.split(",") };
  });
  const claims = { iss: issuer, sub: "robot", aud: service, nbf: now - 10, iat: now, exp: now + 300, jti: randomUUID(), access };
  const signed = `${encode({ typ: "JWT", alg: "ES256", x5c: [certificate] })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: authorityKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function answerWithToken({ authorization, query }: Asked): Answer {
  const isRobot = authorization === `Basic ${Buffer.from("robot:secret").toString("base64")}`;
  if (!isRobot) return { status: 401, body: { details: "incorrect username or password" } };
  return { body: { token: jwt(query.getAll("scope")), expires_in: 300 } };
}

describe.each([
  { name: "docker-registry", start: startDockerRegistry, program: findProgram("docker-registry") },
  { name: "distribution 3", start: startDistribution, program: findGoTool("registry") },
])("$name", ({ program, start }) => {
  describe.skipIf(program === undefined)(
    program === undefined ? "(skipped: it is not on this machine)" : "with passwords",
    () => {
      let folder: CredentialFolder;
      let server: PeerRegistry;
      let host: string;
      beforeAll(async () => {
        folder = credentialFolder();
        server = (await start({ auth: { htpasswd: { realm: "real", path: folder.write("htpasswd", htpasswd) } } }))!;
        host = new URL(server.url).host;
      });
      afterAll(async () => {
        await server?.stop();
        folder[Symbol.dispose]();
      });
      const cli = (...argv: string[]): Promise<Captured> => captureCli(argv, { home: folder.home, env: folder.options.env });

      test("a login is needed, refused with a wrong password, checked and saved with the right one", async () => {
        expect(await cli("ls", host)).toMatchObject({ code: 6 });
        expect(await cli("login", host, "-u", "robot", "-p", "wrong")).toMatchObject({ code: 6 });
        expect(await cli("ls", host)).toMatchObject({ code: 6 });
        expect(await cli("login", host, "-u", "robot", "-p", "secret")).toMatchObject({
          code: 0,
          stdout: `robot is logged in at ${host}\n`,
        });
        await using client = createRegistryClient({ registryUrl: host, credentials: credentialsFromFiles(folder.options) });
        await pushImage(client, app, image(), "v1");
        expect(await cli("ls", `${host}/team/app`)).toMatchObject({ code: 0, stdout: "v1\n" });
      });

      test.skipIf(skopeo === undefined)("skopeo uses the login that we saved, and we use the one that skopeo saved", async () => {
        const file = join(folder.home, "shared.json");
        await cli("login", host, "-u", "robot", "-p", "secret", "--auth-file", file);
        const inspect = ["inspect", "--raw", "--tls-verify=false", "--authfile", file, `docker://${host}/team/app:v1`];
        expect(await run(skopeo!, inspect)).toBe(Buffer.from(image().bytes).toString());
        await cli("logout", host, "--auth-file", file);
        await expect(run(skopeo!, inspect)).rejects.toThrow(/authentication required|unauthorized/);

        writeFileSync(file, '{ "auths": {} }');
        await run(skopeo!, ["login", "--tls-verify=false", "--authfile", file, "-u", "robot", "-p", "secret", host]);
        expect(readFileSync(file, "utf8")).toContain(host);
        expect(await cli("ls", `${host}/team/app`, "--auth-file", file)).toMatchObject({ code: 0, stdout: "v1\n" });
      });
    },
  );

  describe.skipIf(program === undefined)(program === undefined ? "" : "with a token server", () => {
    let folder: CredentialFolder;
    let tokens: TokenScript;
    let server: PeerRegistry;
    beforeAll(async () => {
      folder = credentialFolder();
      tokens = await tokenScript(answerWithToken);
      const rootcertbundle = folder.write("authority.pem", authority);
      server = (await start({ auth: { token: { realm: tokens.realm.href, service, issuer, rootcertbundle } } }))!;
    });
    afterAll(async () => {
      await server?.stop();
      await tokens[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    test("push, list, mount, pull and delete get each the rights that the registry wants, one token a kind", async () => {
      await using client = createRegistryClient({ registryUrl: server.url, username: "robot", password: "secret" });
      expect(await client.checkLogin()).toEqual({ asked: true });
      await pushImage(client, app, image(), "v1");
      expect((await client.manifests.get(v1)).digest).toBe(image().digest);
      expect((await client.tags(app, { limit: 10 })).items).toEqual(["v1"]);
      expect((await client.repositories({ limit: 10 })).items).toEqual(["team/app"]);
      const blob = { repository: parseRepositoryName("team/other"), digest: image().blobs[0]!.digest };
      expect(await client.blobs.mount(blob, app, () => true)).toBeDefined();
      await client.manifests.delete({ repository: app, digest: image().digest });
      const scopes = tokens.asked.map(({ query }) => query.getAll("scope").join(" "));
      expect(scopes.length).toBe(new Set(scopes).size);
      expect(scopes).toContain("repository:team/app:pull,push");
      expect(scopes).toContain("registry:catalog:*");
    });

    test("a wrong password is refused by the token server in its own words", async () => {
      await using client = createRegistryClient({ registryUrl: server.url, username: "robot", password: "wr0ng-pass" });
      await expect(client.manifests.get(v1)).rejects.toMatchObject({
        kind: "auth",
        message: `the token server ${tokens.realm.host} refused the credentials (401): incorrect username or password`,
      });
    });
  });
});
