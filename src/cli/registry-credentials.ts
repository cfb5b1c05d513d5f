// Who we are to a registry, from where docker, podman and their kin keep it, and what a login is for.

import { RegistryError } from "../oci/errors.ts";
import { parseRegistryHost } from "../oci/image-reference.ts";
import type { Credential } from "../client/credential.ts";
import type { CredentialFilesOptions } from "../client/credential-files.ts";
import type { Environment } from "./environment.ts";
import type { RegistryFlags } from "./registry-flags.ts";

export function credentialPlaces(
  { env, home }: Pick<Environment, "env" | "home">,
  { authFile }: Pick<RegistryFlags, "authFile">,
): CredentialFilesOptions {
  return { env, home, ...(authFile !== undefined && { file: authFile }) };
}

/** Undefined: nobody is logged in. @throws REQUEST_INVALID, and TIMEOUT of a helper */
export async function findCredential(
  environment: Pick<Environment, "env" | "home">,
  flags: Pick<RegistryFlags, "authFile">,
  host: string,
  repository: string | undefined,
): Promise<Credential | undefined> {
  const { credentialsFromFiles } = await import("../client/credential-files.ts");
  return await credentialsFromFiles(credentialPlaces(environment, flags)).get(host, repository);
}

/** The host of a login, however it is copied from somewhere; absent: Docker Hub, as with docker. @throws NAME_INVALID, REQUEST_INVALID */
export function parseLoginHost(text = "docker.io"): string {
  const [host = "", ...path] = text
    .replace(/^https?:\/\//i, "")
    .replace(/\/+$/, "")
    .split("/");
  // Docker Hub's address, from the times of the first API.
  if (path.length === 0 || /^v[12]$/.test(path.join("/"))) return parseRegistryHost(host);
  throw new RegistryError("REQUEST_INVALID", {
    message: `a login is for a whole registry: leave off /${path.join("/")}, as in ${host}`,
  });
}
