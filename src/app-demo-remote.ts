// The other registry of the demo: a server of its own on this machine, with what was copied to it until a month ago, and a limit of pulls
// as Docker Hub has one.

import type { ServerResponse } from "node:http";
import { createContentRegistry } from "./demo/content-registry.ts";
import type { DemoContent } from "./demo/content.ts";
import { createListener } from "./http/listener.ts";
import { createTraffic } from "./http/traffic.ts";
import { createV2 } from "./v2/door.ts";

export interface DemoRemote {
  /** Of the loopback address, by http. */
  readonly url: URL;
  close(): Promise<void>;
}

const copiedUntilMs = 30 * 86_400_000;
const pullsAllowed = 500;
const windowSeconds = 6 * 3600;

/** `untilMs`: the present. The caller closes it. */
export async function openDemoRemote({ pushes }: DemoContent, untilMs: number): Promise<DemoRemote> {
  const registry = createContentRegistry(pushes.filter(({ atMs }) => atMs < untilMs - copiedUntilMs));
  // Whoever asked is told; there is nobody else to be told here.
  const report = (): void => undefined;
  const door = createV2({ registry, report });
  let pulls = 0;
  const tellLimit = (res: ServerResponse): void => {
    const tell = (name: string, count: number): void => void res.setHeader(name, `${count};w=${windowSeconds}`);
    tell("ratelimit-limit", pullsAllowed);
    tell("ratelimit-remaining", Math.max(0, pullsAllowed - pulls));
  };
  const listener = await createListener({
    host: "127.0.0.1",
    port: 0,
    handler(req, res) {
      const isManifest = req.url?.includes("/manifests/") ?? false;
      if (isManifest && req.method === "GET") pulls += 1;
      if (isManifest) tellLimit(res);
      return door(req, res);
    },
    traffic: createTraffic(),
    report,
  });
  return { url: new URL(`http://127.0.0.1:${listener.port}`), close: () => listener.close(0) };
}
