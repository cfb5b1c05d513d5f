// A registry over HTTP for tests of clients: a registry in memory behind our own door, with a token server and a blob store on ports of
// their own, and a switch for every bad manner and every fault. With no switch on, it passes the registry contract.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createListener } from "../../src/http/listener.ts";
import { createTraffic, type Handler } from "../../src/http/traffic.ts";
import type { Registry } from "../../src/oci/registry.ts";
import { parseRoute, type Route } from "../../src/oci/route.ts";
import { createV2 } from "../../src/v2/door.ts";
import { editAnswer } from "./answer-editor.ts";
import { answerBlob, editBlob } from "./blobs.ts";
import type { FakeAnswer, FakeExchange, FakeRequest, FakeWorld } from "./fake-exchange.ts";
import { commit, findFault, type Fault, type FaultPlace, type FaultRule } from "./faults.ts";
import { answerList } from "./lists.ts";
import { answerStranger, type LoginOptions } from "./login.ts";
import { answerManifest, editManifest } from "./manifests.ts";
import type { MannerName } from "./manners.ts";
import { createMemoryRegistry } from "./memory-registry.ts";
import { answerReferrers, editSubject } from "./referrers.ts";
import { startTokenServer, type TokenServer } from "./token-server.ts";
import { answerUpload, editUpload } from "./uploads.ts";

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
  /** From now on this happens; `hits` counts. What was asked for first happens first. */
  fail(fault: Fault, place?: FaultPlace): FaultRule;
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
  const door = createV2({ registry, report });
  const tokens = await startTokenServer({ users, anonymous, has, now });
  const store = await startStore(door);
  const requests: FakeRequest[] = [];
  const faults: FaultRule[] = [];

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (has("realm-is-relative") && req.url!.startsWith("/token")) return tokens.serve(req, res);
    const exchange = toExchange(req, res, world);
    if (answerStranger(exchange, tokens, { login, users, anonymous })) return;
    editAnswer(res, (answer) => edit(exchange, answer));
    if (!(await answerBadly(exchange))) await door(req, res);
  }

  async function meet(req: IncomingMessage, res: ServerResponse): Promise<void> {
    requests.push(noteRequest(req, res));
    const fault = findFault(faults, req);
    if (fault !== undefined) return commit(fault, req, res, serve);
    if (has("cuts-connections") && requests.length % cutEvery === 0) return void req.socket.destroy();
    await serve(req, res);
  }

  const listener = await createListener({ host: "127.0.0.1", port: 0, handler: meet, traffic: createTraffic(), report });
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
    fail(fault, place = {}) {
      const rule: FaultRule = { ...place, fault, hits: 0 };
      faults.push(rule);
      return rule;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const cutEvery = 7;

/** Whether a manner has answered. */
async function answerBadly(exchange: FakeExchange): Promise<boolean> {
  return (
    answerUpload(exchange) ||
    (await answerList(exchange)) ||
    (await answerManifest(exchange)) ||
    (await answerReferrers(exchange)) ||
    answerBlob(exchange)
  );
}

function edit(exchange: FakeExchange, answer: FakeAnswer): void {
  editManifest(exchange, answer);
  editSubject(exchange, answer);
  editBlob(exchange, answer);
  editUpload(exchange, answer);
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
