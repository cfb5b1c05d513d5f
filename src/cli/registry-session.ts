// A verb's way to a registry: its address, credentials and deadlines found out, the client opened and closed, and errors turned into
// sentences that say what to do. The client is loaded here, when it is needed.

import type { ClientOptions, RegistryClient } from "../client/client.ts";
import type { Credential } from "../client/credential.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Environment } from "./environment.ts";
import type { Place } from "./image-argument.ts";
import { explainFailure } from "./registry-advice.ts";
import { registryAddress, type RegistryAddress } from "./registry-address.ts";
import { findCredential } from "./registry-credentials.ts";
import type { RegistryFlags } from "./registry-flags.ts";

export interface Session extends AsyncDisposable {
  readonly registry: RegistryClient;
  readonly place: Place;
  /** The error with what to do about it. Never rejects. */
  explain(error: unknown): Promise<unknown>;
}

/** What a verb does with a registry. */
export type Work<Result> = (registry: RegistryClient, signal: AbortSignal) => Promise<Result>;

/** Opens the registry of `place`, does the work and closes it. @throws RegistryError with what to do about it */
export async function withRegistry<Result>(
  environment: Environment,
  flags: RegistryFlags,
  place: Place,
  work: Work<Result>,
): Promise<Result> {
  await using session = await openSession(environment, flags, place);
  try {
    return await work(session.registry, untilStopped(environment));
  } catch (error) {
    throw await session.explain(error);
  }
}

/** The caller closes it. `as`: instead of who is logged in. @throws REQUEST_INVALID for credentials that cannot be read */
export async function openSession(
  environment: Environment,
  flags: RegistryFlags,
  place: Place,
  as?: Credential,
): Promise<Session> {
  const [{ account, address, options }, { createRegistryClient }] = await Promise.all([
    findWay(environment, flags, place, as),
    import("../client/client.ts"),
  ]);
  const registry = createRegistryClient(options);
  return {
    registry,
    place,
    explain: (error) => explainFailure(error, { registry, place, account, address }),
    [Symbol.asyncDispose]: () => registry.close(),
  };
}

export interface Way {
  readonly options: ClientOptions;
  readonly address: RegistryAddress;
  /** Who is logged in; undefined: nobody. */
  readonly account: string | undefined;
}

/** How the registry of `place` is spoken to, and as whom. @throws REQUEST_INVALID for credentials that cannot be read */
export async function findWay(
  environment: Environment,
  flags: RegistryFlags,
  { host, repository }: Place,
  as?: Credential,
): Promise<Way> {
  const [credential, address, { proxiesFrom }, { tlsFromFolders }] = await Promise.all([
    as ?? findCredential(environment, flags, host, repository),
    registryAddress(host, flags, environment),
    import("../client/proxy.ts"),
    import("../client/tls-files.ts"),
  ]);
  const options: ClientOptions = {
    ...address,
    ...credential,
    timeout: flags.timeout,
    maxRetries: flags.retries,
    proxy: proxiesFrom(environment.env),
    allowedRealms: hostsIn(environment.env["HYTHE_ALLOWED_REALMS"]),
    tls: address.verifyTls ? tlsFromFolders(certificateFolders(environment)) : undefined,
    tagDeletion: flags.tagDeletion,
    onWarning: (warning) => void environment.stderr.write(`${host}: ${warning}\n`).catch(() => undefined),
  };
  return { options, address, account: accountOf(credential) };
}

/** Separated by commas or spaces. */
function hostsIn(text = ""): string[] {
  return text.split(/[\s,]+/).filter((host) => host !== "");
}

/** Aborted when the process is asked to stop, so that what is half done is tidied up. */
export function untilStopped(environment: Environment): AbortSignal {
  const stop = new AbortController();
  const reason = new RegistryError("UNKNOWN", { message: "stopped" });
  void environment.untilStopped().then(() => stop.abort(reason));
  return stop.signal;
}

/** Those of docker, of podman and of the machine. */
export function certificateFolders({ home }: Pick<Environment, "home">): string[] {
  return [`${home}/.docker/certs.d`, `${home}/.config/containers/certs.d`, "/etc/docker/certs.d", "/etc/containers/certs.d"];
}

function accountOf(credential: Credential | undefined): string | undefined {
  if (credential === undefined) return undefined;
  return "username" in credential ? credential.username : "a saved token";
}
