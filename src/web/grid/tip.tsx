// One tip for all cells of a grid: what has `data-tip` shows it while the pointer or the focus is there. A tip of its own in each cell
// would be most of what a row costs.

import { useEffect, useId, useState, type ReactNode, type RefObject } from "react";
import styles from "./tip.module.css";

interface Shown {
  readonly text: string;
  readonly left: number;
  readonly top: number;
}

export function GridTip({ within }: { within: RefObject<HTMLElement | null> }): ReactNode {
  const [shown, setShown] = useState<Shown>();
  const id = useId();
  useEffect(() => {
    const frame = within.current;
    if (frame === null) return undefined;
    let described: Element | undefined;
    const hide = (): void => {
      described?.removeAttribute("aria-describedby");
      described = undefined;
      setShown(undefined);
    };
    const show = ({ target }: Event): void => {
      const tipped = target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;
      if (tipped === described) return;
      hide();
      if (tipped === null) return;
      described = tipped;
      tipped.setAttribute("aria-describedby", id);
      const { left, bottom } = tipped.getBoundingClientRect();
      setShown({ text: tipped.dataset["tip"] ?? "", left, top: bottom + 4 });
    };
    const onKey = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") hide();
    };
    frame.addEventListener("pointerover", show);
    frame.addEventListener("pointerleave", hide);
    frame.addEventListener("focusin", show);
    frame.addEventListener("focusout", hide);
    frame.addEventListener("scroll", hide, true);
    document.addEventListener("keydown", onKey);
    return () => {
      frame.removeEventListener("pointerover", show);
      frame.removeEventListener("pointerleave", hide);
      frame.removeEventListener("focusin", show);
      frame.removeEventListener("focusout", hide);
      frame.removeEventListener("scroll", hide, true);
      document.removeEventListener("keydown", onKey);
    };
  }, [within, id]);
  if (shown === undefined) return null;
  const isLow = shown.top > window.innerHeight - 120;
  const isRight = shown.left > window.innerWidth - 320;
  return (
    <div
      role="tooltip"
      id={id}
      className={styles.tip}
      style={{
        ...(isRight ? { right: 8 } : { left: shown.left }),
        ...(isLow ? { bottom: window.innerHeight - shown.top + 28 } : { top: shown.top }),
      }}
    >
      {shown.text}
    </div>
  );
}
