// Debian's Firefox, over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/): as much of it as a walk through the UI takes. Playwright
// asks this Firefox for more than it can do.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findProgram, stopProcess } from "./peers/program.ts";

export const firefoxPath = findProgram("firefox-esr");
const startTimeoutMs = 60_000;
const waitMs = 20_000;

export interface FirefoxTab extends AsyncDisposable {
  /** What the console said in earnest. */
  readonly errors: readonly string[];
  open(url: string): Promise<void>;
  /** The value of an expression in the page, which may be a promise; asked again until it is neither null, false nor "". */
  until(expression: string): Promise<string>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: string;
  readonly message?: string;
  readonly params?: { readonly level?: string; readonly text?: string };
}

/** Starts Firefox with a profile of its own; disposing ends it. */
export async function openFirefox(): Promise<FirefoxTab> {
  const profile = await mkdtemp(join(tmpdir(), "hythe-firefox-"));
  const args = ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile, "about:blank"];
  const child = spawn(firefoxPath!, args, { stdio: ["ignore", "ignore", "pipe"] });
  const address = Promise.withResolvers<string>();
  const timer = setTimeout(() => address.reject(new Error("Firefox did not say where it listens")), startTimeoutMs);
  createInterface({ input: child.stderr }).on("line", (line) => {
    const [, url] = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(line) ?? [];
    if (url !== undefined) address.resolve(url);
  });
  const end = async (): Promise<void> => {
    await stopProcess(child);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const socket = new WebSocket(`${await address.promise}/session`);
    await once(socket, "open");
    return await openTab(socket, end);
  } catch (error) {
    await end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function openTab(socket: WebSocket, end: () => Promise<void>): Promise<FirefoxTab> {
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const errors: string[] = [];
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, method, result, error, message, params } = JSON.parse(String(data)) as Message;
    if (method === "log.entryAdded" && params?.level === "error") errors.push(params.text ?? "");
    if (id === undefined) return;
    if (error === undefined) waiting.get(id)?.resolve(result ?? {});
    else waiting.get(id)?.reject(new Error(`${error}: ${message}`));
    waiting.delete(id);
  });
  const send = (method: string, params: object): Promise<Record<string, unknown>> => {
    const answer = Promise.withResolvers<Record<string, unknown>>();
    waiting.set(++last, answer);
    socket.send(JSON.stringify({ id: last, method, params }));
    return answer.promise;
  };
  await send("session.new", { capabilities: {} });
  await send("session.subscribe", { events: ["log.entryAdded"] });
  const { context } = await send("browsingContext.create", { type: "tab" });
  await send("browsingContext.setViewport", { context, viewport: { width: 1280, height: 800 } });
  const evaluate = async (expression: string): Promise<string> => {
    const { result, exceptionDetails } = (await send("script.evaluate", {
      expression: `(async () => String((await (${expression})) ?? ""))()`,
      target: { context },
      awaitPromise: true,
    })) as { result?: { value?: string }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return result?.value ?? "";
  };
  return {
    errors,
    async open(url) {
      await send("browsingContext.navigate", { context, url, wait: "complete" });
    },
    async until(expression) {
      const deadline = Date.now() + waitMs;
      while (true) {
        const value = await evaluate(expression);
        if (value !== "" && value !== "false") return value;
        if (Date.now() > deadline)
          throw new Error(`never came: ${expression}; the page shows:\n${await evaluate("document.body.innerText")}`);
        // The next frame: what is waited for is drawn in one.
        await evaluate("new Promise((drawn) => requestAnimationFrame(() => drawn(1)))");
      }
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await end();
    },
  };
}
