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
  /** Whether the next server knows what this one was asked last: a HEAD or an index that waits for its second half. */
  readonly remembers: boolean;
  /** Called for every answer that arrived whole. */
  readonly onAnswer: () => void;
}

/** An answer that is not what the protocol promises. */
export class WrongAnswer extends Error {}
class RunOver extends Error {}

interface Question {
  readonly tally: Tally;
  readonly method?: "GET" | "HEAD";
  readonly path: string;
  /** What the answer must hold. */
  readonly bytes?: Uint8Array;
  readonly ifNoneMatch?: string;
  /** Belongs to the request before it: the HEAD of this GET, the index of this child. */
  readonly second?: boolean;
}

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

  async #act({ act, repository, tag, image, gets, heads, childGets }: Target): Promise<void> {
    const manifests = `/v2/${repository}/manifests/`;
    const byTag = manifests + tag;
    const byDigest = manifests + image.digest;
    const { bytes } = image;
    switch (act) {
      case "tag":
        return void (await this.#ask({ tally: gets, path: byTag, bytes }));
      case "digest":
        return void (await this.#ask({ tally: gets, path: byDigest, bytes }));
      case "head-digest-get":
      case "head-tag-get":
        if (!(await this.#ask({ tally: heads, method: "HEAD", path: byTag }))) return;
        return void (await this.#ask({ tally: gets, path: act === "head-tag-get" ? byTag : byDigest, bytes, second: true }));
      case "head":
        return void (await this.#ask({ tally: heads, method: "HEAD", path: byTag }));
      case "head-digest":
        return void (await this.#ask({ tally: heads, method: "HEAD", path: byDigest }));
      case "conditional":
        return void (await this.#ask({ tally: gets, path: byTag, ifNoneMatch: image.digest }));
      case "index": {
        if (!(await this.#ask({ tally: gets, path: byTag, bytes }))) return;
        const pulled = 1 + Math.floor(this.#options.random() * maxChildGets);
        for (const [i, child] of image.children.slice(0, pulled).entries()) {
          const { digest, bytes: childBytes } = child;
          if (!(await this.#ask({ tally: childGets[i]!, path: manifests + digest, bytes: childBytes, second: true }))) return;
        }
      }
    }
  }

  /** Asks until an answer arrived whole; false: broken off and given up. */
  async #ask({ tally, method = "GET", path, bytes, ifNoneMatch, second = false }: Question): Promise<boolean> {
    const headers = ifNoneMatch === undefined ? "" : `If-None-Match: "${ifNoneMatch}"\r\n`;
    for (;;) {
      const before = this.#connection;
      const connection = await this.#connected();
      if (second && connection !== before && !this.#options.remembers) return false;
      tally.sent++;
      let answer: Answer;
      try {
        answer = await connection.request(method, path, headers);
      } catch {
        // The server was killed: what the ledger has as sent, but not as answered.
        if (this.#options.random() < 0.5) return false;
        continue;
      }
      const expected = ifNoneMatch === undefined ? 200 : 304;
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
