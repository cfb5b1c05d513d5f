// TLS settings per host from folders in Docker's layout: certs.d/HOST[:PORT]/*.crt are authorities, NAME.cert and NAME.key a client
// certificate. Read when the first connection to a host is opened; a file that cannot be used is an error that names it, never skipped.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRegistryError } from "../oci/errors.ts";
import type { TlsSettings } from "./transport.ts";

/** For TransportOptions. The first folder that knows the host counts. The returned function @throws REQUEST_INVALID */
export function tlsFromFolders(folders: readonly string[]): (host: string) => TlsSettings | undefined {
  return (host) => {
    // the host may come from a redirect: it must not climb out of the folder
    if (!/^[a-z0-9[][a-z0-9.:[\]-]*$/i.test(host)) return undefined;
    for (const folder of folders) {
      const settings = readHostFolder(join(folder, host));
      if (settings !== undefined) return settings;
    }
    return undefined;
  };
}

function readHostFolder(folder: string): TlsSettings | undefined {
  const names = listFiles(folder);
  if (names === undefined) return undefined;
  const authorities = names.filter((name) => name.endsWith(".crt")).map((name) => readCertificates(join(folder, name)));
  const orphan = names.find((name) => name.endsWith(".key") && !names.includes(name.replace(/key$/, "cert")));
  if (orphan !== undefined) throw unusable(join(folder, orphan), "has no certificate: expected beside it with the ending .cert");
  const client = names.find((name) => name.endsWith(".cert"));
  return {
    ...(authorities.length === 0 ? {} : { ca: authorities.join("\n") }),
    ...(client === undefined ? {} : readClientPair(folder, client, names)),
  };
}

function readClientPair(folder: string, name: string, names: readonly string[]): { cert: string; key: string } {
  const path = join(folder, name);
  const keyName = name.replace(/cert$/, "key");
  if (!names.includes(keyName)) throw unusable(path, `has no key: expected ${keyName} beside it (authorities end in .crt)`);
  const cert = readCertificates(path);
  const key = readText(join(folder, keyName));
  let fits: boolean;
  try {
    fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw unusable(join(folder, keyName), "is not a private key in PEM without a passphrase", cause);
  }
  if (!fits) throw unusable(join(folder, keyName), `does not belong to the certificate in ${name}`);
  return { cert, key };
}

/** The text of the file, every certificate in it looked at. */
function readCertificates(path: string): string {
  const text = readText(path);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw unusable(path, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  for (const [index, block] of blocks.entries()) {
    try {
      void new X509Certificate(block);
    } catch (cause) {
      const line = text.slice(0, text.indexOf(block)).split("\n").length;
      throw unusable(path, `cannot be read: certificate ${index + 1}, from line ${line} on, is damaged`, cause);
    }
  }
  return text;
}

function listFiles(folder: string): string[] | undefined {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined; // nothing is set for this host
    throw unusable(folder, `cannot be listed (${code})`, error);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unusable(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

function unusable(path: string, what: string, cause?: unknown): Error {
  return createRegistryError("REQUEST_INVALID", { message: `${path} ${what}`, cause });
}
