// Who we are to a registry, from where docker, podman and their kin keep it.

import type { Credential } from "../client/credential.ts";
import type { CredentialFilesOptions } from "../client/credential-files.ts";
import type { Environment } from "./environment.ts";
import type { RegistryFlags } from "./registry-flags.ts";

export function credentialPlaces({ env, home }: Environment, { authFile }: RegistryFlags): CredentialFilesOptions {
  return { env, home, ...(authFile !== undefined && { file: authFile }) };
}

/** Undefined: nobody is logged in. @throws REQUEST_INVALID, and TIMEOUT of a helper */
export async function findCredential(
  environment: Environment,
  flags: RegistryFlags,
  host: string,
  repository: string | undefined,
): Promise<Credential | undefined> {
  const { credentialsFromFiles } = await import("../client/credential-files.ts");
  return await credentialsFromFiles(credentialPlaces(environment, flags)).get(host, repository);
}
