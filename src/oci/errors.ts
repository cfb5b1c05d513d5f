// The one error of the house and the one table of its codes. Thrown anywhere, translated once per door.
// Codes of the distribution specification (section "Error Codes") plus the few of our own that no spec code fits.

const table = {
  NAME_INVALID: { status: 400, message: "invalid repository name" },
  DIGEST_INVALID: { status: 400, message: "digest is malformed, unsupported or does not match the content" },
  SIZE_INVALID: { status: 400, message: "length does not match the content" },
  MANIFEST_INVALID: { status: 400, message: "manifest is invalid" },
  MANIFEST_BLOB_UNKNOWN: { status: 400, message: "manifest names content that this repository does not have" },
  UNAUTHORIZED: { status: 401, message: "authentication required" },
  DENIED: { status: 403, message: "access denied" },
  NAME_UNKNOWN: { status: 404, message: "repository not known to this registry" },
  MANIFEST_UNKNOWN: { status: 404, message: "manifest not known to this repository" },
  BLOB_UNKNOWN: { status: 404, message: "blob not known to this repository" },
  BLOB_UPLOAD_UNKNOWN: { status: 404, message: "upload not known: it was finished, cancelled or has expired" },
  BLOB_UPLOAD_INVALID: { status: 416, message: "the chunk does not continue the upload where it stands" },
  UNSUPPORTED: { status: 405, message: "the operation is not supported" },
  TOOMANYREQUESTS: { status: 429, message: "too many requests" },
  // ours: no code of the closed OCI list fits
  PAGE_INVALID: { status: 400, message: "paging parameter is invalid" },
  RANGE_INVALID: { status: 416, message: "the requested range lies outside of the content" },
  REQUEST_INVALID: { status: 400, message: "the request is invalid" },
  NOT_FOUND: { status: 404, message: "there is nothing here" },
  CONFLICT: { status: 409, message: "someone else is changing this right now" },
  PRECONDITION_FAILED: { status: 412, message: "the condition of the request does not hold" },
  TIMEOUT: { status: 408, message: "the client sent nothing for too long" },
  UNAVAILABLE: { status: 503, message: "the registry cannot do this right now, try again" },
  STORAGE_FULL: { status: 507, message: "the disk of the registry is full" },
  UNKNOWN: { status: 500, message: "internal error" },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof table;

/** Whether a code from the wire is one of these. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(table, text);
}

export interface ErrorOptions {
  /** What exactly is wrong and what to do, one sentence; the table's message when absent. */
  message?: string;
  /** Machine-readable detail, sent to the client: never a secret, never a path of this machine. */
  detail?: unknown;
  cause?: unknown;
  /** Overrides the table's status (an OCI code can come with several). */
  status?: number;
  /** Extra response headers, e.g. Location and Range of a 416. */
  headers?: Readonly<Record<string, string>>;
}

/** Everything that can go wrong and is not a bug. `status` is the HTTP status that belongs to `code`. */
export class RegistryError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.message ?? table[code].message, { cause: options.cause });
    this.name = "RegistryError";
    this.code = code;
    this.status = options.status ?? table[code].status;
    this.detail = options.detail;
    this.headers = options.headers;
  }
}
