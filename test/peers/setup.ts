// Runs once before all tests of a vitest run: builds the UI, starts the servers that tests share, and tells the tests where they are.

import type { TestProject } from "vitest/node";
import { buildWeb } from "../../src/web-build.ts";
import { startPostgres } from "./postgres-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** postgres://… of the shared server, "" where PostgreSQL is not installed. */
    postgres: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildWeb();
  const postgres = await startPostgres();
  project.provide("postgres", postgres?.url ?? "");
  return async () => postgres?.stop();
}
