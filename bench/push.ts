// Push of images with one layer of 1, 10 and 100 MB, as a client does it: POST, one PATCH, PUT, config, manifest. Ours syncs file,
// folder and database before it acknowledges; distribution 3 syncs file and folder.

import { join } from "node:path";
import { image, noise, raw } from "../test/image.ts";
import { startHythe, type Hythe } from "../test/peers/hythe.ts";
import { pushBlob, putManifest } from "../test/push.ts";
import { compareTo, interleave, type Bench, type BenchContext, type Row } from "./bench.ts";
import { residentMiB, resetPeak } from "./process-usage.ts";
import { startPeers, withServers } from "./servers.ts";

const megabyte = 1_000_000;
const repository = "bench/push";

export const push: Bench = {
  name: "push",
  sentence: "push of images of 1, 10 and 100 MB, seconds; memory of the server while it takes 100 MB",
  run: (context) =>
    withServers(async (keep) => {
      const server = keep(await startHythe({ data: join(context.folder, "push") }));
      const urls: Record<string, string> = { ours: server.url };
      for (const [name, peer] of await startPeers(context)) urls[name] = keep(peer).url;
      const rows: Row[] = [];
      for (const size of context.quick ? [1, 10] : [1, 10, 100]) {
        const before = residentMiB(server.pid);
        resetPeak(server.pid);
        rows.push(...(await measure(context, urls, size)));
        rows.push(memoryRow(server, size, before));
      }
      return rows;
    }),
};

async function measure(context: BenchContext, urls: Readonly<Record<string, string>>, size: number): Promise<Row[]> {
  let made = 0;
  const time = async (url: string): Promise<number> => {
    // New bytes each time: a registry need not take what it has.
    const layer = raw("application/vnd.oci.image.layer.v1.tar", noise(`push ${size} ${++made}`, size * megabyte));
    const whole = withLayer(layer.digest, layer.bytes.length);
    const start = performance.now();
    await pushBlob(url, repository, layer, { patch: true });
    for (const blob of whole.blobs) await pushBlob(url, repository, blob);
    await putManifest(url, repository, `v${size}-${made}`, whole);
    return (performance.now() - start) / 1000;
  };
  await Promise.all(Object.values(urls).map(time));
  const candidates = Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, () => time(url)]));
  const { ours = Number.NaN, ...others } = await interleave({ ...context, rounds: context.rounds * 3 }, "s", candidates);
  return Object.entries(others).map(([name, seconds]) =>
    compareTo(`push of ${size} MB`, "s", ours, [name, seconds], name === "distribution 3" ? { atMost: 1 } : undefined),
  );
}

/** An image whose only layer is elsewhere. */
function withLayer(digest: string, size: number): ReturnType<typeof image> {
  const base = image({ layers: [] });
  const manifest = {
    ...(JSON.parse(String(base.bytes)) as object),
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size }],
  };
  return { ...base, ...raw(base.mediaType, Buffer.from(JSON.stringify(manifest))) };
}

function memoryRow(server: Hythe, size: number, before: number): Row {
  const most = residentMiB(server.pid, true);
  return compareTo(`most resident memory during pushes of ${size} MB`, "MiB", most, ["before", before]);
}
