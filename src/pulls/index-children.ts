// Which manifests an index names, remembered: an index never changes, so an answer is good for ever. Found again from either end.

/** The digests that an index names. */
export type ChildrenOf = (manifestId: number) => Promise<readonly string[]>;

const maxIndexes = 5_000;

export class IndexChildren {
  readonly #ask: ChildrenOf;
  readonly #children = new Map<number, readonly string[]>();
  readonly #parents = new Map<string, Set<number>>();
  readonly #asking = new Map<number, Promise<void>>();

  constructor(ask: ChildrenOf) {
    this.#ask = ask;
  }

  /** Makes the children of an index known; the promise, while that takes time, never rejects. */
  learn(indexId: number): Promise<void> | undefined {
    const known = this.#children.get(indexId);
    if (known !== undefined) {
      // The least recently pulled index is forgotten first.
      this.#children.delete(indexId);
      this.#children.set(indexId, known);
      return undefined;
    }
    let asking = this.#asking.get(indexId);
    if (asking === undefined) {
      asking = this.#learn(indexId).finally(() => this.#asking.delete(indexId));
      this.#asking.set(indexId, asking);
    }
    return asking;
  }

  /** The lookups under way for some of these. */
  learningAny(indexIds: Iterable<number>): Promise<void>[] {
    const learning: Promise<void>[] = [];
    if (this.#asking.size === 0) return learning;
    for (const id of indexIds) {
      const asking = this.#asking.get(id);
      if (asking !== undefined) learning.push(asking);
    }
    return learning;
  }

  parents(digest: string): ReadonlySet<number> | undefined {
    return this.#parents.get(digest);
  }

  async #learn(indexId: number): Promise<void> {
    let children: readonly string[];
    try {
      children = await this.#ask(indexId);
    } catch {
      // The child counts as pulled directly, and the next pull of the index asks again.
      return;
    }
    this.#children.set(indexId, children);
    for (const child of children) {
      const parents = this.#parents.get(child);
      if (parents === undefined) this.#parents.set(child, new Set([indexId]));
      else parents.add(indexId);
    }
    if (this.#children.size > maxIndexes) this.#forget(this.#children.keys().next().value!);
  }

  #forget(indexId: number): void {
    for (const child of this.#children.get(indexId) ?? []) {
      const parents = this.#parents.get(child);
      parents?.delete(indexId);
      if (parents?.size === 0) this.#parents.delete(child);
    }
    this.#children.delete(indexId);
  }
}
