// One pusher: uploads blobs in every way, then moves its tag to an image of the newest blob. It remembers what was acknowledged and
// what was under way when the server died, and checks both against the next server.

import { image, noise, raw, type Content, type Image } from "../image.ts";
import { pushBlob } from "../push.ts";

interface Unfinished {
  readonly location: string;
  readonly blob: Content;
}

/** A promise about pushes that did not hold. */
export class BrokenPromise extends Error {}

const maxBlobBytes = 300_000;
const octets = "application/octet-stream";

export class Pusher {
  /** Acknowledged with 201, and then acknowledged as tagged. */
  readonly blobs: Content[] = [];
  acknowledged: Image | undefined;
  readonly #repository: string;
  readonly #number: number;
  readonly #random: () => number;
  #attempted: Image | undefined;
  #unfinished: Unfinished | undefined;
  #made = 0;

  constructor(number: number, random: () => number) {
    this.#number = number;
    this.#random = random;
    this.#repository = `faults/pusher-${number}`;
  }

  /** Pushes until the server is gone. */
  async run(url: string, gone: AbortSignal): Promise<void> {
    try {
      while (!gone.aborted) await this.push(url);
    } catch (error) {
      if (!gone.aborted) throw error;
    }
  }

  /** Pushes one image, and moves the tag to it. */
  async push(url: string): Promise<void> {
    const name = `${this.#number}-${++this.#made}`;
    const next = image({ layers: [name], layerBytes: 1 + Math.floor(this.#random() ** 3 * maxBlobBytes) });
    for (const blob of next.blobs) {
      await this.#upload(url, blob);
      this.blobs.push(blob);
    }
    this.#attempted = next;
    const body = Buffer.from(next.bytes);
    await send(this.#tagUrl(url), { method: "PUT", body, headers: { "content-type": next.mediaType } }, 201);
    this.acknowledged = next;
    this.#attempted = undefined;
  }

  async #upload(url: string, blob: Content): Promise<void> {
    if (this.#random() < 0.3) return pushBlob(url, this.#repository, blob);
    const started = await send(`${url}/v2/${this.#repository}/blobs/uploads/`, { method: "POST" }, 202);
    const location = started.headers.get("location")!;
    this.#unfinished = { location, blob };
    const chunks = 1 + Math.floor(this.#random() * 4);
    await this.#finish(url, { location, blob }, 0, Math.ceil(blob.bytes.length / chunks));
  }

  /** PATCHes what is missing in chunks, then PUTs. */
  async #finish(url: string, { location, blob }: Unfinished, from: number, chunkBytes: number): Promise<void> {
    let at = from;
    let target = new URL(location, url);
    while (at < blob.bytes.length) {
      const end = Math.min(at + chunkBytes, blob.bytes.length);
      const headers = { "content-type": octets, "content-range": `${at}-${end - 1}` };
      const answer = await send(target, { method: "PATCH", body: Buffer.from(blob.bytes.subarray(at, end)), headers }, 202);
      target = new URL(answer.headers.get("location")!, url);
      at = end;
    }
    target.searchParams.set("digest", blob.digest);
    await send(target, { method: "PUT" }, 201);
    this.#unfinished = undefined;
  }

  /** Compares with the server that came after the killed one, and finishes what was broken off. */
  async verify(url: string): Promise<void> {
    await this.#verifyTag(url);
    for (const blob of this.blobs.splice(0)) await this.#verifyBlob(url, blob);
    if (this.#unfinished !== undefined) await this.#resume(url, this.#unfinished);
    this.#unfinished = undefined;
    this.#attempted = undefined;
  }

  async #verifyTag(url: string): Promise<void> {
    const answer = await fetch(this.#tagUrl(url));
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 404 && this.acknowledged === undefined) return;
    const found = [this.acknowledged, this.#attempted].find(
      (candidate) => candidate !== undefined && bytes.equals(candidate.bytes),
    );
    if (answer.status !== 200 || found === undefined) {
      throw new BrokenPromise(`${this.#tagUrl(url)}: neither the old nor the new image but ${answer.status} ${String(bytes)}`);
    }
    this.acknowledged = found;
    for (const blob of found.blobs) await this.#verifyBlob(url, blob);
  }

  async #verifyBlob(url: string, { digest, bytes }: Content): Promise<void> {
    const answer = await fetch(`${url}/v2/${this.#repository}/blobs/${digest}`);
    const found = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200 || !found.equals(bytes)) {
      throw new BrokenPromise(
        `blob ${digest} was acknowledged with ${bytes.length} bytes; now ${answer.status} with ${found.length}`,
      );
    }
  }

  /** Resume where the server says, or a clean 404, whatever was under way. */
  async #resume(url: string, unfinished: Unfinished): Promise<void> {
    const standing = await fetch(new URL(unfinished.location, url));
    await standing.arrayBuffer();
    if (standing.status === 404) return;
    const { blob } = unfinished;
    const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(standing.headers.get("range") ?? "")?.[1] ?? Number.NaN);
    if (standing.status !== 204 || !(last < blob.bytes.length)) {
      throw new BrokenPromise(
        `${unfinished.location}: ${standing.status}, range ${standing.headers.get("range")} of ${blob.bytes.length}`,
      );
    }
    // An upload that holds nothing and one that holds one byte both say 0-0: the second one refuses byte 0 and names byte 1.
    try {
      await this.#finish(url, unfinished, last === 0 ? 0 : last + 1, blob.bytes.length);
    } catch (error) {
      if (last !== 0) throw error;
      await this.#finish(url, unfinished, 1, blob.bytes.length);
    }
    await this.#verifyBlob(url, blob);
  }

  #tagUrl(url: string): string {
    return `${url}/v2/${this.#repository}/manifests/latest`;
  }
}

/** A blob that nobody has. */
export function freshBlob(seed: string, size: number): Content {
  return raw(octets, noise(seed, size));
}

async function send(url: string | URL, init: RequestInit, status: number): Promise<Response> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (answer.status !== status)
    throw new BrokenPromise(`${init.method} ${String(url)} answered ${answer.status}, not ${status}: ${text}`);
  return answer;
}
