// Who we are to a registry, from where docker, podman and their kin keep it.

import type { Credential } from "../client/credential.ts";
import type { Environment } from "./environment.ts";
import type { RegistryFlags } from "./registry-flags.ts";

/** Undefined: nobody is logged in. @throws REQUEST_INVALID */
export async function findCredential(
  _environment: Environment,
  _flags: RegistryFlags,
  _host: string,
  _repository: string | undefined,
): Promise<Credential | undefined> {
  return undefined;
}
