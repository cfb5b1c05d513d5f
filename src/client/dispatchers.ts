// What the client takes from undici, by file: its entry loads everything that it has, and fetch and WebSocket of the platform along with
// it, which is a third of the time of a short command. The version is pinned, and its package has no `exports`.

import { createRequire } from "node:module";
import type * as undici from "undici";

const load = createRequire(import.meta.url);

export const Pool = load("undici/lib/dispatcher/pool.js") as typeof undici.Pool;
export const buildConnector = load("undici/lib/core/connect.js") as typeof undici.buildConnector;

/** It needs the rest, too. */
export function createProxyAgent(options: undici.ProxyAgent.Options): undici.ProxyAgent {
  const { ProxyAgent } = load("undici") as typeof undici;
  return new ProxyAgent(options);
}
