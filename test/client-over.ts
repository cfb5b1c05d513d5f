// A client of the server at an address, with what it warns of. Waiting takes no time.

import { createRegistryClient, type ClientOptions, type RegistryClient } from "../src/client/client.ts";
import { createTestClock, type TestClock } from "./wire-servers.ts";

export interface ClientOver extends AsyncDisposable {
  readonly client: RegistryClient;
  readonly clock: TestClock;
  readonly warnings: readonly string[];
}

export function clientOver(url: string | URL, options: Partial<ClientOptions> = {}): ClientOver {
  const clock = createTestClock();
  const warnings: string[] = [];
  const client = createRegistryClient({
    registryUrl: new URL(url).origin,
    clock,
    onWarning: (warning) => void warnings.push(warning),
    ...options,
  });
  return { client, clock, warnings, [Symbol.asyncDispose]: () => client.close() };
}

export async function collect<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
