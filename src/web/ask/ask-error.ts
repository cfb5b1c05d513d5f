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

  static unreachable(detail: string, cause: unknown): AskError {
    const error = new AskError({
      type: "about:blank",
      title: "No answer",
      status: 0,
      detail,
      code: "UNREACHABLE",
      requestId: "",
    });
    error.cause = cause;
    return error;
  }

  /** Hidden and missing look the same. */
  get isMissing(): boolean {
    return this.status === 404 || this.status === 403;
  }
  get isSignedOut(): boolean {
    return this.status === 401;
  }
  /** Nobody answered, or a proxy for nobody. What another registry did to ours is an answer of ours. */
  get isUnreachable(): boolean {
    return this.status === 0 || this.status === 503 || ((this.status === 502 || this.status === 504) && this.requestId === "");
  }
}
