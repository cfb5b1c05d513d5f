// What is wrong between us and a registry, found out step by step: its name, a connection, TLS, its API, the login, the rights. The first
// step that fails ends the walk, because nothing behind it can work.

import { createRegistryError, RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { literalAddress, systemNetwork, type Network } from "./address-guard.ts";
import { parseChallenges } from "./challenge.ts";
import type { HostOptions, RequestOptions } from "./client-options.ts";
import { createExchange } from "./exchange.ts";
import { credentialsOf, openHost, type HostConnection } from "./host-connection.ts";
import { isUsable, nothingUsable, toWays, type Ways } from "./login-ways.ts";
import { sendEmpty } from "./operation.ts";
import { adviceFor } from "./ping-advice.ts";
import { findAddresses, openConnection, shakeHands, type CertificateFacts, type Hop } from "./ping-network.ts";
import type { Scope } from "./scope.ts";

export type PingStepName = "name" | "connection" | "TLS" | "registry" | "login" | "rights";

export interface PingStep {
  readonly name: PingStepName;
  readonly ok: boolean;
  /** What was found, one clause. */
  readonly words: string;
  /** What to do, where there is something to do. */
  readonly advice?: string;
  /** Why it is not ok. */
  readonly error?: RegistryError;
  /** Of the step TLS. */
  readonly certificate?: CertificateFacts;
}

export interface PingTarget {
  /** Whether this repository may be read; absent: whether the registry lists what it has. */
  readonly repository?: RepositoryName | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For tests. */
  readonly network?: Network;
}

type Found = Pick<PingStep, "words" | "error" | "certificate">;

/** The steps as they are taken, at most one request each but for the login. Nothing is retried. @throws the signal's reason, REQUEST_INVALID for a bad URL */
export async function* pingRegistry(
  options: HostOptions & RequestOptions,
  target: PingTarget = {},
): AsyncGenerator<PingStep, void> {
  const host = openHost(options, { ...options, maxRetries: 0 });
  const { repository, signal } = target;
  try {
    const credential = await credentialsOf(options).get(host.host, repository);
    const account = credential === undefined ? undefined : "username" in credential ? credential.username : "a saved token";
    const walk: Walk = {
      host,
      proxy: options.proxy?.(host.api),
      account,
      network: target.network ?? systemNetwork,
      timeout: options.timeout ?? 30_000,
      repository,
      signal,
    };
    for await (const step of takeSteps(walk)) {
      yield step;
      if (!step.ok) return;
    }
  } finally {
    await host.close();
  }
}

interface Walk {
  readonly host: HostConnection;
  readonly proxy: URL | undefined;
  /** Who is logged in; undefined: nobody. */
  readonly account: string | undefined;
  readonly network: Network;
  readonly timeout: number;
  readonly repository: RepositoryName | undefined;
  readonly signal: AbortSignal | undefined;
}

async function* takeSteps(walk: Walk): AsyncGenerator<PingStep> {
  const { host, network, proxy, signal, timeout } = walk;
  const hop: Hop = { url: proxy ?? host.api, network, timeout, signal };
  yield attempt(walk, "name", async () => {
    const addresses = await findAddresses(hop);
    const through = proxy === undefined ? "" : `the proxy ${proxy.host} stands before it; `;
    const found =
      literalAddress(hop.url) === undefined ? addresses.slice(0, 4).join(", ") : "an address, no name to be looked up";
    return { words: `${through}${hop.url.hostname} is ${found}` };
  });
  yield* toTheDoor(walk, hop);
  let ways: Ways | undefined;
  yield attempt(walk, "registry", async () => {
    ways = await knock(walk);
    return { words: ways === undefined ? "it is one, and lets everybody in at its door" : `it is one, and wants ${wish(ways)}` };
  });
  if (ways !== undefined) {
    yield attempt(walk, "login", async () => {
      await logIn(walk);
      return { words: walk.account === undefined ? "none is needed: anybody gets a token" : `it accepts ${walk.account}` };
    });
  }
  yield attempt(walk, "rights", () => tryRights(walk));
}

/** A connection, and TLS where it is spoken. */
async function* toTheDoor(walk: Walk, hop: Hop): AsyncGenerator<PingStep> {
  const { host, proxy } = walk;
  let close = (): void => undefined;
  try {
    let socket: Awaited<ReturnType<typeof openConnection>> | undefined;
    yield await attempt(walk, "connection", async () => {
      const opened = (socket = await openConnection(hop));
      close = () => void opened.destroy();
      return { words: `${hop.url.host} can be reached at ${opened.remoteAddress} port ${opened.remotePort}` };
    });
    if (socket === undefined || proxy !== undefined) return;
    if (host.api.protocol === "http:") {
      yield { name: "TLS", ok: true, words: "none: everything goes over the wire as plain text" };
      return;
    }
    const connected = socket;
    yield attempt(walk, "TLS", async () => {
      const { certificate, distrust, protocol } = await shakeHands(hop, connected, host.tls);
      const facts = certificate === undefined ? "no certificate" : describe(certificate);
      const shown = certificate && { certificate };
      if (distrust === undefined) return { words: `${protocol}, ${facts}`, ...shown };
      if (host.tls.verify === false) return { words: `${protocol}, ${facts}; not checked, as you wish`, ...shown };
      return { words: `${distrust.message}: ${facts}`, error: distrust, ...shown };
    });
  } finally {
    close();
  }
}

function describe({ issuer, names, subject, validTo }: CertificateFacts): string {
  const who = names.length === 0 ? subject : names.slice(0, 3).join(", ");
  return `it is for ${who}${names.length > 3 ? ` and ${names.length - 3} more` : ""} by ${issuer}, valid until ${day(validTo)}`;
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** Undefined: no login is wanted. @throws what the front door says */
async function knock({ host, signal }: Walk): Promise<Ways | undefined> {
  const { api, transport } = host;
  let headers: readonly string[] = [];
  const authorizer = {
    authorize: async () => undefined,
    challenged: async (challenges: readonly string[]) => {
      headers = challenges;
      return false;
    },
  };
  const send = createExchange({ registry: api, transport, authorizer, retry: { maxRetries: 0 } });
  const response = await send({ method: "GET", url: "/v2/", scopes: [], answers: [401], signal });
  const body = Buffer.from(await response.bytes(64 * 1024)).toString();
  if (response.status !== 401) {
    if (!/html/i.test(response.header("content-type") ?? "") && !body.trimStart().startsWith("<")) return undefined;
    throw createRegistryError("PROTOCOL_VIOLATED", {
      message: `${response.url.host} answers with a page for people, not like a registry`,
    });
  }
  const challenges = parseChallenges(headers);
  if (isUsable(challenges)) return toWays(challenges, api);
  if (challenges.length > 0) throw nothingUsable(host.host, challenges);
  throw createRegistryError("PROTOCOL_VIOLATED", {
    message: `${api.host} wants a login and does not say how (no WWW-Authenticate)`,
  });
}

function wish({ basic, bearer }: Ways): string {
  const token = bearer && `a token of ${bearer.realm.host}`;
  const login = basic ? "a user name and a password" : undefined;
  return [token, login].filter((each) => each !== undefined).join(", or ");
}

async function logIn({ host, repository, signal }: Walk): Promise<void> {
  const scopes: readonly Scope[] = repository === undefined ? [] : [{ repository, actions: ["pull"] }];
  await sendEmpty(host.send, { method: "GET", url: "/v2/", scopes, signal });
}

async function tryRights(walk: Walk): Promise<Found> {
  const { account, host, repository, signal } = walk;
  if (repository !== undefined) {
    const scopes: readonly Scope[] = [{ repository, actions: ["pull"] }];
    await sendEmpty(host.send, { method: "GET", url: `/v2/${repository}/tags/list?n=1`, scopes, signal });
    return { words: `${account ?? "anybody"} may read ${repository}` };
  }
  if (host.profile.noCatalog !== undefined) return { words: `it lists no repositories: ${host.profile.noCatalog}` };
  try {
    await sendEmpty(host.send, { method: "GET", url: "/v2/_catalog?n=1", scopes: [{ catalog: true }], signal });
    return { words: `${account ?? "anybody"} may list its repositories` };
  } catch (error) {
    const status = error instanceof RegistryError ? (error.request?.status ?? 0) : 0;
    if (status < 400 || status >= 500 || status === 429) throw error;
    return {
      words: `its repositories are not listed for ${account ?? "everybody"}, which is usual: name one to see whether it may be read`,
    };
  }
}

async function attempt(walk: Walk, name: PingStepName, work: () => Promise<Found>): Promise<PingStep> {
  const found = await work().catch((error: unknown): Found => {
    walk.signal?.throwIfAborted();
    if (!(error instanceof RegistryError)) throw error;
    return { words: error.message, error };
  });
  const { error } = found;
  const { account, host } = walk;
  const advice = error && adviceFor(name, error, { account, host: host.host, login: host.profile.login });
  return { name, ok: error === undefined, ...found, ...(advice !== undefined && { advice }) };
}
