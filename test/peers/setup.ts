// Runs once before all tests of a vitest run: starts the servers that tests share, and tells the tests where they are.

import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** postgres://… of the shared server, "" where PostgreSQL is not installed. */
    postgres: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  project.provide("postgres", postgres?.url ?? "");
  return async () => postgres?.stop();
}
