// The way to a host, step by step: its name, a connection, TLS. The transport does the same at once; here each step is looked at.

import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions, type PeerCertificate, type TLSSocket } from "node:tls";
import type { RegistryError } from "../oci/errors.ts";
import { literalAddress, type Network } from "./address-guard.ts";
import { failureOf, timeoutFailure, type Failure } from "./transport-failure.ts";
import { connectOptions, type TlsSettings } from "./transport.ts";
import { connectionError } from "./wire-errors.ts";

/** Where to connect to: the registry, or the proxy before it. */
export interface Hop {
  readonly url: URL;
  readonly network: Network;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses that it is for. */
  readonly names: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
}

export interface Handshake {
  /** Such as TLSv1.3. */
  readonly protocol: string;
  readonly certificate: CertificateFacts | undefined;
  /** Undefined: it is for this host, and somebody we trust says so. */
  readonly distrust: RegistryError | undefined;
}

/** @throws UNREACHABLE, TIMEOUT */
export async function findAddresses(hop: Hop): Promise<readonly string[]> {
  const { hostname } = hop.url;
  const literal = literalAddress(hop.url);
  if (literal !== undefined) return [literal];
  const { lookup } = hop.network;
  return inTime(hop, false, (resolve, reject) => {
    lookup(hostname, { all: true }, (error, found) => {
      if (error !== null) reject(error);
      else resolve((Array.isArray(found) ? found : []).map(({ address }) => address));
    });
  });
}

/** The caller destroys the socket. @throws UNREACHABLE, TIMEOUT */
export async function openConnection(hop: Hop): Promise<Socket> {
  const { network, url } = hop;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const socket = connectTcp({ host: bareHost(url), port, lookup: network.lookup });
  socket.on("error", () => undefined); // whoever waits for something is told
  try {
    await inTime(hop, false, (resolve, reject) => {
      once(socket, "connect").then(resolve, reject);
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Whatever the certificate, it is looked at; the caller destroys the socket below. @throws UNREACHABLE, TIMEOUT */
export async function shakeHands(hop: Hop, socket: Socket, tls: TlsSettings): Promise<Handshake> {
  const host = bareHost(hop.url);
  const secure = connectTls({
    ...(connectOptions(tls) as ConnectionOptions),
    socket,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: false,
  });
  secure.on("error", () => undefined);
  await inTime(hop, true, (resolve, reject) => {
    once(secure, "secureConnect").then(resolve, reject);
  });
  return {
    protocol: secure.getProtocol() ?? "TLS",
    certificate: factsOf(secure.getPeerCertificate()),
    distrust: secure.authorized ? undefined : toError(hop, failureOf({ code: distrustOf(secure) }, true)),
  };
}

/** Node keeps the code of the verification, although its types call it an error. */
function distrustOf(secure: TLSSocket): string {
  return String(secure.authorizationError);
}

function factsOf({
  issuer,
  subject,
  subjectaltname,
  valid_from: from,
  valid_to: to,
}: PeerCertificate): CertificateFacts | undefined {
  if (typeof from !== "string") return undefined; // none was shown
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    names: (subjectaltname ?? "").split(", ").flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []),
    validFrom: new Date(from),
    validTo: new Date(to),
  };
}

function nameOf(who: PeerCertificate["subject"] | undefined): string {
  const { CN, O } = who ?? {};
  return [CN, O].flat().find((part) => part !== undefined && part !== "") ?? "nobody in particular";
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

async function inTime<Value>(
  hop: Hop,
  arrived: boolean,
  start: (resolve: (value: Value) => void, reject: (error: unknown) => void) => void,
): Promise<Value> {
  const { signal, timeout } = hop;
  const { promise: late, reject: giveUp } = withReject();
  const timer = setTimeout(() => giveUp(toError(hop, timeoutFailure(timeout, arrived))), timeout);
  const abort = (): void => giveUp(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const work = new Promise<Value>((resolve, reject) => {
      start(resolve, (error) => reject(toError(hop, failureOf(error, arrived))));
    });
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, rejecting) => (reject = rejecting));
  promise.catch(() => undefined);
  return { promise, reject };
}

function toError({ url }: Hop, failure: Failure): RegistryError {
  return connectionError(failure, { host: url.host, method: "GET", path: "/v2/", attempts: 1 });
}
