// How a registry is spoken to. TLS with a certificate that is checked, always, but for this machine and for hosts that are named insecure.

import type { Environment } from "./environment.ts";
import type { TlsFlags } from "./registry-flags.ts";
import { speaksTls } from "./tls-probe.ts";

export interface RegistryAddress {
  readonly registryUrl: string;
  readonly verifyTls: boolean;
}

/** `host` as in references. */
export async function registryAddress(
  host: string,
  flags: TlsFlags,
  environment: Pick<Environment, "env">,
): Promise<RegistryAddress> {
  const { tlsVerify } = flags;
  if (tlsVerify === true) return { registryUrl: `https://${host}`, verifyTls: true };
  if (isInsecure(host, flags, environment) || (tlsVerify === false && (await isLoopback(host)))) {
    return { registryUrl: `${(await speaksTls(host)) ? "https" : "http"}://${host}`, verifyTls: false };
  }
  if (tlsVerify === false) return { registryUrl: `https://${host}`, verifyTls: false };
  return { registryUrl: host, verifyTls: true };
}

/** Whether somebody said that anybody on the way to the host may read along. */
export function isInsecure(host: string, { insecure }: TlsFlags, { env }: Pick<Environment, "env">): boolean {
  return insecure === true || (env["HYTHE_INSECURE"] ?? "").split(/[\s,]+/).includes(host);
}

async function isLoopback(host: string): Promise<boolean> {
  const { parseRegistryUrl } = await import("../client/registry-url.ts");
  return parseRegistryUrl(host).protocol === "http:";
}
