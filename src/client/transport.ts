// Connections to hosts: pooled per origin, TLS and proxy per host, one request and its answer at a time. No redirects, no retries, no
// authorization: exchange.ts puts those on top. Addresses are checked here, where the connection is really made.

import { rootCertificates } from "node:tls";
import type { buildConnector as Connector, Dispatcher } from "undici";
import { guardLookup, privateAddressError, refusesLiteral, systemNetwork, type Network } from "./address-guard.ts";
import { buildConnector, createProxyAgent, Pool } from "./dispatchers.ts";
import { failureOf, type Failure } from "./transport-failure.ts";
import { exchangeOver, type RawRequest, type RawResponse } from "./transport-exchange.ts";

export interface TlsSettings {
  /** PEM, trusted beside the authorities that Node knows. */
  readonly ca?: string;
  /** PEM of the client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** false: any certificate is taken. */
  readonly verify?: boolean;
}

export interface TransportOptions {
  /** Milliseconds for connecting and the first byte of the answer, and again without progress of a body. Default 30,000. */
  readonly timeout?: number;
  /** For `host[:port]`; a client certificate must be given to its own host only. */
  readonly tls?: (host: string) => TlsSettings | undefined;
  /** Which proxy stands between, see proxiesFrom. Default: none. */
  readonly proxy?: (url: URL) => URL | undefined;
  /** Default `hythe`. */
  readonly userAgent?: string;
  readonly network?: Network;
}

export interface Transport {
  /** Milliseconds, see TransportOptions. */
  readonly timeout: number;
  /** One request and the start of its answer; a failed connection is a value, only the signal makes it reject. */
  exchange(request: RawRequest): Promise<RawResponse | Failure>;
  /** Whether a host is on the Internet: by the addresses its connections had, before the first one by its name. */
  isPublic(url: URL): boolean;
  /** Ends everything in flight; nothing is sent after it. */
  close(): Promise<void>;
}

/** Bytes of all headers of an answer. */
const maxHeaderBytes = 32 * 1024;
/** Hosts whose connections are kept; a registry that redirects to ever new ones must not fill the memory. */
const maxPools = 64;

interface HostPool {
  readonly dispatcher: Dispatcher;
  /** One public address is enough to be public for ever. */
  publicSeen: boolean;
  privateSeen: boolean;
}

export function createTransport(options: TransportOptions = {}): Transport {
  const { timeout = 30_000, network = systemNetwork, userAgent = "hythe" } = options;
  const pools = new Map<string, HostPool>();
  let isClosed = false;

  function poolFor(url: URL, guarded: boolean): HostPool {
    const key = guarded ? `guarded ${url.origin}` : url.origin;
    const pool = pools.get(key) ?? openPool(url, guarded, options, timeout);
    pools.delete(key); // the last in the map is the last used
    pools.set(key, pool);
    for (const [oldest, { dispatcher }] of pools) {
      if (pools.size <= maxPools) break;
      pools.delete(oldest);
      void dispatcher.close(); // after what it has in flight
    }
    return pool;
  }

  return {
    timeout,
    exchange(request) {
      if (isClosed) return Promise.resolve(failureOf({ code: "UND_ERR_CLOSED" }, false));
      if (request.guarded && refusesLiteral(request.url, network)) {
        const { message } = privateAddressError(request.url.host);
        return Promise.resolve({ code: "PROTOCOL_VIOLATED", message, cause: undefined, transient: false, arrived: false });
      }
      const headers = { "accept-encoding": "identity", "user-agent": userAgent, ...request.headers };
      return exchangeOver(poolFor(request.url, request.guarded).dispatcher, { ...request, headers }, timeout);
    },
    isPublic(url) {
      const pool = pools.get(url.origin);
      if (pool?.publicSeen === true) return true;
      return pool?.privateSeen === true ? false : !refusesLiteral(url, network);
    },
    async close() {
      isClosed = true;
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map(({ dispatcher }) => dispatcher.destroy()));
    },
  };
}

function openPool(url: URL, guarded: boolean, options: TransportOptions, timeout: number): HostPool {
  const { network = systemNetwork } = options;
  const tls = connectOptions(options.tls?.(url.host) ?? {});
  const proxy = options.proxy?.(url);
  const limits = { maxHeaderSize: maxHeaderBytes, headersTimeout: 0, bodyTimeout: 0 }; // the times are transport-exchange.ts's
  if (proxy !== undefined) {
    // the proxy resolves the name: there is no address that could be checked
    const dispatcher = createProxyAgent({ uri: proxy.href, proxyTunnel: false, requestTls: { ...tls, timeout }, ...limits });
    return { dispatcher, publicSeen: false, privateSeen: false };
  }
  const lookup = guarded ? guardLookup(network) : network.lookup;
  const connect = buildConnector({ ...tls, lookup, timeout });
  const pool: HostPool = {
    publicSeen: false,
    privateSeen: false,
    dispatcher: new Pool(url.origin, {
      ...limits,
      pipelining: 1,
      connect: (target, done) =>
        connect(target, (...result) => {
          const address = result[1]?.remoteAddress;
          if (address !== undefined) pool[network.isPrivate(address) ? "privateSeen" : "publicSeen"] = true;
          done(...result);
        }),
    }),
  };
  return pool;
}

export function connectOptions({ ca, cert, key, verify = true }: TlsSettings): Connector.BuildOptions {
  return {
    rejectUnauthorized: verify,
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
