// Runs a verb with everything it prints captured, and a small server that gives recorded answers of /api/v1.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Environment, Output, SettingFlag } from "../src/cli/environment.ts";
import { runCli } from "../src/cli/program.ts";

export interface Captured {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was written with one call each. */
  readonly writes: readonly string[];
  /** What stdout got, byte by byte. */
  readonly bytes: Buffer;
}

export type CliOptions = Partial<Omit<Environment, "stdout" | "stderr" | "stdin" | "settingFlags">> & {
  readonly settingFlags?: readonly SettingFlag[];
  /** What is piped in; with `typed`, nothing is. */
  readonly input?: string;
  /** What is typed at a terminal, an answer for each prompt; the prompts are on stderr. */
  readonly typed?: readonly string[];
  /** Width of the terminal; absent: there is none. */
  readonly columns?: number;
  /** stdout goes somewhere else than to the terminal. */
  readonly isPiped?: boolean;
  readonly onWrite?: (text: string) => Promise<void>;
};

const nothing = (): Promise<never> => Promise.reject(new Error("nothing to open"));

export const testNow = Date.parse("2026-11-21T12:00:00Z");

export async function captureCli(argv: readonly string[], options: CliOptions = {}): Promise<Captured> {
  const { columns, input = "", isPiped = false, onWrite, settingFlags = [], typed, ...rest } = options;
  const chunks: Buffer[] = [];
  const answers = [...(typed ?? [])];
  let stderr = "";
  const output = (write: (text: string | Uint8Array) => Promise<void>, isTerminal = columns !== undefined): Output => ({
    write,
    isTerminal,
    columns: columns ?? 80,
  });
  const code = await runCli(argv, {
    version: "1.2.3",
    env: {},
    home: "/nonexistent",
    now: () => testNow,
    settingFlags: async () => settingFlags,
    loadSettings: async () => ({ mistakes: [], values: [], open: nothing, openAdministration: nothing }),
    untilStopped: () => new Promise(() => undefined),
    ...rest,
    stdin: {
      isTerminal: typed !== undefined,
      readText: async () => input,
      readLine: async (prompt, hidden) => {
        const answer = answers.shift();
        stderr += `${prompt}${hidden ? "" : (answer ?? "")}\n`;
        return answer;
      },
    },
    stdout: output(
      async (text) => {
        chunks.push(Buffer.from(text));
        await onWrite?.(text.toString());
      },
      columns !== undefined && !isPiped,
    ),
    stderr: output(async (text) => {
      stderr += text.toString();
    }),
  });
  const bytes = Buffer.concat(chunks);
  return { code, stdout: bytes.toString(), stderr, writes: chunks.map(String), bytes };
}

export interface Recorded {
  readonly url: string;
  /** Path and query of every request, in order. */
  readonly asked: URL[];
  /** Of every request, in order. */
  readonly authorizations: (string | undefined)[];
  close(): Promise<void>;
}

export interface RecordedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON. */
  readonly body: unknown;
}

/** A server whose answers `reply` makes up. */
export async function openRecorded(reply: (asked: URL) => RecordedAnswer): Promise<Recorded> {
  const asked: URL[] = [];
  const authorizations: (string | undefined)[] = [];
  const server: Server = createServer((req, res) => {
    const url = new URL(req.url!, "http://recorded");
    asked.push(url);
    authorizations.push(req.headers.authorization);
    const { status = 200, headers, body } = reply(url);
    res.writeHead(status, { ...headers, "content-type": typeof body === "string" ? "text/html" : "application/json" });
    res.end(typeof body === "string" ? body : JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    authorizations,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** An answer of /api/v1 that says no. */
export function problem(status: number, code: string, detail: string): RecordedAnswer {
  return { status, body: { type: "about:blank", title: "No", status, detail, code, requestId: "r-1" } };
}
