// What every handler of the distribution door gets, and how it answers. What would surprise: headers go out as one flat list in
// one call, because that is the cheapest way through Node and keeps every Content-Type exact (a charset breaks clients).

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../access/caller.ts";
import type { Principal } from "../access/principal.ts";
import type { ReportError } from "../http/error-edge.ts";
import type { Registry } from "../oci/registry.ts";
import type { RouteKind, RouteOf } from "../oci/route.ts";
import type { PullEvent } from "../pulls/event.ts";
import type { LoggedPull } from "../pulls/pull-log.ts";
import type { V2Access } from "./access.ts";

export interface V2Options {
  readonly registry: Registry;
  /** Makes an answered manifest request durable as a pull or a check; the answer waits for it. Absent: nothing is counted. */
  readonly record?: (event: PullEvent) => Promise<void>;
  /** Told of every pull that is answered, whether it is counted or not. Never fails. */
  readonly logPull?: (pull: LoggedPull) => void;
  /** Who may come in; absent: everybody may do everything. */
  readonly access?: V2Access;
  readonly report: ReportError;
  readonly limits?: Partial<V2Limits>;
}

export interface V2Limits {
  /** Bytes of one manifest. Clients refuse to read more than 4 MiB. */
  readonly manifestBytes: number;
  /** Items of one page, and what a request without `n` gets. */
  readonly tagsPage: number;
  /** The registry cuts a page sooner when annotations are long. */
  readonly referrersPage: number;
}
export const defaultLimits: V2Limits = {
  manifestBytes: 4 * 1024 * 1024,
  tagsPage: 10_000,
  referrersPage: 10_000,
};

export interface Door extends Omit<V2Options, "limits" | "access"> {
  readonly access: V2Access;
  readonly limits: V2Limits;
}

export interface Exchange<Kind extends RouteKind = RouteKind> {
  readonly door: Door;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly route: RouteOf<Kind>;
  readonly principal: Principal;
  readonly caller: Caller;
}
export type RouteHandler<Kind extends RouteKind> = (exchange: Exchange<Kind>) => void | Promise<void>;

export const apiVersion = ["Docker-Distribution-API-Version", "registry/2.0"] as const;

/** Ends the answer; `headers` is flat. Without a body Content-Length is 0, except where a status must not have one. */
export function answer(
  { res }: Pick<Exchange, "res">,
  status: number,
  headers: readonly string[],
  body?: string | Uint8Array,
): void {
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const sized = status === 204 || status === 304 ? headers : ["Content-Length", String(length), ...headers];
  res.writeHead(status, [...apiVersion, ...sized]);
  res.end(body);
}

export function answerJson(
  exchange: Pick<Exchange, "res">,
  value: unknown,
  headers: readonly string[] = [],
  type = "application/json",
): void {
  answer(exchange, 200, ["Content-Type", type, ...headers], JSON.stringify(value));
}
