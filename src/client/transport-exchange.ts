// One request on one connection. Two times are watched, never the whole: until the first byte of the answer, and between two pieces of a
// body, in both directions. Time in which the other side of the body (a slow disk, a slow reader) is waited for does not count.

import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { RegistryError } from "../oci/errors.ts";
import type { RequestBody } from "./request.ts";
import { failureOf, timeoutFailure, type Failure } from "./transport-failure.ts";

export interface RawRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody | undefined;
  readonly signal: AbortSignal | undefined;
  /** Connect to public addresses only. */
  readonly guarded: boolean;
  /** What the body of the answer is destroyed with when it breaks off. */
  readonly toError: (failure: Failure) => RegistryError;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Readable;
}

/** Pieces in which bytes go out, so that progress can be seen. */
const pieceBytes = 64 * 1024;

export function exchangeOver(dispatcher: Dispatcher, request: RawRequest, timeout: number): Promise<RawResponse | Failure> {
  return new Promise((resolve, reject) => {
    new RawExchange(request, timeout, resolve, reject).start(dispatcher);
  });
}

class RawExchange implements Dispatcher.DispatchHandler {
  readonly #request: RawRequest;
  readonly #resolve: (outcome: RawResponse | Failure) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #abort = (): void => this.#fail(this.#request.signal?.reason as Error);
  #waiting = true;
  #controller: Dispatcher.DispatchController | undefined;
  #answer: Readable | undefined;
  #source: Readable | undefined;
  /** Set once nothing more is expected from the connection. */
  #over: { readonly reason: Error } | undefined;

  constructor(
    request: RawRequest,
    timeout: number,
    resolve: (outcome: RawResponse | Failure) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => {
      if (this.#waiting) this.#fail(timeoutFailure(timeout, this.#controller !== undefined));
    }, timeout);
  }

  start(dispatcher: Dispatcher): void {
    const { method, url, headers, body, signal } = this.#request;
    if (signal?.aborted === true) return this.#abort();
    signal?.addEventListener("abort", this.#abort, { once: true });
    const length = body?.length;
    const options = {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: length === undefined ? { ...headers } : { ...headers, "content-length": String(length) },
      // undici closes after HEAD, for servers that send a body all the same; a handshake for each tag of a list is worse. What such a
      // server sends breaks the connection, and what then waits for an answer on it is tried again.
      ...(method === "HEAD" && { reset: false }),
      // undici takes every async iterable, its types only name streams
      body: body === undefined || length === 0 ? null : (this.#pieces(body) as unknown as Readable),
    };
    try {
      dispatcher.dispatch(options, this);
    } catch (error) {
      this.onResponseError(undefined, error as Error); // closed, or a header that cannot be sent
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over !== undefined) controller.abort(this.#over.reason);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: RawResponse["headers"]): void {
    if (status < 200 || this.#over !== undefined) return;
    this.#progress();
    this.#answer = new Readable({
      highWaterMark: pieceBytes,
      read: () => {
        this.#progress();
        controller.resume();
      },
      destroy: (error, done) => {
        this.#end(error ?? new Error("the answer was not wanted to its end"));
        done(error);
      },
    });
    this.#answer.on("error", () => undefined); // it may break off before anybody reads; whoever does is told
    this.#resolve({ status, headers, body: this.#answer });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#progress();
    if (this.#answer?.push(chunk) !== false) return;
    this.#waiting = false;
    controller.pause();
  }

  onResponseEnd(): void {
    this.#end(undefined);
    this.#answer?.push(null);
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(failureOf(error, this.#controller !== undefined));
  }

  /** The body of the request, piece by piece as the connection takes them. */
  async *#pieces(body: RequestBody): AsyncGenerator<Uint8Array> {
    try {
      const source = body.open();
      if (source instanceof Uint8Array) return yield* this.#cut(source);
      this.#source = source;
      this.#waiting = false;
      for await (const chunk of source) {
        yield* this.#cut(chunk as Uint8Array);
        this.#waiting = false;
      }
      this.#progress();
    } catch (error) {
      this.#fail(error as Error); // the source's own trouble, not the registry's
      throw error;
    }
  }

  *#cut(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      this.#progress();
      yield bytes.subarray(at, at + pieceBytes);
    }
    this.#progress();
  }

  #progress(): void {
    this.#waiting = true;
    this.#timer.refresh();
  }

  /** A failure of the connection, or the reason for which somebody on our side ended it. */
  #fail(why: Failure | Error): void {
    if (this.#over !== undefined) return;
    const error = why instanceof Error ? why : this.#request.toError(why);
    const answer = this.#answer;
    this.#end(error);
    if (answer !== undefined) answer.destroy(error);
    else if (why instanceof Error) this.#reject(why);
    else this.#resolve(why);
  }

  /** Without a reason the connection is free for the next request, else it is cut. */
  #end(reason: Error | undefined): void {
    if (this.#over !== undefined) return;
    this.#over = { reason: reason ?? new Error("over") };
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener("abort", this.#abort);
    if (reason !== undefined) this.#controller?.abort(reason);
    this.#source?.destroy();
  }
}
