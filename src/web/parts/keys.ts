// Keys that hold on every page. Single characters do nothing while somebody types, while a dialog is open, and when they are switched off;
// keys of a page (the grid's) come first and say so by preventing what the browser would do.

import { useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useRef } from "react";
import { placeOfPath } from "../show/place-path.ts";
import { placePath } from "../show/place.ts";
import { areSingleKeysOn } from "./preferences.ts";

/** How long `g` waits for the letter after it. */
const chordMs = 1500;
const open = "[role=dialog], [role=menu], [role=listbox], [aria-expanded=true][aria-haspopup]";

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
  /** Whether something lay over the page when the key went down: it closes by the same key, before we see it. */
  const wasCovered = useRef(false);

  const goBack = (): void => {
    const place = placeOfPath(router.state.location.pathname);
    if (place === undefined) return;
    const { registry, repository, tag, digest } = place;
    if (router.history.canGoBack()) router.history.back();
    else if (tag !== undefined || digest !== undefined) void navigate({ to: placePath({ registry, repository }) });
    else void navigate({ to: registry === undefined ? "/repositories" : `/x/${encodeURIComponent(registry)}` });
  };
  const onCharacter = (key: string): boolean => {
    if (performance.now() < chordUntil.current) {
      chordUntil.current = 0;
      const page = pages.find((entry) => entry.key === key);
      if (page !== undefined) void navigate({ to: page.to });
      return page !== undefined;
    }
    if (key === "g") chordUntil.current = performance.now() + chordMs;
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
      if (!wasCovered.current) openPalette();
    } else if (event.defaultPrevented || ctrlKey || metaKey || altKey || wasCovered.current) return;
    else if (key === "Escape") {
      if (isTyping(target)) (target as HTMLElement).blur();
      else goBack();
    } else if (!isTyping(target) && areSingleKeysOn() && onCharacter(key)) event.preventDefault();
  });
  useEffect(() => {
    const onCapture = (): void => {
      wasCovered.current = [...document.querySelectorAll(open)].some((element) => element.checkVisibility());
    };
    const listener = (event: KeyboardEvent): void => onKey(event);
    addEventListener("keydown", onCapture, { capture: true });
    addEventListener("keydown", listener);
    return () => {
      removeEventListener("keydown", onCapture, { capture: true });
      removeEventListener("keydown", listener);
    };
  }, []);
}
