import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { authority, authorityKey, expiredCertificate, goodCertificate, key, otherCertificate } from "../../test/certificates.ts";
import { openCertificate, type CertificateFiles, type CertificateOptions } from "./certificate.ts";

let folder: string;
let certificateFile: string;
let keyFile: string;
const opened: CertificateFiles[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hythe-certificate-"));
  certificateFile = join(folder, "tls.crt");
  keyFile = join(folder, "tls.key");
});
afterEach(() => {
  for (const files of opened.splice(0)) files.close();
  rmSync(folder, { recursive: true });
});

/** At once, as whoever renews does it. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Sentences of the log; `next` waits for one. */
function log() {
  const sentences: string[] = [];
  let wake = (): void => undefined;
  return {
    sentences,
    write: (sentence: string): void => {
      sentences.push(sentence);
      wake();
    },
    async next(): Promise<string> {
      if (sentences.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return sentences.shift()!;
    },
  };
}

async function open(cert: string, secret: string, options: Partial<CertificateOptions> = {}): Promise<CertificateFiles> {
  put(certificateFile, cert);
  put(keyFile, secret);
  const sure = { certificateFile, keyFile, now: Date.now, log: () => undefined, everyMs: 5, ...options };
  const files = await openCertificate(sure);
  opened.push(files);
  return files;
}

describe("at the start", () => {
  test("a certificate is taken with those that stand behind it, whatever is written between them", async () => {
    const { current } = await open(`subject=localhost\n${goodCertificate}\nissuer=\n${authority}`, key);
    expect(current.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  test.each([
    ["no certificate", () => "nothing", () => key, "tls.crt holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"],
    [
      "a damaged one behind a good one",
      () => `${goodCertificate}${authority.replace("MIIB", "AAAA")}`,
      () => key,
      "tls.crt cannot be read: its certificate 2 is damaged",
    ],
    ["no key", () => goodCertificate, () => "nothing", "tls.key is not a private key in PEM without a passphrase"],
    [
      "the key of another",
      () => goodCertificate,
      () => authorityKey,
      "tls.key does not belong to the first certificate in %/tls.crt",
    ],
    [
      "the chain upside down",
      () => `${authority}${goodCertificate}`,
      () => key,
      "tls.key does not belong to the first certificate",
    ],
  ])("%s is refused with a sentence that names the file and shows no key", async (_, cert, secret, sentence) => {
    const error = await open(cert(), secret()).catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ code: "REQUEST_INVALID" });
    expect((error as Error).message).toContain(join(folder, sentence.replace("%", folder)));
    expect((error as Error).message).not.toContain("MIG");
  });

  test("a file that is not there is named", async () => {
    const options = { certificateFile: join(folder, "no.crt"), keyFile, now: Date.now, log: () => undefined };
    await expect(openCertificate(options)).rejects.toThrow(`${join(folder, "no.crt")} cannot be read (ENOENT)`);
  });

  test("one that has expired, or will in two weeks, is used and said, once a day", async () => {
    const { sentences, write, next } = log();
    let nowMs = Date.parse("2020-12-31T00:00:00Z");
    await open(expiredCertificate, key, { log: write, now: () => nowMs });
    expect(await next()).toBe(`the certificate in ${certificateFile} expires on 2021-01-01T00:00:00.000Z`);
    nowMs += 2 * 24 * 3600_000;
    expect(await next()).toBe(`the certificate in ${certificateFile} expired on 2021-01-01T00:00:00.000Z`);
    expect(sentences).toEqual([]);
  });
});

describe("while it runs", () => {
  test("a new pair is used", async () => {
    const { write, next } = log();
    const files = await open(goodCertificate, key, { log: write });
    const used: string[] = [];
    files.onChange(({ cert }) => void used.push(cert));
    put(certificateFile, otherCertificate);
    expect(await next()).toBe(`the new certificate in ${certificateFile} is in use`);
    expect(used).toEqual([otherCertificate.trim()]);
    expect(files.current.cert).toBe(otherCertificate.trim());
  });

  test("half of a pair, and what cannot be used, is said once, and the old one stays until the other half is there", async () => {
    const { write, next, sentences } = log();
    const files = await open(goodCertificate, key, { log: write });
    put(certificateFile, authority);
    expect(await next()).toBe(
      `${keyFile} does not belong to the first certificate in ${certificateFile}; the certificate from before stays in use`,
    );
    rmSync(keyFile);
    expect(await next()).toBe(`${keyFile} cannot be read (ENOENT); the certificate from before stays in use`);
    expect(files.current.cert).toBe(goodCertificate.trim());
    put(keyFile, authorityKey);
    expect(await next()).toBe(`the new certificate in ${certificateFile} is in use`);
    expect(files.current.cert).toBe(authority.trim());
    expect(sentences).toEqual([]);
  });

  test("after closing nobody looks any more", async () => {
    const { write, sentences } = log();
    const files = await open(goodCertificate, key, { log: write });
    files.close();
    put(certificateFile, otherCertificate);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sentences).toEqual([]);
  });
});
