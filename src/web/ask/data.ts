// The cache of answers. Old answers stay visible while new ones are fetched; what cannot get better is not asked again.

import { QueryClient } from "@tanstack/react-query";
import { AskError } from "./ask-error.ts";

const maxRetries = 2;

export function createData(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // What the browser thinks of its network says nothing about a registry nearby, and who waits is told nothing.
        networkMode: "always",
        staleTime: 10_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: true,
        retry: (failures, error) =>
          failures < maxRetries && error instanceof AskError && (error.isUnreachable || error.status === 503),
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 10_000),
      },
      // Passwords go into changes, and new tokens come out: neither stays longer than the form that asked.
      mutations: { networkMode: "always", retry: false, gcTime: 0 },
    },
  });
}
