// A registry over HTTP for tests of clients: a registry in memory behind our own door, with a token server and a blob store on ports of
// their own, and a switch for every bad manner and every fault. With no switch on, it passes the registry contract.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { decideOpen } from "../../src/access/open.ts";
import { createListener } from "../../src/http/listener.ts";
import { createTraffic, type Handler } from "../../src/http/traffic.ts";
import type { Registry } from "../../src/oci/registry.ts";
import { parseRoute, type Route } from "../../src/oci/route.ts";
import { createV2 } from "../../src/v2/door.ts";
import type { FakeExchange, FakeRequest, FakeWorld } from "./fake-exchange.ts";
import { answerStranger, type LoginOptions } from "./login.ts";
import type { MannerName } from "./manners.ts";
import { createMemoryRegistry } from "./memory-registry.ts";
import { startTokenServer, type TokenServer } from "./token-server.ts";

export interface FakeOptions extends Partial<LoginOptions> {
  readonly manners?: readonly MannerName[];
  /** What is in it at the start; absent: nothing. */
  readonly registry?: Registry;
  readonly now?: () => number;
}

export interface FakeRegistry extends AsyncDisposable {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** 127.0.0.1:PORT */
  readonly host: string;
  /** What it holds, without any manners. */
  readonly registry: Registry;
  readonly tokens: TokenServer;
  /** Requests to the registry, in order. */
  readonly requests: readonly FakeRequest[];
  /** Requests to the blob store. */
  readonly storeRequests: readonly FakeRequest[];
  close(): Promise<void>;
}

/** Disposing it throws what the door reported as its own fault meanwhile, so that no test passes over a 5xx. */
export async function startFakeRegistry(options: FakeOptions = {}): Promise<FakeRegistry> {
  const {
    anonymous = "nothing",
    login = "open",
    now = Date.now,
    registry = createMemoryRegistry(),
    users = { robot: "secret" },
  } = options;
  const switches = new Set<MannerName>(options.manners);
  const has = (manner: MannerName): boolean => switches.has(manner);
  const reports: unknown[] = [];
  const report = (error: unknown): void => void reports.push(error);
  const door = createV2({ registry, decide: decideOpen, report });
  const tokens = await startTokenServer({ users, anonymous, has, now });
  const store = await startStore(door);
  const requests: FakeRequest[] = [];

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    requests.push(noteRequest(req, res));
    if (has("realm-is-relative") && req.url!.startsWith("/token")) return tokens.serve(req, res);
    const exchange = toExchange(req, res, world);
    if (answerStranger(exchange, tokens, { login, users, anonymous })) return;
    await door(req, res);
  }

  const listener = await createListener({ host: "127.0.0.1", port: 0, handler: serve, traffic: createTraffic(), report });
  const url = `http://127.0.0.1:${listener.port}`;
  const world: FakeWorld = { url, storeUrl: store.url, registry, has, counts: new Map() };
  const close = async (): Promise<void> => {
    await listener.close(0);
    await tokens.close();
    await store.close();
    if (reports.length > 0) throw new AggregateError(reports, "the fake registry reported errors of its own");
  };
  return {
    url,
    host: `127.0.0.1:${listener.port}`,
    registry,
    tokens,
    requests,
    storeRequests: store.requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function noteRequest(req: IncomingMessage, res: ServerResponse): FakeRequest {
  const [path = "", query = ""] = req.url!.split("?", 2);
  const scheme = /^(basic|bearer) /i.exec(req.headers.authorization ?? "")?.[1]?.toLowerCase();
  const { authorization: sent, ...headers } = req.headers;
  const request: FakeRequest = {
    method: req.method!,
    path,
    query,
    authorization: sent === undefined ? "none" : ((scheme as "basic" | "bearer" | undefined) ?? "other"),
    headers,
  };
  res.on("finish", () => void (request.status = res.statusCode));
  return request;
}

function toExchange(req: IncomingMessage, res: ServerResponse, world: FakeWorld): FakeExchange {
  const query = new URL(req.url!, "http://fake").searchParams;
  return { req, res, method: req.method!, route: routeOf(req.url!), query, world };
}

function routeOf(url: string): Route | undefined {
  try {
    return parseRoute(url);
  } catch {
    return undefined; // the door says what is wrong with it
  }
}

interface Store {
  readonly url: string;
  readonly requests: readonly FakeRequest[];
  close(): Promise<void>;
}

/** Blobs from another origin, by signed URLs: like S3 it refuses a second way to authenticate. */
async function startStore(door: Handler): Promise<Store> {
  const requests: FakeRequest[] = [];
  const server = createServer((req, res) => {
    requests.push(noteRequest(req, res));
    if (req.headers.authorization !== undefined) {
      res.writeHead(400, { "content-type": "application/xml" }).end("<Error><Code>InvalidArgument</Code></Error>");
      return;
    }
    void door(req, res);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
