// Credentials from where docker, podman and their kin keep them: files, a variable of the environment, and the helper programs that the
// files name. Files are read again after five seconds, helpers run again after an hour or a refusal: whoever asks may run for long.

import { readFile } from "node:fs/promises";
import { createRegistryError } from "../oci/errors.ts";
import type { Credential, CredentialSource } from "./credential.ts";
import { canonicalHost, dockerKey, parseCredentials, type CredentialDocument } from "./credential-document.ts";
import { createHelper, type HelperOptions } from "./credential-program.ts";
import { listPlaces, type CredentialPlaces, type Place } from "./credential-places.ts";

export interface CredentialFilesOptions extends CredentialPlaces, HelperOptions {
  /** Milliseconds. Default Date.now. */
  readonly now?: () => number;
}

type Answer = Credential | "no program" | undefined;

const fileMs = 5000;
const helperMs = 3_600_000;
/** Of what a helper does not know, or could not say. */
const failureMs = 5000;

/** For ClientOptions. `get` @throws REQUEST_INVALID naming file and place, or what a helper says; TIMEOUT of a helper */
export function credentialsFromFiles(options: CredentialFilesOptions): CredentialSource {
  const { now = Date.now } = options;
  const files = createRecall<CredentialDocument | undefined>(now, () => fileMs);
  const answers = createRecall<Answer>(now, (answer) => (typeof answer === "object" ? helperMs : failureMs));

  async function ask(helper: string, host: string): Promise<Answer> {
    // Docker names Docker Hub by its old address, podman by its host.
    for (const server of new Set([dockerKey(host), canonicalHost(host)])) {
      const answer = await answers.get(`${helper} ${server}`, () => createHelper(helper, options).get(server));
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  async function findIn(document: CredentialDocument, host: string, repository: string | undefined): Promise<Answer> {
    const own = document.helper(host);
    if (own !== undefined) {
      const answer = await ask(own, host);
      if (answer !== undefined) return known(answer, own, document, host);
    }
    const entry = document.find(host, repository);
    if (entry?.credential !== undefined || document.store === undefined) return entry?.credential;
    const answer = await ask(document.store, host);
    // Where docker has saved something there is at least an empty entry: without one, a program that is not there has no secret of ours.
    return answer === "no program" && entry === undefined ? undefined : known(answer, document.store, document, host);
  }

  return {
    async get(host, repository) {
      // One after the other: what comes later, and may be damaged, is nobody's business once the host is found.
      for (const [at, place] of listPlaces(options).entries()) {
        const document = await files.get(String(at), () => readPlace(place));
        const found = document && (await findIn(document, host, repository));
        if (typeof found === "object") return found;
      }
      return undefined;
    },
    refused: () => answers.clear(),
  };
}

function known(answer: Answer, helper: string, { name }: CredentialDocument, host: string): Credential | undefined {
  if (answer !== "no program") return answer;
  throw createRegistryError("REQUEST_INVALID", {
    message: `docker-credential-${helper}, which has the login of ${host} according to ${name}, cannot be run: is it installed, and in the PATH?`,
  });
}

async function readPlace(place: Place): Promise<CredentialDocument | undefined> {
  if ("variable" in place) return parseCredentials(place.text, place.variable);
  const { mustExist, old, path } = place;
  const text = await readCredentialFile(path);
  if (text !== undefined) return parseCredentials(text, path, old);
  if (mustExist !== true) return undefined;
  throw createRegistryError("REQUEST_INVALID", { message: `${path} is not there: it was named as the file of credentials` });
}

/** Undefined: there is none. @throws REQUEST_INVALID */
export async function readCredentialFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const why = code === "EISDIR" ? "is a folder, not a file of credentials" : `cannot be read (${code})`;
    throw createRegistryError("REQUEST_INVALID", { message: `${path} ${why}`, cause: error });
  }
}

interface Recall<Value> {
  /** The value, loaded once for all who ask until it is too old. */
  get(key: string, load: () => Promise<Value>): Promise<Value>;
  clear(): void;
}

function createRecall<Value>(now: () => number, lifetime: (value: Value) => number): Recall<Value> {
  const entries = new Map<string, { readonly value: Promise<Value>; until: number }>();
  return {
    get(key, load) {
      const entry = entries.get(key);
      if (entry !== undefined && now() < entry.until) return entry.value;
      const next = { value: load(), until: Number.POSITIVE_INFINITY };
      entries.set(key, next);
      next.value.then(
        (value) => (next.until = now() + lifetime(value)),
        () => (next.until = now() + failureMs),
      );
      return next.value;
    },
    clear: () => entries.clear(),
  };
}
