// The height of a row (a CSS variable that density, width and kind of pointer decide) and the width of the window, as numbers.

import { createContext, useContext, useSyncExternalStore } from "react";

/** Px of the window that something beside takes: what stands in the rest lays itself out as in a window without it. */
export const TakenWidth = createContext(0);

function watch(changed: () => void): () => void {
  const root = document.documentElement;
  const density = new MutationObserver(changed);
  density.observe(root, { attributes: true, attributeFilter: ["data-density"] });
  const pointer = matchMedia("(pointer: coarse)");
  window.addEventListener("resize", changed);
  pointer.addEventListener("change", changed);
  return () => {
    density.disconnect();
    window.removeEventListener("resize", changed);
    pointer.removeEventListener("change", changed);
  };
}

const readHeight = (): number => Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row-height"));

export function useRowHeight(): number {
  return useSyncExternalStore(watch, readHeight);
}

export function useWindowWidth(): number {
  const taken = useContext(TakenWidth);
  return useSyncExternalStore(watch, () => window.innerWidth) - taken;
}
