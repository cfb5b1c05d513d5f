// TLS per host (research 1.5): which certificates are taken from whom, and where the files lie.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import {
  authority,
  expiredCertificate,
  goodCertificate,
  key,
  otherCertificate,
  selfSignedCertificate,
} from "../../test/certificates.ts";
import { clientOver } from "../../test/client-over.ts";
import { serveHttp, type Served } from "../../test/wire-servers.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { ClientOptions } from "./client.ts";
import { tlsFromFolders } from "./tls-files.ts";

const serveTls = (cert: string, more: object = {}): Promise<Served> =>
  serveHttp((request, response) => response.end(JSON.stringify({ tags: [String((request.socket as TLSSocket).authorized)] })), {
    tls: { cert, key, ...more },
  });

/** The one tag says whether the registry accepted our certificate. */
async function ask(served: Served, options: Partial<ClientOptions> = {}): Promise<readonly string[]> {
  await using over = clientOver(`https://localhost:${served.port}`, { maxRetries: 0, ...options });
  return (await over.client.tags("a" as RepositoryName, { limit: 1 })).items;
}

describe("certificates of registries (1.5)", () => {
  it("one of an unknown authority is refused, and taken with its CA", async () => {
    await using served = await serveTls(goodCertificate);
    await expect(ask(served)).rejects.toMatchObject({
      kind: "connection",
      message: expect.stringContaining("that no known authority signed: give its CA certificate"),
    });
    expect(await ask(served, { ca: authority })).toEqual(["false"]);
  });

  it.each([
    ["that has expired", expiredCertificate, "has a certificate that has expired"],
    ["for another name", otherCertificate, "has a certificate for another name"],
    ["that signs itself", selfSignedCertificate, "has a self-signed certificate"],
  ])("one %s is refused in words that say so, and taken when nothing is verified", async (_what, cert, words) => {
    await using served = await serveTls(cert);
    await expect(ask(served, { ca: authority })).rejects.toMatchObject({ message: expect.stringContaining(words) });
    expect(await ask(served, { verifyTls: false })).toEqual(["false"]);
  });

  it("a client certificate is shown to a registry that asks for one", async () => {
    await using served = await serveTls(goodCertificate, { ca: authority, requestCert: true });
    expect(await ask(served, { ca: authority, clientCertificate: { cert: goodCertificate, key } })).toEqual(["true"]);
    await using strict = await serveTls(goodCertificate, { ca: authority, requestCert: true, rejectUnauthorized: true });
    await expect(ask(strict, { ca: authority })).rejects.toMatchObject({ kind: "connection" });
  });

  it("what holds for the registry holds for no other host: neither the CA nor the lack of verification", async () => {
    await using storage = await serveTls(goodCertificate);
    await using served = await serveHttp(
      (_request, response) => response.writeHead(307, { location: `https://localhost:${storage.port}/` }).end(),
      { tls: { cert: goodCertificate, key } },
    );
    for (const options of [{ ca: authority }, { verifyTls: false }]) {
      await expect(ask(served, options)).rejects.toMatchObject({
        message: expect.stringContaining(`localhost:${storage.port} has a certificate that no known authority signed`),
      });
    }
    const tls = () => ({ ca: authority });
    expect(await ask(served, { tls })).toEqual(["false"]);
  });
});

describe("certificates in Docker's folders (1.5)", () => {
  const folder = mkdtempSync(join(tmpdir(), "hythe-certs-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let hosts = 0;
  /** A host of its own with these files. */
  function hostWith(files: Readonly<Record<string, string>>): string {
    const host = `host-${++hosts}.example:5000`;
    mkdirSync(join(folder, host));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, host, name), text);
    return host;
  }
  const read = tlsFromFolders([join(folder, "nowhere"), folder]);

  it("*.crt are authorities, NAME.cert and NAME.key a client's pair", () => {
    const host = hostWith({ "a.crt": authority, "b.crt": selfSignedCertificate, "me.cert": goodCertificate, "me.key": key });
    expect(read(host)).toEqual({ ca: `${authority}\n${selfSignedCertificate}`, cert: goodCertificate, key });
  });

  it("a host without a folder has no settings, one with an empty folder empty ones", () => {
    expect(read("unknown.example")).toBeUndefined();
    expect(read(hostWith({}))).toEqual({});
  });

  it.each(["../etc", "..", "/etc", "a/b", "a\0b", ""])("'%s' never leads out of the folder", (host) => {
    expect(read(host)).toBeUndefined();
  });

  it("the settings are used for their host", async () => {
    await using served = await serveTls(goodCertificate);
    mkdirSync(join(folder, `localhost:${served.port}`));
    writeFileSync(join(folder, `localhost:${served.port}`, "ca.crt"), authority);
    expect(await ask(served, { tls: read })).toEqual(["false"]);
  });

  it.each([
    ["no certificate", { "a.crt": "hello" }, /a\.crt holds no certificate in PEM/],
    [
      "a damaged one",
      { "a.crt": `${authority}\n${authority.replace("MII", "AII")}` },
      /a\.crt cannot be read: certificate 2, from line \d+ on/,
    ],
    ["a certificate without key", { "me.cert": goodCertificate }, /me\.cert has no key: expected me\.key beside it/],
    ["a key without certificate", { "me.key": key }, /me\.key has no certificate: expected beside it/],
    ["a key that is none", { "me.cert": goodCertificate, "me.key": "hello" }, /me\.key is not a private key in PEM/],
    [
      "a key of another certificate",
      { "me.cert": authority, "me.key": key },
      /me\.key does not belong to the certificate in me\.cert/,
    ],
  ])("%s is one sentence that names the file", (_what, files, message) => {
    const host = hostWith(files);
    expect(() => read(host)).toThrow(
      expect.objectContaining({ code: "REQUEST_INVALID", message: expect.stringMatching(message) }),
    );
  });
});
