// The one table of exit codes, the same for every verb (docs/cli.md shows it), and which error ends with which of them.

import type { ErrorCode } from "../oci/errors.ts";

export const exitCodes = {
  done: 0,
  failure: 1,
  /** Usage, configuration or policy. */
  usage: 2,
  partlyDone: 3,
  guard: 4,
  frozen: 5,
  noRight: 6,
  notFound: 7,
  rateLimited: 8,
  /** Timeout or connection. */
  unreachable: 9,
  digestMismatch: 10,
  unsupported: 11,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byError: Partial<Record<ErrorCode, ExitCode>> = {
  NAME_INVALID: exitCodes.usage,
  DIGEST_INVALID: exitCodes.usage,
  MANIFEST_INVALID: exitCodes.usage,
  PAGE_INVALID: exitCodes.usage,
  REQUEST_INVALID: exitCodes.usage,
  UNAUTHORIZED: exitCodes.noRight,
  DENIED: exitCodes.noRight,
  NAME_UNKNOWN: exitCodes.notFound,
  MANIFEST_UNKNOWN: exitCodes.notFound,
  BLOB_UNKNOWN: exitCodes.notFound,
  NOT_FOUND: exitCodes.notFound,
  TOOMANYREQUESTS: exitCodes.rateLimited,
  TIMEOUT: exitCodes.unreachable,
  UNAVAILABLE: exitCodes.unreachable,
  UNREACHABLE: exitCodes.unreachable,
  DIGEST_MISMATCH: exitCodes.digestMismatch,
  UNSUPPORTED: exitCodes.unsupported,
};

export function exitCodeOf(code: ErrorCode): ExitCode {
  return byError[code] ?? exitCodes.failure;
}
