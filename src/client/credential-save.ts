// Logging in and out: what is kept where docker and podman look for it, too. A helper keeps the secret where one is configured; else it is
// in the file, which is no more than text that only the user may read.

import { existsSync } from "node:fs";
import type { Login } from "./credential.ts";
import {
  canonicalHost,
  dockerKey,
  encodeAuth,
  keysOf,
  parseCredentials,
  type CredentialDocument,
} from "./credential-document.ts";
import { readCredentialFile, type CredentialFilesOptions } from "./credential-files.ts";
import { createHelper, type CredentialHelper } from "./credential-program.ts";
import { listPlaces, listSavePaths } from "./credential-places.ts";
import { updateFile } from "./file-update.ts";

/** A login, or the token that a token server gave for one. */
export type Savable = Login | { readonly username: string; readonly identityToken: string };

export interface Saved {
  readonly path: string;
  /** Who has the secret; undefined: it is in the file, not encrypted. */
  readonly helper: string | undefined;
}

/** @throws REQUEST_INVALID for a file that cannot be used or what a helper says, TIMEOUT of a helper, CONFLICT */
export async function saveCredential(options: CredentialFilesOptions, host: string, savable: Savable): Promise<Saved> {
  const paths = listSavePaths(options);
  const path = paths.find((each) => existsSync(each)) ?? paths[0]!;
  const document = await readDocument(path);
  const helper = document?.helper(host) ?? document?.store;
  const key = dockerKey(host);
  if (helper !== undefined) {
    const [username, secret] =
      "identityToken" in savable ? ["<token>", savable.identityToken] : [savable.username, savable.password];
    await createHelper(helper, options).store(key, username, secret);
  }
  // Docker leaves an empty entry behind, too, where a helper has the secret.
  const entry = helper === undefined ? toEntry(savable) : {};
  await updateFile(path, (text) => edit(text ?? "", path, host, (auths) => (auths[key] = entry)));
  return { path, helper };
}

/** Every file and helper that knows the host forgets it; entries of paths below it stay. The names of those that did. @throws as saveCredential */
export async function eraseCredential(options: CredentialFilesOptions, host: string): Promise<string[]> {
  const erased: string[] = [];
  for (const place of listPlaces(options)) {
    if ("variable" in place) continue;
    const { old, path } = place;
    const document = await readDocument(path, old);
    if (document === undefined) continue;
    for (const name of new Set([document.helper(host), document.store])) {
      if (name === undefined) continue;
      const wasThere = await eraseFrom(createHelper(name, options), host, document.find(host, undefined) !== undefined);
      if (wasThere) erased.push(`docker-credential-${name}`);
    }
    if (document.keys(host).length === 0) continue;
    await updateFile(path, (text) => (text === undefined ? undefined : edit(text, path, host, () => undefined, old)));
    erased.push(path);
  }
  return erased;
}

/** Whether there was something. `expected`: the file says so. */
async function eraseFrom(helper: CredentialHelper, host: string, expected: boolean): Promise<boolean> {
  let found = false;
  for (const server of new Set([dockerKey(host), canonicalHost(host), ...(await listServers(helper, host))])) {
    const answer = await helper.get(server);
    // It is not there (any more), and so is nothing of ours.
    if (answer === "no program" && !expected) return false;
    if (answer === undefined) continue;
    await helper.erase(server);
    found = true;
  }
  return found;
}

/** Other names under which it may have the host, such as one with https:// before it. */
async function listServers(helper: CredentialHelper, host: string): Promise<readonly string[]> {
  try {
    return keysOf(await helper.list(), host);
  } catch {
    return []; // not every helper can list, and one that does not work at all says so when it is asked for the host
  }
}

async function readDocument(path: string, old?: boolean): Promise<CredentialDocument | undefined> {
  const text = await readCredentialFile(path);
  return text === undefined ? undefined : parseCredentials(text, path, old);
}

type Entries = Record<string, unknown>;

/** The text without the host's entries, and with what `add` does; everything else as it was, indented as it was. */
function edit(text: string, path: string, host: string, add: (auths: Entries) => void, old = false): string {
  const document = parseCredentials(text, path, old);
  const { fields } = document;
  const auths = (old ? fields : (fields["auths"] ??= {})) as Entries;
  for (const key of document.keys(host)) delete auths[key];
  add(auths);
  const indent = /^[ \t]*\{[ \t]*\r?\n([ \t]+)"/.exec(text)?.[1] ?? (text.trim() === "" ? "\t" : "");
  return `${JSON.stringify(fields, undefined, indent)}${text.endsWith("\n") || text === "" ? "\n" : ""}`;
}

function toEntry(savable: Savable): Entries {
  if ("password" in savable) return { auth: encodeAuth(savable.username, savable.password) };
  return { auth: encodeAuth(savable.username, ""), identitytoken: savable.identityToken };
}
