// Which database errors mean "try again", and the trying: growing pauses with jitter, until a deadline.

import { setTimeout as pause } from "node:timers/promises";
import { RegistryError } from "../oci/errors.ts";

/** PostgreSQL: unique violation, serialization failure, deadlock, lock not available. */
const retryStates = new Set(["23505", "40001", "40P01", "55P03"]);
const fullStates = new Set(["53100"]);
/** Also a statement or an idle transaction that ran out of time. */
const lostStates = new Set(["57P01", "57P02", "57P03", "57014", "25P03", "08000", "08003", "08006", "53300"]);
const lostSystemCodes = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"]);
/** pg's own errors have no code. */
const lostMessages =
  /^(?:Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when)/;
/** SQLite primary result codes. */
const sqliteBusy = 5;
const sqliteLocked = 6;
const sqliteFull = 13;
const sqliteIo = 10;
const sqliteConstraintUnique = 2067;
const sqliteConstraintPrimaryKey = 1555;

const deadlineMs = 10_000;

type Kind = "again" | "full" | "down" | "other";

function kindOf(error: unknown): Kind {
  if (!(error instanceof Error)) return "other";
  const { code, errcode, message } = error as Error & { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") {
    const primary = errcode & 0xff;
    if (primary === sqliteBusy || primary === sqliteLocked) return "again";
    if (errcode === sqliteConstraintUnique || errcode === sqliteConstraintPrimaryKey) return "again";
    if (primary === sqliteFull) return "full";
    return primary === sqliteIo ? "down" : "other";
  }
  if (typeof code !== "string") return lostMessages.test(message) ? "down" : "other";
  if (retryStates.has(code)) return "again";
  if (fullStates.has(code)) return "full";
  return lostStates.has(code) || lostSystemCodes.has(code) ? "down" : "other";
}

/** Whether the same work may succeed when it is tried again. */
export function isPassing(error: unknown): boolean {
  return kindOf(error) === "again";
}

/** What the caller of a failed statement should see: STORAGE_FULL, UNAVAILABLE, or the error itself (a bug). */
export function toStoreError(error: unknown): unknown {
  switch (kindOf(error)) {
    case "full":
      return new RegistryError("STORAGE_FULL", { cause: error, message: "the disk that holds the database is full" });
    case "again":
      return new RegistryError("UNAVAILABLE", { cause: error, message: "the database stayed busy, try again" });
    case "down":
      return new RegistryError("UNAVAILABLE", { cause: error, message: "the database cannot be reached or written" });
    default:
      return error;
  }
}

/** Runs `work` again while it fails for a passing reason, for at most ten seconds. */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || performance.now() > deadline) throw toStoreError(error);
      await pause(Math.min(100, 2 ** Math.min(attempt, 6)) * (0.5 + Math.random()));
    }
  }
}
