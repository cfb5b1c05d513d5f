// Why a question was not answered, in the words of the server.

import type { Problem } from "../../wire/problem.ts";

export class AskError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** "" when there is none, because nobody was reached. */
  readonly requestId: string;
  readonly mistakes: NonNullable<Problem["mistakes"]>;
  /** Seconds until it is worth another try; null: nobody said. */
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null = null) {
    super(problem.detail);
    this.name = "AskError";
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.requestId = problem.requestId;
    this.mistakes = problem.mistakes ?? [];
    this.retryAfter = retryAfter;
  }

  /** Nobody answered, or not in time, or not as the registry does. */
  static unanswered(
    code: "UNREACHABLE" | "TIMEOUT" | "FOREIGN",
    { status = 0, title = "No answer", detail }: Unanswered,
  ): AskError {
    return new AskError({ type: "about:blank", title, status, detail, code, requestId: "" });
  }

  /** Hidden and missing look the same. */
  get isMissing(): boolean {
    return this.status === 404 || this.status === 403;
  }
  get isSignedOut(): boolean {
    return this.status === 401;
  }
  /** Nobody is there, or a proxy says so. What another registry did to ours is an answer of ours, and who takes long is there. */
  get isUnreachable(): boolean {
    return this.code === "UNREACHABLE" || (this.code === "FOREIGN" && this.status >= 502 && this.status <= 504);
  }
  get isTimeout(): boolean {
    return this.code === "TIMEOUT";
  }
}

interface Unanswered {
  readonly status?: number;
  readonly title?: string;
  readonly detail: string;
}
