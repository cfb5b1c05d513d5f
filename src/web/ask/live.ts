// The server's features and who is asking: what nearly every part needs.

import { useQuery } from "@tanstack/react-query";
import type { SessionAnswer } from "../../wire/session.ts";
import type { StatusAnswer } from "../../wire/status.ts";
import { session, status } from "./queries.ts";

export function useStatus(): StatusAnswer | undefined {
  return useQuery(status()).data;
}

export function useSession(): SessionAnswer | undefined {
  return useQuery(session()).data;
}
