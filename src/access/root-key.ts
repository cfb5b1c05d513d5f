// The one secret from which all keys of access are derived. What would surprise: it is a file beside the data and never in the database,
// so that a dump of the database holds nothing with which anybody could sign in. Losing it only ends what was issued.

import { hkdfSync, randomBytes } from "node:crypto";
import { link, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RegistryError } from "../oci/errors.ts";

const fileName = "access.key";
const minLength = 32;

/**
 * `configured`: what several processes share; absent: that of the data folder, made when there is none.
 * @throws REQUEST_INVALID when it is too short to be secret, UNAVAILABLE when the file cannot be read or written
 */
export async function loadRootKey(folder: string, configured: string | undefined): Promise<Uint8Array> {
  const text = configured ?? (await readOrMake(join(folder, fileName)));
  if (text.length < minLength) {
    const where = configured === undefined ? join(folder, fileName) : "access.secret";
    throw new RegistryError("REQUEST_INVALID", {
      message: `${where} must have at least ${minLength} random characters, such as those of: openssl rand -base64 32`,
    });
  }
  return new Uint8Array(hkdfSync("sha256", text, "", "hythe root key", 32));
}

async function readOrMake(path: string): Promise<string> {
  try {
    return (await readIfThere(path)) ?? (await make(path));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RegistryError("UNAVAILABLE", { message: `${path} cannot be used: ${code ?? String(cause)}`, cause });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whole or not at all, and of two processes that start at once both take the same. */
async function make(path: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await unlink(draft);
  }
  return (await readFile(path, "utf8")).trim();
}
