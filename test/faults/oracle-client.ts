// One client: a connection, a user agent of its own, one request in flight, and a ledger. When its server is killed it waits for the
// next one; sometimes it goes on where it was broken off (a retry), sometimes it starts anew.

import { KeepAliveConnection, type Answer } from "../keep-alive.ts";
import { makeTargets, type Tally, type Target } from "./oracle-ledger.ts";

export interface ClientOptions {
  readonly number: number;
  readonly random: () => number;
  /** The port to use now; waits while there is none. */
  readonly port: () => Promise<number>;
  readonly over: () => boolean;
  /** Called for every answer that arrived whole. */
  readonly onAnswer: () => void;
}

/** An answer that is not what the protocol promises. */
export class WrongAnswer extends Error {}
class RunOver extends Error {}

const maxChildGets = 2;

export class OracleClient {
  readonly targets: readonly Target[];
  readonly #options: ClientOptions;
  #connection: KeepAliveConnection | undefined;
  #pause: { readonly quiet: PromiseWithResolvers<void>; readonly resumed: PromiseWithResolvers<void> } | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.targets = makeTargets(options.number);
  }

  /** Works until the run is over. */
  async run(): Promise<void> {
    try {
      for (;;) await this.#act(this.targets[Math.floor(this.#options.random() * this.targets.length)]!);
    } catch (error) {
      if (!(error instanceof RunOver)) throw error;
    } finally {
      this.#pause?.quiet.resolve();
      this.#connection?.close();
    }
  }

  /** Resolves when nothing of this client is under way; it does nothing more before `resume`. */
  pause(): Promise<void> {
    this.#pause ??= { quiet: Promise.withResolvers(), resumed: Promise.withResolvers() };
    return this.#pause.quiet.promise;
  }
  resume(): void {
    this.#pause?.resumed.resolve();
    this.#pause = undefined;
  }

  async #act(target: Target): Promise<void> {
    const { repository, tag, image } = target;
    const manifests = `/v2/${repository}/manifests/`;
    const etag = `If-None-Match: "${image.digest}"\r\n`;
    switch (target.act) {
      case "tag":
        return void (await this.#ask(target.gets, "GET", manifests + tag, image.bytes));
      case "digest":
        return void (await this.#ask(target.gets, "GET", manifests + image.digest, image.bytes));
      case "head-digest-get":
      case "head-tag-get":
        if (!(await this.#ask(target.heads, "HEAD", manifests + tag))) return;
        return void (await this.#ask(
          target.gets,
          "GET",
          manifests + (target.act === "head-tag-get" ? tag : image.digest),
          image.bytes,
        ));
      case "head":
        return void (await this.#ask(target.heads, "HEAD", manifests + tag));
      case "head-digest":
        return void (await this.#ask(target.heads, "HEAD", manifests + image.digest));
      case "conditional":
        return void (await this.#ask(target.gets, "GET", manifests + tag, undefined, etag));
      case "index": {
        if (!(await this.#ask(target.gets, "GET", manifests + tag, image.bytes))) return;
        const pulled = 1 + Math.floor(this.#options.random() * maxChildGets);
        for (const [i, child] of image.children.slice(0, pulled).entries()) {
          await this.#ask(target.childGets[i]!, "GET", manifests + child.digest, child.bytes);
        }
      }
    }
  }

  /** Asks until an answer arrived whole; false: broken off and given up. */
  async #ask(tally: Tally, method: "GET" | "HEAD", path: string, bytes?: Uint8Array, headers?: string): Promise<boolean> {
    for (;;) {
      const connection = await this.#connected();
      tally.sent++;
      let answer: Answer;
      try {
        answer = await connection.request(method, path, headers);
      } catch {
        // The server was killed: what the ledger has as sent, but not as answered.
        if (this.#options.random() < 0.5) return false;
        continue;
      }
      const expected = headers === undefined ? 200 : 304;
      if (answer.status !== expected) throw new WrongAnswer(`${method} ${path}: ${answer.head}\n${String(answer.body)}`);
      if (bytes !== undefined && !answer.body.equals(bytes)) throw new WrongAnswer(`${method} ${path}: other bytes than pushed`);
      tally.answered++;
      this.#options.onAnswer();
      return true;
    }
  }

  async #connected(): Promise<KeepAliveConnection> {
    for (;;) {
      if (this.#options.over()) throw new RunOver();
      if (this.#pause !== undefined) {
        this.#pause.quiet.resolve();
        await this.#pause.resumed.promise;
      }
      if (this.#connection?.usable === true) return this.#connection;
      const port = await this.#options.port();
      try {
        this.#connection = await KeepAliveConnection.open(port, `oracle/${this.#options.number}`);
      } catch {
        // Killed again before we were let in: ask for the next port.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }
}
