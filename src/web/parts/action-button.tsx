// A button for what may not be possible now: then it stays where it is, can be reached, and says why.

import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";

interface ActionButtonProps extends Pick<ButtonProps, "color" | "variant"> {
  /** A sentence; undefined: it can be done. */
  readonly whyNot: string | undefined;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

export function ActionButton({ whyNot, onClick, children, ...look }: ActionButtonProps): ReactNode {
  if (whyNot === undefined) {
    return (
      <Button size="xs" {...look} onClick={onClick}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={whyNot} multiline maw={320} withinPortal={false} events={{ hover: true, focus: true, touch: true }}>
      <Button size="xs" {...look} aria-disabled data-disabled onClick={(event) => event.preventDefault()}>
        {children}
        <span className="sr-only">: {whyNot}</span>
      </Button>
    </Tooltip>
  );
}
