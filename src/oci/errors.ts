// The one error of the house and the one table of its codes. Thrown anywhere, translated once per door. The client (client/) builds the
// same class from what another registry answered, so a code survives the way through a cache or a copy.
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
  TIMEOUT: { status: 408, message: "nothing was sent for too long" },
  UNAVAILABLE: { status: 503, message: "the registry cannot do this right now, try again" },
  STORAGE_FULL: { status: 507, message: "the disk of the registry is full" },
  UNKNOWN: { status: 500, message: "internal error" },
  // ours, said of another registry
  UNREACHABLE: { status: 502, message: "the other registry cannot be reached" },
  PROTOCOL_VIOLATED: { status: 502, message: "the other registry does not answer as the protocol wants" },
  DIGEST_MISMATCH: { status: 502, message: "the bytes that came are not those of the digest" },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof table;

/** Whether a code from the wire is one of these. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(table, text);
}

/** What happened, for programs that must decide: ask for a login, wait, give up, try again. */
export type ErrorKind =
  | "auth"
  | "forbidden"
  | "not found"
  | "rate limited"
  | "unsupported"
  | "digest mismatch"
  | "timeout"
  | "connection"
  | "protocol"
  | "invalid"
  | "conflict"
  | "failure";

const kinds: Partial<Record<ErrorCode, ErrorKind>> = {
  UNAUTHORIZED: "auth",
  DENIED: "forbidden",
  NAME_UNKNOWN: "not found",
  MANIFEST_UNKNOWN: "not found",
  BLOB_UNKNOWN: "not found",
  BLOB_UPLOAD_UNKNOWN: "not found",
  NOT_FOUND: "not found",
  TOOMANYREQUESTS: "rate limited",
  UNSUPPORTED: "unsupported",
  DIGEST_MISMATCH: "digest mismatch",
  TIMEOUT: "timeout",
  UNREACHABLE: "connection",
  PROTOCOL_VIOLATED: "protocol",
  CONFLICT: "conflict",
  PRECONDITION_FAILED: "conflict",
  UNAVAILABLE: "failure",
  STORAGE_FULL: "failure",
  UNKNOWN: "failure",
};

/** The request to another registry that an error is about. Never a secret: no header, no query, no body. */
export interface FailedRequest {
  /** host[:port] */
  readonly host: string;
  readonly method: string;
  /** Without its query: signed addresses carry their key there. */
  readonly path: string;
  /** How often it was sent, 0: never (refused before). */
  readonly attempts: number;
  /** Of the last answer; absent when none came. */
  readonly status?: number;
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
  /** Present when another registry said it, or could not be asked. */
  request?: FailedRequest;
  /** When it makes sense to ask again; with TOOMANYREQUESTS and UNAVAILABLE. */
  retryAt?: Date;
}

/** Everything that can go wrong and is not a bug. `status` is the HTTP status that belongs to `code`. */
export class RegistryError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly request: FailedRequest | undefined;
  readonly retryAt: Date | undefined;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.message ?? table[code].message, { cause: options.cause });
    this.name = "RegistryError";
    this.code = code;
    this.status = options.status ?? table[code].status;
    this.detail = options.detail;
    this.headers = options.headers;
    this.request = options.request;
    this.retryAt = options.retryAt;
  }

  get kind(): ErrorKind {
    return kinds[this.code] ?? "invalid";
  }
}

// For callers of hythe/client who catch by class rather than by kind.
/** Kinds auth and forbidden. */
export class RegistryAuthError extends RegistryError {}
/** Kind not found. */
export class RegistryNotFoundError extends RegistryError {}
/** Kind connection. */
export class RegistryConnectionError extends RegistryError {}
/** Kind timeout. */
export class RegistryTimeoutError extends RegistryError {}

const classes: Partial<Record<ErrorKind, typeof RegistryError>> = {
  auth: RegistryAuthError,
  forbidden: RegistryAuthError,
  "not found": RegistryNotFoundError,
  connection: RegistryConnectionError,
  timeout: RegistryTimeoutError,
};

/** The error of the class that belongs to the code. */
export function createRegistryError(code: ErrorCode, options?: ErrorOptions): RegistryError {
  return new (classes[kinds[code] ?? "invalid"] ?? RegistryError)(code, options);
}
