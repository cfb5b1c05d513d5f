// Races that no registry of the tests would make on its own: see referrers.test.ts for everything else.

import { expect, it } from "vitest";
import { exchangeWith, serveHttp } from "../../test/wire-servers.ts";
import { digestOf } from "../oci/digest.ts";
import { ociIndex, ociManifest } from "../oci/media-types.ts";
import { parseRepositoryName } from "../oci/reference.ts";
import { standard } from "./host-profile.ts";
import { createFallback } from "./referrers-fallback.ts";

it("an entry that somebody adds while the last one is taken away stays, also where there are no entity tags", async () => {
  const [subject, mine, theirs] = ["subject", "mine", "theirs"].map((text) => digestOf(text));
  let entries = [mine];
  await using registry = await serveHttp((request, response) => {
    if (request.method === "GET") {
      const manifests = entries.map((digest) => ({ mediaType: ociManifest, digest, size: 1 }));
      response.writeHead(200, { "content-type": ociIndex });
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
      return;
    }
    if (request.method === "DELETE") {
      entries = [mine, theirs];
      response.writeHead(412).end();
      return;
    }
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      entries = (JSON.parse(text) as { manifests: { digest: typeof mine }[] }).manifests.map(({ digest }) => digest);
      response.writeHead(201).end();
    });
  });
  await using exchange = exchangeWith(registry.url);
  const { clock, send } = exchange;
  const pause = (): Promise<void> => Promise.resolve();
  const operations = { send, pause, profile: standard, warn: () => undefined, now: clock.now, nonce: () => "", maxRetries: 0 };
  const fallback = createFallback(operations);
  await fallback.remove({ repository: parseRepositoryName("team/app"), digest: subject! }, mine!, undefined);
  expect(entries).toEqual([theirs]);
});
