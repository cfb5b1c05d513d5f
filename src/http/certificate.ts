// The certificate that the listener shows, out of two files that somebody else renews. What would surprise: they are read again and
// compared rather than watched, because what renews them swaps links, folders and mounts, and does not always tell.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { RegistryError } from "../oci/errors.ts";

/** In PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateFiles {
  /** The last that could be used. */
  readonly current: Certificate;
  /** Called with every new one. */
  onChange(use: (certificate: Certificate) => void): void;
  /** Ends the looking. */
  close(): void;
}

export interface CertificateOptions {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly now: () => number;
  readonly log: (sentence: string) => void;
  /** Between two looks. */
  readonly everyMs?: number;
}

const dayMs = 24 * 3600_000;
/** Who renews by machine does it long before. */
const warnMs = 14 * dayMs;

/** Resolves when the first one is read. The caller closes it. @throws REQUEST_INVALID: a sentence that names the file */
export async function openCertificate(options: CertificateOptions): Promise<CertificateFiles> {
  const { certificateFile, log, now, everyMs = 10_000 } = options;
  let seen = await readTexts(options);
  let current = toCertificate(options, seen);
  let complaint = "";
  let warnedMs = Number.NEGATIVE_INFINITY;
  const uses: ((certificate: Certificate) => void)[] = [];

  const look = async (): Promise<void> => {
    try {
      const found = await readTexts(options);
      complaint = "";
      if (found.cert === seen.cert && found.key === seen.key) return;
      seen = found;
      current = toCertificate(options, found);
      for (const use of uses) use(current);
      warnedMs = Number.NEGATIVE_INFINITY;
      log(`the new certificate in ${certificateFile} is in use`);
    } catch (error) {
      // A renewal may be half done. If not, this sentence is what somebody has to know; once is enough to read.
      const { message } = error as Error;
      if (message !== complaint) log(`${message}; the certificate from before stays in use`);
      complaint = message;
    }
  };
  const warn = (): void => {
    const endMs = new X509Certificate(current.cert).validToDate.getTime();
    if (endMs - now() > warnMs || now() - warnedMs < dayMs) return;
    warnedMs = now();
    log(`the certificate in ${certificateFile} ${endMs < now() ? "expired" : "expires"} on ${new Date(endMs).toISOString()}`);
  };
  warn();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const plan = (): void => {
    if (closed) return;
    timer = setTimeout(() => void look().then(warn).then(plan), everyMs).unref();
  };
  plan();

  return {
    get current() {
      return current;
    },
    onChange: (use) => void uses.push(use),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

async function readTexts({ certificateFile, keyFile }: CertificateOptions): Promise<Certificate> {
  const [cert, key] = await Promise.all([readText(certificateFile), readText(keyFile)]);
  return { cert, key };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unusable(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

/** Everything that a handshake would fall over later. */
function toCertificate({ certificateFile, keyFile }: CertificateOptions, texts: Certificate): Certificate {
  const blocks = texts.cert.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw unusable(certificateFile, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  const [first] = blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw unusable(certificateFile, `cannot be read: its certificate ${index + 1} is damaged`, cause);
    }
  });
  let fits: boolean;
  try {
    fits = first!.checkPrivateKey(createPrivateKey(texts.key));
  } catch (cause) {
    throw unusable(keyFile, "is not a private key in PEM without a passphrase", cause);
  }
  if (!fits) throw unusable(keyFile, `does not belong to the first certificate in ${certificateFile}`);
  const certificate = { cert: blocks.join("\n"), key: texts.key };
  try {
    createSecureContext(certificate);
  } catch (cause) {
    throw unusable(certificateFile, "cannot be used for TLS: its key or signature is too weak or of an unknown kind", cause);
  }
  return certificate;
}

function unusable(path: string, what: string, cause?: unknown): RegistryError {
  return new RegistryError("REQUEST_INVALID", { message: `${path} ${what}`, cause });
}
