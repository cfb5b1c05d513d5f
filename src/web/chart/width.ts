// How wide an element is, for what is drawn to its pixels.

import { useCallback, useState } from "react";

/** What stands beside the bars of a chart, in pixels. */
export const beside = { left: 44, right: 8 };
export const axisWidth = beside.left + beside.right;

/** The ref of the element, and its width; undefined before the first measuring, and while it is not shown. */
export function useWidth(): readonly [(element: HTMLElement | null) => (() => void) | undefined, number | undefined] {
  const [width, setWidth] = useState<number>();
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width) || undefined));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}
