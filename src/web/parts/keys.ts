// Keys that hold on every page, and those of one. Single characters do nothing while somebody types, while something lies over the page, and
// when they are switched off; what comes first (the grid, then a page) says so by preventing what the browser would do.

import { useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useLayoutEffect, useRef } from "react";
import { wasCovered, watchCovered } from "../grid/covered.ts";
import { placeOfPath } from "../show/place-path.ts";
import { placePath } from "../show/place.ts";
import { areSingleKeysOn } from "./preferences.ts";

/** How long `g` waits for the letter after it. */
const chordMs = 1500;

/** Whether what is typed goes into a field. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null
  );
}

interface Actions {
  readonly pages: readonly { readonly key?: string; readonly to: string }[];
  readonly openPalette: () => void;
  readonly openHelp: () => void;
}

export function useKeys({ pages, openPalette, openHelp }: Actions): void {
  const navigate = useNavigate();
  const router = useRouter();
  const chordUntil = useRef(0);

  const goBack = (): void => {
    const place = placeOfPath(router.state.location.pathname);
    if (place === undefined) return;
    const { registry, repository, tag, digest } = place;
    if (router.history.canGoBack()) router.history.back();
    else if (tag !== undefined || digest !== undefined) void navigate({ to: placePath({ registry, repository }) });
    else void navigate({ to: registry === undefined ? "/repositories" : `/x/${encodeURIComponent(registry)}` });
  };
  /** `at`: when it was pressed, not when a busy page comes to it. */
  const onCharacter = (key: string, at: number): boolean => {
    if (at < chordUntil.current) {
      chordUntil.current = 0;
      const page = pages.find((entry) => entry.key === key);
      if (page !== undefined) void navigate({ to: page.to });
      return page !== undefined;
    }
    if (key === "g") chordUntil.current = at + chordMs;
    else if (key === "/") openPalette();
    else if (key === "?") openHelp();
    else return false;
    return true;
  };
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (event.isComposing) return;
    if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "k") {
      event.preventDefault();
      if (!wasCovered()) openPalette();
    } else if (event.defaultPrevented || ctrlKey || metaKey || altKey || wasCovered()) return;
    else if (key === "Escape") {
      if (isTyping(target)) (target as HTMLElement).blur();
      else goBack();
    } else if (!isTyping(target) && areSingleKeysOn() && onCharacter(key, event.timeStamp)) event.preventDefault();
  });
  useLayoutEffect(watchCovered, []);
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event);
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);
}

/** A key of a page or of a part of it, before what it means everywhere. `act` says whether it meant something. */
export function useKey(key: string, act: () => boolean): void {
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    const { target, ctrlKey, metaKey, altKey } = event;
    if (event.key !== key || event.isComposing || event.defaultPrevented || ctrlKey || metaKey || altKey) return;
    if (wasCovered() || isTyping(target) || (key.length === 1 && !areSingleKeysOn())) return;
    if (act()) event.preventDefault();
  });
  useEffect(() => {
    // On the document, so that it comes before those of every page.
    const listener = (event: KeyboardEvent): void => onKey(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
}

/** `[` and `]`: the view to the left, and to the right. `view` undefined: none of them. */
export function useViewKeys<View extends string>(views: readonly View[], view: View | undefined, go: (view: View) => void): void {
  const turn = (steps: number) => (): boolean => {
    const next = view === undefined ? undefined : views[views.indexOf(view) + steps];
    if (next !== undefined) go(next);
    return next !== undefined;
  };
  useKey("[", turn(-1));
  useKey("]", turn(1));
}
