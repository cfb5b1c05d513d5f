// A fresh, empty database for one test file on the server that setup.ts started.

import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";

/** Whether tests on PostgreSQL can run here; where not, say so: `describe.skipIf(!hasPostgres)("… (skipped: PostgreSQL is not installed)")`. */
export const hasPostgres = inject("postgres") !== "";

async function admin(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject("postgres") });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The url of a new database; `drop` removes it, whoever is still connected. */
export async function usePostgres(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `t${randomUUID().replaceAll("-", "")}`;
  await admin(`create database ${name}`);
  const url = new URL(inject("postgres"));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => admin(`drop database if exists ${name} with (force)`) };
}
