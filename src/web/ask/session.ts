// Signing in and out, and noticing that somebody is signed out: by an answer 401 in the middle of work, or because the session ended.
// The page stays as it is meanwhile; when its reader is back, everything that it shows is asked again. When another one comes, nothing of it
// stays: neither answers nor what pages keep of them.

import {
  useMutation,
  useQueryClient,
  type QueryClient,
  type UseMutationOptions,
  type UseMutationResult,
} from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import type { SessionAnswer } from "../../wire/session.ts";
import { AskError } from "./ask-error.ts";
import { ask, setCsrf } from "./ask.ts";
import { session } from "./queries.ts";

/** Why somebody is asked to sign in: they want to, what they asked for needs it, their session ended, or their password must be changed. */
export type SignInReason = "wanted" | "needed" | "ended" | "password";
interface Door {
  /** Undefined: nobody is asked. */
  readonly reason: SignInReason | undefined;
  /** Who was signed in last on this page. */
  readonly name: string | undefined;
  /** Whether pages have been shown: from then on signing in happens over them. */
  readonly entered: boolean;
  /** Counts the readers of this page: for another one it is built anew. */
  readonly reader: number;
}

let door: Door = { reason: undefined, name: undefined, entered: false, reader: 0 };
/** Where a reader closed the question that we asked unasked: it is not put twice. */
let declinedAt: string | undefined;
/** Whose answers are in memory; undefined: those of nobody in particular. */
let shownTo: string | undefined;
const listeners = new Set<() => void>();
const leaving = new Set<() => void>();

/** `act` is called when a reader has signed out, or another one has come instead, until what this returns is called. */
export function whenReaderLeaves(act: () => void): () => void {
  leaving.add(act);
  return () => void leaving.delete(act);
}

export function useDoor(): Door {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => door,
  );
}

export function askToSignIn(reason: SignInReason): void {
  if (reason === "needed" && declinedAt === location.pathname) return;
  // That the session ended says more than that something needs one.
  if (door.reason === undefined) change({ reason });
}

/** Whoever was not asked by us has declined nothing. */
export function closeDoor(): void {
  const isAsked = door.reason === "needed" || door.reason === "ended";
  if (isAsked) declinedAt = location.pathname;
  change({ reason: undefined, ...(isAsked && { name: undefined }) });
}

export function noteEntered(): void {
  if (!door.entered) change({ entered: true });
}

/** Nobody in particular, and nothing here is for everybody. */
export function isShutOut({ kind, open, visible }: SessionAnswer): boolean {
  return kind === "anonymous" && !open && visible?.length === 0;
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}
/** Its errors are about what was typed, not about the session. */
const typed = { meta: { typed: true } } as const;

/** `done` also when the form is gone by then, because what it stood for is shown instead. */
export function useSignIn(done?: () => void): UseMutationResult<SessionAnswer, Error, Credentials> {
  const data = useQueryClient();
  return useMutation({
    ...typed,
    mutationFn: (body: Credentials) => ask<SessionAnswer>("/session", { method: "POST", body }),
    onSuccess: (answer) => {
      begin(data, answer);
      if (!answer.mustChange) done?.();
    },
  });
}

export function useChangePassword(): UseMutationResult<SessionAnswer, Error, { current: string; password: string }> {
  const data = useQueryClient();
  return useMutation({
    ...typed,
    mutationFn: (body: { current: string; password: string }) => ask<SessionAnswer>("/session/password", { method: "PUT", body }),
    onSuccess: (answer) => begin(data, answer),
  });
}

/** Nothing of what was shown stays in memory. */
export function useSignOut(): UseMutationResult<void, Error, void> {
  return useMutation(signOut(useQueryClient()));
}

export function signOut(data: QueryClient): UseMutationOptions<void> {
  return {
    mutationFn: () => ask<void>("/session", { method: "DELETE" }),
    // All of it here: whoever asked for it is gone as soon as the session is.
    onSuccess: async () => {
      setCsrf(null);
      shownTo = undefined;
      change({ reason: undefined, name: undefined, entered: false });
      leave(data);
      await data.resetQueries({ queryKey: session().queryKey });
    },
  };
}

function begin(data: QueryClient, answer: SessionAnswer): void {
  const isSame = shownTo === undefined || shownTo === answer.name;
  setCsrf(answer.csrf);
  declinedAt = undefined;
  // As with every answer about the session, noteSession is told.
  data.setQueryData(session().queryKey, answer);
  change({ reason: answer.mustChange && door.entered ? "password" : undefined });
  if (isSame && !answer.mustChange) void data.invalidateQueries(others);
}

/** What the one before saw is not shown for a moment longer. The pages are built anew, and ask for what they need. */
function leave(data: QueryClient): void {
  for (const act of leaving) act();
  data.removeQueries(others);
  change({ reader: door.reader + 1 });
}

const others = { predicate: ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[0] !== "session" };

/** Once, for as long as there are pages. */
export function useSessionWatch(): void {
  const data = useQueryClient();
  useEffect(() => watchSession(data), [data]);
}

/** Until what it returns is called. */
export function watchSession(data: QueryClient): () => void {
  const unsubscribes = [
    data.getQueryCache().subscribe((event) => {
      if (event.type !== "updated") return;
      const { action, query } = event;
      // When this question itself is refused, asking it again would never end.
      if (action.type === "error" && query.queryKey[0] !== "session") noteRefusal(data, action.error);
      if (action.type === "success" && query.queryKey[0] === "session") noteSession(data, query.state.data as SessionAnswer);
    }),
    data.getMutationCache().subscribe((event) => {
      if (event.type !== "updated" || event.action.type !== "error" || event.mutation.meta?.["typed"] === true) return;
      noteRefusal(data, event.action.error);
    }),
  ];
  const known = data.getQueryData(session().queryKey);
  if (known !== undefined) noteSession(data, known);
  return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
}

function noteRefusal(data: QueryClient, error: unknown): void {
  if (!(error instanceof AskError)) return;
  // 403: perhaps the session was renewed in another tab, and with it the token of this page.
  if (error.status === 403) void data.invalidateQueries({ queryKey: session().queryKey });
  if (!error.isSignedOut || !door.entered) return;
  askToSignIn(door.name === undefined ? "needed" : "ended");
  void data.invalidateQueries({ queryKey: session().queryKey });
}

function noteSession(data: QueryClient, answer: SessionAnswer): void {
  const { kind, name, mustChange } = answer;
  if (kind === "anonymous") {
    if (door.name !== undefined) askToSignIn("ended");
    // An open registry was closed: what was for everybody is so no more.
    else if (isShutOut(answer) && door.entered) askToSignIn("needed");
    return;
  }
  const isAnother = shownTo !== undefined && shownTo !== name;
  shownTo = name;
  if (isAnother) {
    leave(data);
    // A password of one's own comes before all pages.
    if (mustChange) change({ entered: false });
  }
  // Here or in another tab: who is signed in is not asked to. A password that was being changed is that of whoever began.
  const { reason } = door;
  const isChanging = reason === "password" && !isAnother;
  change({ name, reason: (mustChange && door.entered) || isChanging ? "password" : undefined });
}

function change(to: Partial<Door>): void {
  door = { ...door, ...to };
  for (const listener of listeners) listener();
}
