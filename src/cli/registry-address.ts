// How a registry is spoken to. TLS with a certificate that is checked, always, but for this machine and for hosts that are named insecure.

import type { Environment } from "./environment.ts";
import type { RegistryFlags } from "./registry-flags.ts";
import { speaksTls } from "./tls-probe.ts";

export interface RegistryAddress {
  readonly registryUrl: string;
  readonly verifyTls: boolean;
}

/** `host` as in references. */
export async function registryAddress(
  host: string,
  { insecure, tlsVerify }: Pick<RegistryFlags, "insecure" | "tlsVerify">,
  { env }: Pick<Environment, "env">,
): Promise<RegistryAddress> {
  if (tlsVerify === true) return { registryUrl: `https://${host}`, verifyTls: true };
  const isNamed = insecure === true || (env["HYTHE_INSECURE"] ?? "").split(/[\s,]+/).includes(host);
  if (isNamed || (tlsVerify === false && (await isLoopback(host)))) {
    return { registryUrl: `${(await speaksTls(host)) ? "https" : "http"}://${host}`, verifyTls: false };
  }
  if (tlsVerify === false) return { registryUrl: `https://${host}`, verifyTls: false };
  return { registryUrl: host, verifyTls: true };
}

async function isLoopback(host: string): Promise<boolean> {
  const { parseRegistryUrl } = await import("../client/registry-url.ts");
  return parseRegistryUrl(host).protocol === "http:";
}
