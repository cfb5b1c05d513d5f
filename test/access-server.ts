// The distribution door with its token service over a real port, guarded by a directory that the test writes down.

import { randomBytes } from "node:crypto";
import { createAttempts } from "../src/access/attempts.ts";
import { createLogin } from "../src/access/login.ts";
import { hashPassword } from "../src/access/password.ts";
import { createClientAddress } from "../src/http/client-address.ts";
import { createV2Access } from "../src/v2/access.ts";
import type { AuditEvent } from "../src/store/audit.ts";
import { createTestDirectory, type TestDirectory } from "./access-members.ts";
import { createMemoryRegistry } from "./fake/memory-registry.ts";
import { startProtocolServer, type ProtocolServer, type ProtocolServerOptions } from "./protocol-server.ts";
import { call, type RawResponse } from "./raw-http.ts";

export const password = "correct horse battery";

export interface AccessServer extends ProtocolServer {
  readonly directory: TestDirectory;
  /** By this clock tokens live and end. */
  readonly clock: { now: number };
  readonly audit: AuditEvent[];
  /** GET of the token service; `query`: after the question mark. */
  askToken(query?: string, authorization?: string): Promise<RawResponse>;
  /** POST of a form. */
  postToken(form: Readonly<Record<string, string>> | string, headers?: Readonly<Record<string, string>>): Promise<RawResponse>;
  /** A registry token. */
  token(scope: string, authorization?: string): Promise<string>;
}

export function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
}

export interface TokenFields {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly scope: string;
  readonly refresh_token?: string;
}
export function fieldsOf(response: RawResponse): TokenFields {
  return JSON.parse(response.body.toString()) as TokenFields;
}

/** ann (push team/*) has the password; ci (push ci/*) is a robot; everyone may pull from public/*. */
export async function startAccessServer(options: ProtocolServerOptions = {}): Promise<AccessServer> {
  const directory = createTestDirectory();
  directory.grant("pull public/*");
  directory.set({ id: 1, name: "ann", grants: ["push team/*"], passwordHash: await hashPassword(password) });
  directory.set({ id: 2, name: "ci", kind: "robot", grants: ["push ci/*"] });
  const clock = { now: Date.now() };
  const now = (): number => clock.now;
  const audit: AuditEvent[] = [];
  let url = "";
  const access = createV2Access({
    directory,
    login: createLogin({ directory, attempts: createAttempts(now), now }),
    address: createClientAddress([]),
    audit: { record: async (event) => void audit.push(event) },
    secret: randomBytes(32),
    externalUrl: () => url,
    now,
  });
  const server = await startProtocolServer({ registry: createMemoryRegistry(), access, ...options });
  ({ url } = server);
  const askToken: AccessServer["askToken"] = (query = "", authorization) =>
    call(server.port, `GET /v2/token?${query}`, "", authorization === undefined ? {} : { Authorization: authorization });
  return {
    ...server,
    directory,
    clock,
    audit,
    askToken,
    postToken: (form, headers = {}) =>
      call(server.port, "POST /v2/token", typeof form === "string" ? form : new URLSearchParams(form).toString(), {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        ...headers,
      }),
    token: async (scope, authorization) => fieldsOf(await askToken(`scope=${encodeURIComponent(scope)}`, authorization)).token,
  };
}
