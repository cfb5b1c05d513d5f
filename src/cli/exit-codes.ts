// The one table of exit codes, the same for every verb (docs/cli.md shows it).

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
