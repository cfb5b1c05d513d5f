// GET of one large blob over a few connections.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noise, raw } from "../test/image.ts";
import { startHythe } from "../test/peers/hythe.ts";
import { startNginx } from "../test/peers/nginx.ts";
import { pushBlob } from "../test/push.ts";
import { compareTo, interleave, type Bench } from "./bench.ts";
import { startPeers, withServers } from "./servers.ts";
import { runWrk } from "./wrk.ts";

const mebibyte = 1024 * 1024;
const connections = 4;
const repository = "bench/blob";

export const blobs: Bench = {
  name: "blobs",
  sentence: `blob GET of 64 MiB, ${connections} connections, MiB/s`,
  run: (context) =>
    withServers(async (keep) => {
      const blob = raw("application/octet-stream", noise("large", (context.quick ? 8 : 64) * mebibyte));
      const path = `/v2/${repository}/blobs/${blob.digest}`;
      const urls: Record<string, string> = {};
      urls["ours"] = keep(await startHythe({ data: join(context.folder, "blobs") })).url;
      for (const [name, peer] of await startPeers(context)) urls[name] = keep(peer).url;
      for (const url of Object.values(urls)) await pushBlob(url, repository, blob);
      const root = join(context.folder, "blobs-nginx");
      mkdirSync(join(root, "v2", repository, "blobs"), { recursive: true });
      writeFileSync(join(root, path), blob.bytes);
      const nginx = keep(await startNginx(root));
      if (nginx !== undefined) urls["nginx (sendfile)"] = nginx.url;

      const load = async (url: string): Promise<number> =>
        (await runWrk({ url, paths: [path], connections, seconds: context.seconds, folder: context.folder })).bytesPerSecond /
        mebibyte;
      for (const url of Object.values(urls)) await load(url);
      const candidates = Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, () => load(url)]));
      const { ours = Number.NaN, ...others } = await interleave(context, "MiB/s", candidates);
      return Object.entries(others).map(([name, value]) =>
        compareTo("blob GET, 64 MiB", "MiB/s", ours, [name, value], name === "distribution 3" ? { atLeast: 0.8 } : undefined),
      );
    }),
};
