// The server's clock, its features and who is asking: what nearly every part needs.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { SessionAnswer } from "../../wire/session.ts";
import type { StatusAnswer } from "../../wire/status.ts";
import { session, status } from "./queries.ts";

const tickMs = 30_000;

export function useStatus(): StatusAnswer | undefined {
  return useQuery(status()).data;
}

export function useSession(): SessionAnswer | undefined {
  return useQuery(session()).data;
}

/** The server's time in milliseconds, renewed every half minute: relative times are against it, not against the reader's clock. */
export function useNow(): number {
  const { data, dataUpdatedAt } = useQuery(status());
  const [tick, setTick] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setTick(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return data === undefined ? tick : Date.parse(data.now) + Math.max(0, tick - dataUpdatedAt);
}
