// Which pages there are for a caller: what they may not use is not offered. Pure.

import type { SessionAnswer } from "../../wire/session.ts";
import type { StatusAnswer } from "../../wire/status.ts";

export type PageName = "Home" | "Repositories" | "Tags" | "Activity" | "Registries" | "Access" | "My tokens" | "Settings";

export interface PageEntry {
  readonly name: PageName;
  readonly to: string;
  /** The second letter of `g …`. */
  readonly key?: string;
  /** What else people type when they mean it. */
  readonly words: string;
}

interface Facts {
  readonly session: SessionAnswer | undefined;
  readonly status: StatusAnswer | undefined;
  /** How many other registries the caller may see. */
  readonly registries: number;
}

export function pagesFor({ session, status, registries }: Facts): PageEntry[] {
  return [
    { name: "Home", to: "/", key: "h", words: "start overview usage idle" },
    { name: "Repositories", to: "/repositories", key: "r", words: "images names folders" },
    { name: "Tags", to: "/tags", key: "t", words: "versions all" },
    ...(status?.features.pulls === false
      ? []
      : [{ name: "Activity", to: "/activity", key: "a", words: "pulls counts statistics chart" } as const]),
    // Administrators learn there how to add one.
    ...(registries > 0 || session?.may.admin === true
      ? [{ name: "Registries", to: "/x", words: "hub remote other upstream" } as const]
      : []),
    ...accessPage(session),
    { name: "Settings", to: "/settings", words: "preferences theme density version about server" },
  ];
}

function accessPage(session: SessionAnswer | undefined): PageEntry[] {
  if (session === undefined) return [];
  if (session.manages) return [{ name: "Access", to: "/access", words: "users robots tokens grants rules audit may rights" }];
  return session.kind === "anonymous" ? [] : [{ name: "My tokens", to: "/access", words: "access login secret" }];
}
