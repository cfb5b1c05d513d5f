// Answers that take long to work out and may be some seconds old: kept by question for a while, and worked out once at a time.

interface Kept {
  readonly answer: Promise<unknown>;
  readonly atMs: number;
}

/** Beyond it the oldest question is forgotten. */
const maxQuestions = 200;

export class RecentAnswers {
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `question` says all that the answer depends on, who asks included. A failure is not kept. */
  async get<Answer>(question: readonly unknown[], keepMs: number, work: () => Promise<Answer>): Promise<Answer> {
    const key = JSON.stringify(question);
    const kept = this.#kept.get(key);
    const nowMs = this.#now();
    // A clock that was set back makes an answer of the future: that one is not kept.
    if (kept !== undefined && nowMs >= kept.atMs && nowMs < kept.atMs + keepMs) return kept.answer as Promise<Answer>;
    const answer = work();
    this.#kept.delete(key);
    this.#kept.set(key, { answer, atMs: nowMs });
    if (this.#kept.size > maxQuestions) this.#kept.delete(this.#kept.keys().next().value!);
    try {
      return await answer;
    } catch (error) {
      if (this.#kept.get(key)?.answer === answer) this.#kept.delete(key);
      throw error;
    }
  }
}
